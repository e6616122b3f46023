"""OSS's error codes for what is sent: bodies, parts, forms and callbacks (OSS, HTTP status codes 203, 400 and 409)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Meaning(NamedTuple):
    """The short name of a cause, the cause in words, and the remedy."""

    name: str
    cause: str
    remedy: str


_PARTS = "List each part once, in ascending order, with the ETag that OSS answered for it."

OF_UPLOADS: Mapping[str, Meaning] = {
    "CallbackFailed": Meaning(
        "callback",
        "The object is stored; the server that OSS called after the upload did not answer as it should.",
        "Let it answer 200 with JSON and Content-Length within 5 seconds; the object needs no second upload.",
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
    "FilePartInterity": Meaning("parts", "A part is not what its checksum says.", "Upload that part again."),
    "FilePartStale": Meaning("parts", "A part is not as long as it was.", "Upload that part again."),
    "InvalidEncryptionAlgorithmError": Meaning(
        "encryption", "OSS knows no such encryption.", "x-oss-server-side-encryption is AES256, KMS or SM4."
    ),
    "InvalidTag": Meaning("tagging", "A tag of the object is not allowed.", "Ask with other tags."),
    "MaxPOSTPreDataLengthExceededError": Meaning(
        "form-malformed",
        "The fields before the file are too long.",
        "Send the grant's fields, then the file.",
    ),
    "UserKeyMustBeSpecified": Meaning(
        "form-malformed",
        "The form has no key before its file.",
        "Send the grant's fields first, the file last.",
    ),
    "FilePartNotExist": Meaning("parts", "A part that is listed was not uploaded.", _PARTS),
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
    "InvalidDigest": Meaning(
        "digest",
        "The body is not the one whose MD5 was signed, or the MD5 was written in hexadecimal before it was encoded.",
        "Content-MD5 is the base64 of the 16 bytes of the body's MD5; ask with content_md5 of what you send.",
    ),
    "InvalidPart": Meaning(
        "parts", "A part is missing, or its ETag is another.", f"{_PARTS} CORS has to expose ETag."
    ),
    "InvalidPartOrder": Meaning("parts", "The parts are not in ascending order.", _PARTS),
    "InvalidPolicyDocument": Meaning(
        "form-policy", "The policy of the form cannot be read.", "Send the grant's fields as they are."
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
    "MissingContentLength": Meaning(
        "length",
        "The request says no length.",
        "Send Content-Length; a stream of unknown length needs chunks.",
    ),
    "NoSuchUpload": Meaning(
        "no-such-upload",
        "The multipart upload was completed or aborted already, or never began.",
        "Begin again with InitiateMultipartUpload, and use the UploadId that OSS answers.",
    ),
    "ObjectNotAppendable": Meaning("object-type", "The object cannot be appended to.", "Upload it anew."),
    "PositionNotEqualToLength": Meaning("position", "The object has another length by now.", "Read it anew."),
    "RequestIsNotMultiPartContent": Meaning(
        "form-malformed",
        "The POST is no multipart/form-data.",
        "Post a form: the grant's fields, then the file, and no Content-Type of your own.",
    ),
    "RequestTimeout": Meaning(
        "slow", "The body came too slowly.", "Send it again; upload large files in parts."
    ),
}
"""By ``Code``."""
