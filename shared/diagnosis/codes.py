"""OSS's error codes for requests on objects: what each means, and what to do (OSS, HTTP status codes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Meaning(NamedTuple):
    """The short name of a cause, the cause in words, and the remedy."""

    name: str
    cause: str
    remedy: str


_PARTS = "List each part once, in ascending order, with the ETag that OSS answered for it."
_ACCOUNT = "Settle it with the owner of the bucket's account; no URL works until then."
_LATER = "Wait, and send the same request again; where it happens often, spread requests or ask for a higher limit."

BY_CODE: Mapping[str, Meaning] = {
    "AbnormalBucketOwnerStatus": Meaning(
        "account", "The account that owns the bucket is not in order.", _ACCOUNT
    ),
    "AccessForbidden": Meaning(
        "cors",
        "The bucket's CORS rules lack the page's origin, the method, or a header of the request.",
        "Add a rule to the bucket: your origins, PUT POST GET HEAD, headers *, and ETag exposed.",
    ),
    "BucketAlreadyExists": Meaning("bucket-exists", "The bucket exists already.", "Choose another name."),
    "BucketDisable": Meaning("account", "The bucket was disabled for reasons of security.", _ACCOUNT),
    "BucketNotBelongTo": Meaning("bucket", "The bucket belongs to another account.", "Check OSS_BUCKET."),
    "CallbackFailed": Meaning(
        "callback",
        "The object is stored; the server that OSS called after the upload did not answer as it should.",
        "Let it answer 200 with JSON and Content-Length within 5 seconds; the object needs no second upload.",
    ),
    "CnameDenied": Meaning(
        "domain", "The domain is bound to another bucket or account.", "Bind the domain to this bucket."
    ),
    "EntityTooLarge": Meaning(
        "too-large",
        "The body is larger than the form, or OSS, allows.",
        "Ask with a larger max_size, or send less.",
    ),
    "EntityTooSmall": Meaning(
        "too-small",
        "The body is smaller than the form allows; or a part, but the last, is under 100 KB.",
        "Send more, or ask with a smaller min_size; cut parts of at least 100 KB.",
    ),
    "FieldItemTooLong": Meaning(
        "form-malformed", "A field of the form is too long.", "Keep fields under 4 KB."
    ),
    "FileAlreadyExists": Meaning(
        "exists",
        "The signature is fine: the object exists, and the grant forbids overwriting (x-oss-forbid-overwrite).",
        "Upload under another key; GRANT_FORBID_OVERWRITE=false lets uploads replace objects.",
    ),
    "FileImmutable": Meaning(
        "retained", "The object is kept by a retention policy.", "Wait until the policy ends."
    ),
    "FilePartNotExist": Meaning("parts", "A part that is listed was not uploaded.", _PARTS),
    "ImageDamage": Meaning("image", "The image cannot be read.", "Upload it again, or ask without process."),
    "IncompleteBody": Meaning(
        "incomplete",
        "Fewer bytes came than Content-Length says.",
        "Send the body whole; look at the connection.",
    ),
    "IncorrectNumberOfFilesInPOSTRequest": Meaning(
        "form-malformed",
        "The form holds no file, or more than one.",
        "Send one field named file, as the last.",
    ),
    "InDebt": Meaning("account", "The account is in arrears.", _ACCOUNT),
    "InDebtOverdue": Meaning("account", "The account is in arrears.", _ACCOUNT),
    "InvalidAccessKeyId": Meaning(
        "access-key-unknown",
        "OSS does not know the AccessKey: it was deleted or disabled, or its session is over.",
        "Take fresh credentials; a session's key works only until its Expiration, and only with its token.",
    ),
    "InvalidBucketName": Meaning(
        "bucket", "The host names no bucket that can be.", "Use the URL as it was issued."
    ),
    "InvalidDigest": Meaning(
        "digest",
        "The body is not the one whose MD5 was signed, or the MD5 was written in hexadecimal before it was encoded.",
        "Content-MD5 is the base64 of the 16 bytes of the body's MD5; ask with content_md5 of what you send.",
    ),
    "InvalidObjectName": Meaning(
        "key-invalid", "OSS takes no such key.", "Rename the object: 1 to 1,023 bytes, no '/' or '\\' first."
    ),
    "InvalidObjectState": Meaning(
        "archived",
        "The object is archived, and has not been restored.",
        "Restore it first (RestoreObject), or give the bucket real-time access of archived objects.",
    ),
    "InvalidPart": Meaning(
        "parts", "A part is missing, or its ETag is another.", f"{_PARTS} CORS has to expose ETag."
    ),
    "InvalidPartOrder": Meaning("parts", "The parts are not in ascending order.", _PARTS),
    "InvalidPolicyDocument": Meaning(
        "form-policy", "The policy of the form cannot be read.", "Send the grant's fields as they are."
    ),
    "InvalidRange": Meaning("range", "The range lies outside the object.", "Ask for bytes below its size."),
    "InvalidSecurityToken": Meaning(
        "security-token-cut",
        "The security token is cut, changed or another session's.",
        "Pass the SecurityToken on whole; in a URL its '+', '/' and '=' are %2B, %2F and %3D.",
    ),
    "InvalidTargetType": Meaning(
        "symlink", "The symbolic link leads to another one.", "Let it lead to an object itself."
    ),
    "MalformedPOSTRequest": Meaning(
        "form-malformed",
        "The form is no well-formed multipart/form-data.",
        "Let the HTTP library write the form: the grant's fields, then the file.",
    ),
    "MalformedXML": Meaning(
        "xml",
        "The body is not the XML that OSS expects.",
        "Send <CompleteMultipartUpload> with a <Part> each.",
    ),
    "MethodNotAllowed": Meaning("method", "OSS does not know that method here.", "Send the grant's method."),
    "MissingArgument": Meaning(
        "parameter-removed",
        "Something that OSS needs is missing.",
        "Send URL and headers as they were issued.",
    ),
    "MissingContentLength": Meaning(
        "length",
        "The request says no length.",
        "Send Content-Length; a stream of unknown length needs chunks.",
    ),
    "NoSuchBucket": Meaning(
        "no-such-bucket", "The bucket does not exist, or not at this endpoint.", "Check OSS_BUCKET."
    ),
    "NoSuchKey": Meaning(
        "no-such-key", "The signature is fine: the bucket has no object of that key.", "Check the key."
    ),
    "NoSuchUpload": Meaning(
        "no-such-upload",
        "The multipart upload was completed or aborted already, or never began.",
        "Begin again with InitiateMultipartUpload, and use the UploadId that OSS answers.",
    ),
    "NoSuchVersion": Meaning("no-such-version", "The object has no such version.", "Check version_id."),
    "ObjectNotAppendable": Meaning("object-type", "The object cannot be appended to.", "Upload it anew."),
    "OperationNotSupported": Meaning(
        "unsupported", "The bucket does not support this.", "Ask for another way."
    ),
    "PositionNotEqualToLength": Meaning("position", "The object has another length by now.", "Read it anew."),
    "PreconditionFailed": Meaning(
        "precondition",
        "A condition of the request (If-Match and so on) does not hold.",
        "Read the object anew.",
    ),
    "PublicEndpointForbidden": Meaning(
        "public-endpoint-forbidden",
        "This account may not call objects on the public endpoints of the Chinese mainland (opened since 2025-03-20).",
        "Bind a domain of your own to the bucket and set OSS_CUSTOM_DOMAIN, which becomes the default endpoint.",
    ),
    "ApkDownloadForbidden": Meaning(
        "download-forbidden",
        "OSS hands out no .apk and .ipa files on its default domains.",
        "Bind a domain of your own to the bucket, and set OSS_CUSTOM_DOMAIN.",
    ),
    "RequestIsNotMultiPartContent": Meaning(
        "form-malformed",
        "The POST is no multipart/form-data.",
        "Post a form: the grant's fields, then the file, and no Content-Type of your own.",
    ),
    "RequestTimeout": Meaning(
        "slow", "The body came too slowly.", "Send it again; upload large files in parts."
    ),
    "SecondLevelDomainForbidden": Meaning(
        "path-style",
        "The bucket stands in the path; OSS wants it in the host.",
        "Address it as https://<bucket>.<endpoint>/<key>; set no path style in the SDK.",
    ),
    "ServiceUnavailable": Meaning("throttled", "OSS is busy, or too many requests come at once.", _LATER),
    "SymlinkTargetNotExist": Meaning("symlink", "The symbolic link leads nowhere.", "Check where it leads."),
    "TooManyRequests": Meaning("throttled", "Too many requests come at once.", _LATER),
    "TrafficQuotaExceed": Meaning("throttled", "A limit of traffic is reached.", _LATER),
    "UbsmsInvalidBid": Meaning("account", "The account is not in order.", _ACCOUNT),
    "UserDisable": Meaning(
        "account", "The account is in arrears, or the owner of the key was disabled.", _ACCOUNT
    ),
}
"""By ``Code``; what only the time, the clock or the signature explains stands in ``answer_rules``."""
