"""OSS's fine-grained error codes (EC) and texts that say more than the code (OSS, EC pages)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.diagnosis.codes import BY_CODE, Meaning

_AS_ISSUED = "Send the grant's fields as they are, the file last, and no other x-oss-* field."
_REFERER = (
    "The rule is the bucket's (hotlink protection): let it take requests without a Referer, or from this site; "
    "links out of mails, apps and mini programs send none or a foreign one."
)
_POLICY = (
    "Compare the role's policy (make policies) and the grant's prefixes with the key; a Deny anywhere wins."
)
_CALLBACK = "Let the server answer 200 with JSON and Content-Length within 5 seconds; the object is stored."

_QUERY_LOST = Meaning(
    "query-lost",
    "OSS saw no signature: the query of the URL was lost on the way.",
    "Look at proxies, redirects and links that are cut before the '?'; send the URL whole and in quotes.",
)

BY_EC: Mapping[str, Meaning] = {
    "0002-00000039": Meaning(
        "two-signatures",
        "Two signatures in one request: a CDN that signs its own way to a private bucket refuses signed URLs.",
        "Ask with endpoint: cdn, or send the URL to the bucket's own domain; send no Authorization header.",
    ),
    "0003-00000001": Meaning(
        "permission",
        "The signature is fine: no policy allows this (OSS says: because of bucket acl).",
        _POLICY,
    ),
    "0003-00000201": Meaning("permission", "The signature is fine: a policy denies this.", _POLICY),
    "0003-00000301": Meaning(
        "permission", "The signature is fine: the session's policy does not allow this.", _POLICY
    ),
    "0003-00000501": Meaning("referer", "The bucket wants a Referer, and none was sent.", _REFERER),
    "0003-00000502": Meaning("referer", "The Referer that was sent is on the bucket's blacklist.", _REFERER),
    "0003-00000503": Meaning(
        "referer", "The Referer that was sent is not on the bucket's whitelist.", _REFERER
    ),
    "0003-00000801": BY_CODE["UserDisable"],
    "0003-00001201": _QUERY_LOST,
    "0006-00000103": Meaning(
        "file-not-last",
        "A field follows the file in the form.",
        "Append the file as the last field, named file.",
    ),
    "0006-00000220": Meaning(
        "form-policy", "The size range of the form's policy cannot be read.", "Ask for a new form."
    ),
    "0006-00000224": BY_CODE["InvalidPolicyDocument"],
    "0006-00000226": Meaning(
        "form-condition", "A field that the form's policy names was not sent.", _AS_ISSUED
    ),
    "0006-00000228": Meaning(
        "form-condition", "A field of the signature was sent that the policy does not name.", _AS_ISSUED
    ),
    "0007-00000202": Meaning("callback", "The object is stored; the called server took over 5 s.", _CALLBACK),
    "0007-00000203": Meaning(
        "callback", "The object is stored; the called server gave no good answer.", _CALLBACK
    ),
    "0017-00000503": BY_CODE["InvalidDigest"],
    "0042-00000214": BY_CODE["FileAlreadyExists"],
    "0048-00000200": BY_CODE["ApkDownloadForbidden"],
    "0048-00000401": BY_CODE["PublicEndpointForbidden"],
}
"""By ``EC``, where it says more than the code."""

_ENDPOINT = Meaning(
    "endpoint",
    "The bucket lives in another region than the host that was asked.",
    "Use the endpoint that the error document names, and set OSS_REGION to that region.",
)

BY_TEXT: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (re.compile("specified endpoint"), _ENDPOINT),
    (
        re.compile("policy expired"),
        Meaning("expired", "The form's policy has expired.", "Ask for a new form."),
    ),
    (
        re.compile("referer"),
        BY_EC["0003-00000501"]._replace(cause="The bucket's hotlink protection refuses this."),
    ),
    (
        re.compile("accessed using style"),
        Meaning(
            "original-protected",
            "The bucket protects its originals: they are served through an image style only.",
            "Ask with process, a style of GRANT_PROCESS_STYLES.",
        ),
    ),
    (
        re.compile("by kms"),
        Meaning(
            "kms",
            "The object is encrypted with a key that the signer may not use.",
            "Let its role use the key.",
        ),
    ),
    (re.compile("anonymous"), _QUERY_LOST),
    (re.compile("no right to access|no permission|by .*policy|not authorized"), BY_EC["0003-00000001"]),
)
"""By the text of the message, in lower case; for codes that say too little."""


def of_a_form(message: str) -> Meaning | None:
    """Return which condition of a form's policy does not hold, from a message in lower case."""
    found = re.search(r"policy condition failed: (.*)", message)
    if found is None:
        return None
    field = re.search(r'"\$?([a-z0-9_.:-]+)"', found[1].replace('"eq"', "").replace('"starts-with"', ""))
    named = f"the field {field[1]}" if field else "a field"
    return Meaning(
        "form-condition", f"The form was not sent as it was signed: {named} breaks its condition.", _AS_ISSUED
    )
