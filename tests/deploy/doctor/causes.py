"""What may be wrong with a deployment: a short name, the cause and the remedy."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is wrong, and what was seen of it."""

    code: str
    seen: str = ""

    @property
    def cause(self) -> str:
        """What is wrong, in words."""
        return CAUSES[self.code][0]

    @property
    def remedy(self) -> str:
        """What to do."""
        return CAUSES[self.code][1]


CAUSES = {
    "no-https": (
        "The address is plain http: tokens and credentials would travel in clear.",
        "Set GRANTS_DOMAIN with CERT_ID or CERT_NAME, and make deploy.",
    ),
    "unreachable": (
        "Nothing answers at this address.",
        "Let the domain's CNAME lead to <account>.<region>.fc.aliyuncs.com, and make deploy once more.",
    ),
    "certificate": (
        "The certificate is over, is for another name, or nobody vouches for it.",
        "Renew or replace it (CERT_ID), and make deploy.",
    ),
    "no-route": (
        "No function stands behind this path.",
        "The domain needs the routes /presign and /sts: set GRANTS_DOMAIN and make deploy.",
    ),
    "not-json": (
        "Something answers, but none of the functions: the answer is no JSON.",
        "Look what the domain points at; a CDN, a firewall or another site may stand in front.",
    ),
    "test-domain": (
        "Every answer is an attachment: this is the platform's test domain.",
        "Set GRANTS_DOMAIN with CERT_ID or CERT_NAME; browsers would download each answer.",
    ),
    "open": (
        "A request without a token is answered: anybody gets in.",
        "The trigger's authType has to be jwt (or the identity source oidc): deploy template.yml as it is.",
    ),
    "token": (
        "The token is refused.",
        "Is it over? Was it signed by a key of JWT_KEYS (or JWT_KEY_N, JWT_KEY_E, JWT_KEY_ID)? Does it hold every claim of IDENTITY_CLAIMS?",
    ),
    "misconfigured": (
        "A function refuses its own settings, or failed.",
        "Look for the request id in the function's log: it names the variable. make deploy DRY_RUN=1 says the same.",
    ),
    "sts": (
        "The function gets no session from STS.",
        "make infra makes the roles and who may assume them; the log line names what STS said.",
    ),
    "nothing-granted": (
        "The caller is known, and is granted nothing.",
        "Set GRANT_READ_PREFIXES and GRANT_WRITE_PREFIXES, and make deploy.",
    ),
    "clock": (
        "The clock of this machine and that of the deployment differ.",
        "Set the clock here (NTP): signed requests are refused beyond 15 minutes, links seem longer or shorter than they are.",
    ),
    "cors-functions": (
        "The functions' answer to a preflight does not let this origin in.",
        "Add the origin to CORS_ALLOWED_ORIGINS. Where the gateway refuses preflights, set the CORS rules of the domain.",
    ),
    "cors-bucket": (
        "The bucket's CORS rules do not let this origin in.",
        "Add a rule: the origin, methods PUT POST GET HEAD DELETE, headers *, expose ETag (make infra with CREATE_BUCKET=true does it).",
    ),
    "cors-expose": (
        "Pages cannot read the ETag of an upload: the bucket's CORS rule does not expose it.",
        "Expose ETag, x-oss-request-id and x-oss-hash-crc64ecma in the rule.",
    ),
    "own-domain": (
        "The account may not use OSS's public endpoint (EC 0048-00000401).",
        "Bind a domain of your own to the bucket and set OSS_CUSTOM_DOMAIN to it.",
    ),
    "oss-unreachable": (
        "The host that URLs lead to does not answer.",
        "Look at OSS_ENDPOINT, OSS_CUSTOM_DOMAIN and OSS_DEFAULT_ENDPOINT, and at the domain's CNAME.",
    ),
    "oss-refused": (
        "OSS refuses what was signed for it.",
        "The line above says why; make infra-check and make policies say what the roles should be allowed.",
    ),
    "list-refused": (
        "Credentials cannot list below their own prefix.",
        "The session role lacks oss:ListObjects: make infra.",
    ),
    "list-open": (
        "Credentials list the whole bucket.",
        "A bucket policy or ACL lets everybody list: take it away; the session policy does not allow it.",
    ),
    "overwrites": (
        "The same URL stored twice: forbid-overwrite is not in force.",
        "The bucket keeps versions, or did (suspending them does not help), or GRANT_FORBID_OVERWRITE is false: "
        "take a bucket that never kept versions, or know it.",
    ),
    "read-differs": (
        "What is read is not what was stored.",
        "Look for rules of the bucket that rewrite answers: image styles, mirroring, a website's pages.",
    ),
    "cdn": (
        "The CDN does not serve what it was signed for.",
        "CDN_KEY, CDN_SIGNING and CDN_VALIDITY_SECONDS are the console's; the CDN's role has to read the bucket.",
    ),
    "callback": (
        "OSS could not tell on_upload of an upload, or on_upload refused it.",
        "ON_UPLOAD_URL must be reachable from OSS, and SEAL_KEYS the same for all functions.",
    ),
}
"""Cause and remedy by code, in the order in which a deployment is asked."""
