"""EC of the groups AUTH and POST_OBJECT, which OSS gives before it looks at the object (OSS, EC pages)."""

from __future__ import annotations

from collections.abc import Mapping

from shared.diagnosis.answers.upload_codes import OF_UPLOADS, Meaning

_AGAIN = "Ask for a new URL, and hand it on unchanged."
_FIELDS = "Ask for a new form, and send its fields as they are: the policy is made by the grant, not by hand."
_CREDENTIAL = Meaning(
    "credential", "The credential is not id/date/region/product/aliyun_v4_request, all of them known.", _AGAIN
)
_ADDITIONAL = Meaning(
    "signed-header",
    "The list of additional signed headers is empty, or names one that was not sent.",
    "Send every header that the grant's 'headers' lists; leave the list out where it is empty.",
)
_POLICY = Meaning(
    "form-policy", "The form's policy lacks something, or holds what OSS does not know.", _FIELDS
)

OF_PARAMETERS: Mapping[str, Meaning] = {
    "0002-00000070": Meaning("lifetime", "The end of the URL's life is no number.", _AGAIN),
    **dict.fromkeys(
        ("0002-00000206", "0002-00000213", "0002-00000222", "0002-00000223", "0002-00000710"), _CREDENTIAL
    ),
    **dict.fromkeys(("0002-00000209", "0002-00000210", "0002-00000211"), _ADDITIONAL),
    "0002-00000215": Meaning("parameter-removed", "x-oss-expires is missing.", _AGAIN),
    "0002-00000219": Meaning("parameter-removed", "x-oss-signature is missing.", _AGAIN),
    "0002-00000232": Meaning(
        "lifetime", "x-oss-expires is out of range: it is 1 to 604800 seconds.", "Ask for a shorter life."
    ),
    "0002-00000236": Meaning(
        "lifetime", "x-oss-expires is no number of seconds from x-oss-date.", "Ask for a new URL."
    ),
    "0002-00000307": Meaning(
        "s3-url", "The URL is signed for the S3 protocol, and not as OSS calculates it.", "Sign it for OSS."
    ),
    "0002-00000503": Meaning("date", "The request says no date.", "Send x-oss-date, or Date."),
    "0002-00000505": Meaning("date", "The date of the request cannot be read.", _AGAIN),
    "0002-00000702": Meaning("form-policy", "The form has no field policy.", _FIELDS),
}
"""By ``EC``: a parameter is missing or cannot be read; what was done to the URL is the likelier cause."""

OF_FORMS: Mapping[str, Meaning] = {
    "0006-00000103": Meaning(
        "file-not-last",
        "A field follows the file in the form, or fields have names of other capitals.",
        "Append the file as the last field, named file.",
    ),
    **dict.fromkeys(
        (
            *("0006-00000201", "0006-00000207", "0006-00000208", "0006-00000209", "0006-00000216"),
            *("0006-00000217", "0006-00000218", "0006-00000222"),
        ),
        _POLICY,
    ),
    "0006-00000220": Meaning("form-policy", "The size range of the form's policy cannot be read.", _FIELDS),
    "0006-00000224": OF_UPLOADS["InvalidPolicyDocument"],
    "0006-00000226": Meaning("form-condition", "A field that the form's policy names was not sent.", _FIELDS),
    "0006-00000227": Meaning(
        "form-condition", "The form was not sent as it was signed: a field breaks its condition.", _FIELDS
    ),
    "0006-00000228": Meaning(
        "form-condition", "A field was sent that the form's policy does not name.", _FIELDS
    ),
}

GROUPS: Mapping[str, str] = {
    "0001": "an error inside OSS",
    "0002": "authentication",
    "0003": "access control",
    "0004": "limits of traffic",
    "0005": "encryption",
    "0006": "forms (PostObject)",
    "0007": "callbacks",
    "0010": "tags",
    "0011": "metadata",
    "0012": "versions",
    "0013": "storage classes",
    "0015": "buckets",
    "0016": "objects",
    "0017": "requests",
    "0018": "domains bound to buckets",
    "0025": "cloud boxes",
    "0026": "stored objects",
    "0027": "retention",
    "0028": "acceleration",
    "0030": "policies",
    "0033": "hotlink protection",
    "0034": "CORS",
    "0035": "requesters who pay",
    "0038": "protection from floods",
    "0040": "images",
    "0041": "mirrored origins",
    "0042": "uploads in parts",
    "0043": "symbolic links",
    "0048": "forced downloads",
    "0053": "videos",
    "0061": "security",
}
"""What OSS files an EC under, by its first four digits."""
