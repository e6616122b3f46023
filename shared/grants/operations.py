"""Operations of OSS that can be presigned, and the fields of one request for them."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from shared.validation import Between, Length, model

Permission = Literal["read", "write", "delete"]
PERMISSIONS: tuple[Permission, ...] = ("read", "write", "delete")
StsPermission = Literal["read", "write", "read-write", "delete", "read-write-delete"]
OperationName = Literal[
    "GetObject",
    "HeadObject",
    "PutObject",
    "DeleteObject",
    "PostObject",
    "InitiateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    "ListParts",
]
PartNumber = Annotated[int, Between(1, 10_000)]
Bytes = Annotated[int, Between(0, 5 * 1024**3)]
ShortText = Annotated[str, Length(1, 1024)]
BitsPerSecond = Annotated[int, Between(819_200, 838_860_800)]

MAX_OBJECT_BYTES = 5 * 1024**3
"""The largest object that one PutObject, UploadPart or PostObject stores (OSS, limits)."""


class Operation(NamedTuple):
    """One operation: its HTTP method, the permission it takes, and the fields that belong to it."""

    method: str
    permission: Permission
    fields: frozenset[str]


def _operation(method: str, permission: Permission, *fields: str) -> Operation:
    return Operation(method, permission, frozenset({*_EVERYWHERE, *fields}))


_EVERYWHERE = ("operation", "profile", "key", "expires_in", "endpoint", "dry_run")
_NEW_OBJECT = ("filename", "content_type", "metadata", "storage_class")
_BODY = ("content_md5", "content_length", "traffic_limit")
_FORM = ("max_size", "min_size", "success_action_status", "traffic_limit")

OPERATIONS: dict[str, Operation] = {
    "GetObject": _operation(
        "GET", "read", "response", "download_as", "version_id", "process", "traffic_limit"
    ),
    "HeadObject": _operation("HEAD", "read", "version_id", "process"),
    "PutObject": _operation("PUT", "write", *_NEW_OBJECT, *_BODY, "tagging", "reference"),
    "DeleteObject": _operation("DELETE", "delete"),
    "PostObject": _operation("POST", "write", *_NEW_OBJECT, *_FORM, "reference"),
    "InitiateMultipartUpload": _operation("POST", "write", *_NEW_OBJECT, "tagging"),
    "UploadPart": _operation("PUT", "write", *_BODY, "upload_id", "part_number", "part_numbers", "compact"),
    "CompleteMultipartUpload": _operation("POST", "write", "upload_id", "reference"),
    "AbortMultipartUpload": _operation("DELETE", "write", "upload_id"),
    "ListParts": _operation("GET", "write", "upload_id"),
}
"""Every operation by name. AbortMultipartUpload and ListParts belong to the write grant."""


@model
class ResponseOverrides:
    """Headers that OSS answers a download with, in place of the object's own."""

    content_type: ShortText | None = None
    """Media type; active content only where the deployment allows it by name."""
    content_disposition: ShortText | None = None
    """`attachment` or `inline`, with parameters (RFC 6266)."""
    content_language: ShortText | None = None
    """Language tag."""
    cache_control: ShortText | None = None
    """Cache directives."""
    content_encoding: ShortText | None = None
    """Content coding, such as `gzip`."""
    expires: ShortText | None = None
    """HTTP date."""


@model
class PresignRequest:
    """One URL, form or set of part URLs, as a client asks for it."""

    operation: OperationName
    """The OSS operation."""
    profile: Annotated[str, Length(1, 32)] | None = None
    """A named grant scope of the deployment; its own scope where absent."""
    key: str | None = None
    """Full object key, 1 to 1,023 UTF-8 bytes."""
    filename: ShortText | None = None
    """Instead of `key`, for new objects: the server chooses a key that ends in the cleaned name."""
    expires_in: Annotated[int, Between(1, 10**9)] | None = None
    """Lifetime in seconds; the deployment's default where absent."""
    content_type: ShortText | None = None
    """Media type of the upload; signed, so the client must send it."""
    content_md5: Annotated[str, Length(24, 24)] | None = None
    """Base64 of the body's MD5; signed, and checked by OSS."""
    content_length: Bytes | None = None
    """Size of the body in bytes; signed, so that no other size is accepted."""
    metadata: Annotated[dict[str, str], Length(0, 100)] | None = None
    """User metadata, names without `x-oss-meta-`, 8 KB in all."""
    storage_class: Literal["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"] | None = None
    """Storage class of the new object."""
    tagging: Annotated[dict[str, str], Length(0, 10)] | None = None
    """Object tags, at most 10."""
    response: ResponseOverrides | None = None
    """Overrides of the answer's headers."""
    download_as: ShortText | None = None
    """File name, in any script, under which a browser saves the object."""
    version_id: ShortText | None = None
    """Version of the object, where the deployment lets versions be asked for."""
    process: ShortText | None = None
    """Name of an image style that the deployment lists."""
    upload_id: ShortText | None = None
    """Upload id that InitiateMultipartUpload answered for this key."""
    part_number: PartNumber | None = None
    """One part, 1 to 10,000."""
    part_numbers: Annotated[list[PartNumber], Length(1, 10_000)] | None = None
    """Many parts in one call, distinct."""
    compact: bool = False
    """For `part_numbers`: one URL with placeholders, and signatures in the order of the numbers."""
    max_size: Bytes | None = None
    """Largest upload in bytes that the form takes."""
    min_size: Bytes | None = None
    """Smallest upload in bytes that the form takes."""
    success_action_status: Literal[200, 201, 204] | None = None
    """Status with which OSS answers the form."""
    traffic_limit: BitsPerSecond | None = None
    """Speed in bits a second, at most; signed."""
    reference: Annotated[str, Length(1, 128)] | None = None
    """Comes back in the message about the finished upload, such as an order number; printable characters."""
    endpoint: Literal["public", "internal", "custom", "accelerate", "cdn"] | None = None
    """The host to sign for, where the deployment has it; its default where absent. `cdn` is for reads."""
    dry_run: bool = False
    """Everything but the signature."""
