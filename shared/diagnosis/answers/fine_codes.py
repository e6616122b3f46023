"""OSS's fine-grained error codes (EC) and texts that say more than the code (OSS, EC pages)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.diagnosis.answers.codes import BY_CODE
from shared.diagnosis.answers.signature_codes import OF_FORMS, OF_PARAMETERS
from shared.diagnosis.answers.upload_codes import Meaning

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
    **OF_PARAMETERS,
    **OF_FORMS,
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
    "0003-00000016": Meaning(
        "delete-marker", "That version is a delete marker, which has no bytes.", "Ask for another version_id."
    ),
    "0003-00001403": BY_CODE["PermanentRedirect"],
    **dict.fromkeys(
        ("0007-00000004", "0007-00000005", "0007-00000011"),
        Meaning(
            "callback-parameters",
            "OSS cannot read what is to be called after the upload: its URL, its JSON or its base64.",
            "Send the callback of the grant as it is; callbackUrl is up to five URLs, joined by ';'.",
        ),
    ),
    "0007-00000202": Meaning("callback", "The object is stored; the called server took over 5 s.", _CALLBACK),
    "0007-00000203": Meaning(
        "callback", "The object is stored; the called server gave no good answer.", _CALLBACK
    ),
    "0015-00000101": BY_CODE["NoSuchBucket"],
    **dict.fromkeys(("0016-00000003", "0016-00000004", "0016-00000005"), BY_CODE["InvalidObjectName"]),
    "0016-00000502": BY_CODE["MissingArgument"],
    **dict.fromkeys(("0016-00000608", "0031-00000001", "0042-00000205"), BY_CODE["MalformedXML"]),
    "0016-00000901": Meaning(
        "public-blocked",
        "The account or the bucket blocks public access, and the request makes an object public.",
        "Send no x-oss-object-acl; share objects by presigned URLs.",
    ),
    "0017-00000235": Meaning(
        "encoding-type", "OSS knows no such encoding-type.", "Its values are url, url2 and base64."
    ),
    "0017-00000503": BY_CODE["InvalidDigest"],
    "0017-00000902": Meaning(
        "type-override",
        "OSS lets no GET ask for another media type than was stored (since January 2025, at its own endpoints).",
        "Ask without response.content_type, and leave GRANT_DOWNLOADS at safe; store the object with its type.",
    ),
    "0026-00000001": BY_CODE["NoSuchKey"],
    "0026-00000016": BY_CODE["PositionNotEqualToLength"],
    **dict.fromkeys(("0042-00000002", "0042-00000104", "0042-00000311"), BY_CODE["NoSuchUpload"]),
    "0042-00000214": BY_CODE["FileAlreadyExists"],
    "0042-00000216": Meaning(
        "xml",
        "The upload is completed with a list of its parts and with x-oss-complete-all, which excludes a list.",
        "Send one of them.",
    ),
    "0048-00000200": BY_CODE["ApkDownloadForbidden"],
    "0048-00000401": BY_CODE["PublicEndpointForbidden"],
}
"""By ``EC``, where it says more than the code."""

_HOTLINK = BY_EC["0003-00000501"]._replace(cause="The bucket's hotlink protection refuses this.")

BY_TEXT: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (re.compile("specified endpoint"), BY_CODE["PermanentRedirect"]),
    (
        re.compile("policy expired"),
        Meaning("expired", "The form's policy has expired.", "Ask for a new form."),
    ),
    (
        re.compile("extra input fields"),
        OF_FORMS["0006-00000228"],
    ),
    (
        re.compile("referer"),
        _HOTLINK,
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
        re.compile("does not reside in the same data center"),
        Meaning(
            "copy-region", "Source and target of the copy lie in different regions.", "Copy within a region."
        ),
    ),
    (
        re.compile("public object acl"),
        BY_EC["0016-00000901"],
    ),
    (
        re.compile("vpc endpoint policy"),
        Meaning(
            "vpc-endpoint",
            "The policy of the VPC's endpoint forbids this bucket.",
            "Let the endpoint's policy allow it.",
        ),
    ),
    (
        re.compile("query.string authentication requires"),
        Meaning("parameter-removed", "Parameters of the signature are missing.", "Send the URL whole."),
    ),
    (re.compile("by kms"), BY_CODE["KeyDisabled"]),
    (re.compile("anonymous"), _QUERY_LOST),
    (
        re.compile(
            r"no right to access|not have .*permission|no permission|by [^:]*policy|not authorized|^access ?denied\.?$"
        ),
        BY_EC["0003-00000001"],
    ),
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
