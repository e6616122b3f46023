"""Which operation a request asks for, and what of it the emulator knows. The rest is refused loudly: 501."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import NamedTuple

from werkzeug.wrappers import Response

from ..wire.errors import OssError
from ..wire.incoming import SIGNATURE_PARAMETERS, Incoming
from . import append, bucket_settings, copies, listing, multipart, objects, symlinks, uploads, writing
from .calls import Call

OVERRIDES = frozenset(
    f"response-{name}"
    for name in (
        "content-type",
        "content-disposition",
        "content-language",
        "cache-control",
        "content-encoding",
        "expires",
    )
)
EVERYWHERE = SIGNATURE_PARAMETERS | {"x-oss-traffic-limit"}
"""Parameters that any operation takes."""

KNOWN_OSS_HEADERS = frozenset(
    f"x-oss-{name}"
    for name in (
        "callback",
        "callback-var",
        "complete-all",
        "content-sha256",
        "date",
        "forbid-overwrite",
        "object-acl",
        "range-behavior",
        "security-token",
        "storage-class",
        "symlink-target",
        "tagging",
        "traffic-limit",
        "user-agent",
    )
)
"""The ``x-oss-…`` headers that the emulator heeds, or may leave alone; and any ``x-oss-meta-…``."""


class Operation(NamedTuple):
    """One operation: what answers it, and the parameters that it knows beside those of any operation."""

    name: str
    answer: Callable[[Call], Response]
    parameters: frozenset[str]


def _operation(name: str, answer: Callable[[Call], Response], *parameters: str) -> Operation:
    return Operation(name, answer, frozenset(parameters))


OPERATIONS: Mapping[tuple[str, bool, str], Operation] = {
    ("PUT", True, ""): _operation("PutObject", writing.put_object, "callback", "callback-var"),
    ("GET", True, ""): _operation("GetObject", objects.get_object, "versionId", "x-oss-process", *OVERRIDES),
    ("HEAD", True, ""): _operation("HeadObject", objects.head_object, "versionId", "x-oss-process"),
    ("HEAD", True, "objectMeta"): _operation("GetObjectMeta", objects.head_meta, "objectMeta", "versionId"),
    ("DELETE", True, ""): _operation("DeleteObject", objects.delete_object, "versionId"),
    ("PUT", True, "uploadId"): _operation("UploadPart", multipart.upload_part, "partNumber", "uploadId"),
    ("POST", True, "uploads"): _operation(
        "InitiateMultipartUpload", multipart.initiate, "uploads", "encoding-type"
    ),
    ("POST", True, "uploadId"): _operation(
        "CompleteMultipartUpload", multipart.complete, "uploadId", "encoding-type", "callback", "callback-var"
    ),
    ("GET", True, "uploadId"): _operation(
        "ListParts", uploads.list_parts, "uploadId", "max-parts", "part-number-marker", "encoding-type"
    ),
    ("POST", True, "append"): _operation("AppendObject", append.append_object, "append", "position"),
    ("DELETE", True, "uploadId"): _operation("AbortMultipartUpload", multipart.abort, "uploadId"),
    ("PUT", True, "symlink"): _operation("PutSymlink", symlinks.put_symlink, "symlink"),
    ("GET", True, "symlink"): _operation("GetSymlink", symlinks.get_symlink, "symlink", "versionId"),
    ("PUT", True, "tagging"): _operation("PutObjectTagging", objects.put_tagging, "tagging"),
    ("GET", True, "tagging"): _operation("GetObjectTagging", objects.get_tagging, "tagging"),
    ("DELETE", True, "tagging"): _operation("DeleteObjectTagging", objects.delete_tagging, "tagging"),
    ("GET", False, ""): _operation("ListObjects", listing.list_objects, *listing.KNOWN_PARAMETERS),
    ("GET", False, "uploads"): _operation(
        "ListMultipartUploads",
        uploads.list_uploads,
        "uploads",
        "prefix",
        "max-uploads",
        "key-marker",
        "upload-id-marker",
        "encoding-type",
    ),
    ("GET", False, "bucketInfo"): _operation("GetBucketInfo", bucket_settings.get_info, "bucketInfo"),
    ("GET", False, "location"): _operation("GetBucketLocation", bucket_settings.get_location, "location"),
    ("PUT", False, "cors"): _operation("PutBucketCors", bucket_settings.put_cors, "cors"),
    ("GET", False, "cors"): _operation("GetBucketCors", bucket_settings.get_cors, "cors"),
    ("DELETE", False, "cors"): _operation("DeleteBucketCors", bucket_settings.delete_cors, "cors"),
    ("PUT", False, "versioning"): _operation(
        "PutBucketVersioning", bucket_settings.put_versioning, "versioning"
    ),
    ("GET", False, "versioning"): _operation(
        "GetBucketVersioning", bucket_settings.get_versioning, "versioning"
    ),
    ("POST", False, "delete"): _operation(
        "DeleteMultipleObjects", objects.delete_objects, "delete", "encoding-type"
    ),
}
"""Operations by method, whether a key is addressed, and sub-resource."""

COPIES: Mapping[str, Operation] = {
    "": _operation("CopyObject", copies.copy_object),
    "uploadId": _operation("UploadPartCopy", copies.upload_part_copy, "partNumber", "uploadId"),
}
"""Operations of PUT where ``x-oss-copy-source`` names what is copied, by sub-resource."""

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")

SUB_RESOURCES = (
    *("append", "symlink", "uploads", "uploadId", "tagging", "objectMeta", "delete"),
    *("bucketInfo", "location", "cors", "versioning"),
)


def operation_of(incoming: Incoming) -> Operation:
    """Return the operation that a request asks for; raises ``OssError`` unless all of it is known."""
    if incoming.method not in METHODS:
        resource = "Bucket" if incoming.key is None else "Object"
        raise OssError("method", Method=incoming.method, ResourceType=resource)
    sub_resource = next((name for name in SUB_RESOURCES if name in incoming.query), "")
    operation = OPERATIONS.get((incoming.method, incoming.key is not None, sub_resource))
    if incoming.method == "PUT" and incoming.key is not None and "x-oss-copy-source" in incoming.headers:
        operation = COPIES.get(sub_resource)
    if operation is None:
        what = sub_resource or "without a sub-resource"
        raise OssError("not-implemented", detail=f"{incoming.method} {what}")
    for name in sorted(incoming.query.keys() - operation.parameters - EVERYWHERE):
        raise OssError("not-implemented", detail=f"the parameter {name}")
    of_copies = copies.COPY_HEADERS if operation in COPIES.values() else frozenset()
    refuse_unknown(incoming.headers, known=KNOWN_OSS_HEADERS | of_copies)
    return operation


def refuse_unknown(names: Iterable[str], *, known: Set[str]) -> None:
    """Raise ``OssError`` for an ``x-oss-…`` header, or field of a form, that nothing here would heed."""
    for name in sorted(set(names) - known):
        if name.startswith("x-oss-") and not name.startswith("x-oss-meta-"):
            raise OssError("not-implemented", detail=f"the header {name}")
