"""Which operation a request asks for, and what of it the emulator knows. The rest is refused loudly: 501."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import NamedTuple

from werkzeug.wrappers import Response

from ..bucket import access, existence, lifecycle, listing, settings, styles, versions
from ..wire.errors import OssError
from ..wire.incoming import SIGNATURE_PARAMETERS, Incoming
from . import acls, append, copies, multipart, objects, symlinks, tagging, uploads, writing
from .calls import Call, ServiceCall

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
        "acl",
        "allow-same-action-overlap",
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


Answers = Callable[[Call], Response]


class Operation(NamedTuple):
    """One operation: what answers it, and the parameters that it knows beside those of any operation."""

    name: str
    answer: Answers
    parameters: frozenset[str]


class ServiceOperation(NamedTuple):
    """One operation of the account's, on no bucket that is there; likewise."""

    name: str
    answer: Callable[[ServiceCall], Response]
    parameters: frozenset[str]


def _operation(name: str, answer: Answers, *parameters: str) -> Operation:
    return Operation(name, answer, frozenset(parameters))


def _of_a_setting(
    sub_resource: str,
    what: str,
    put: Answers,
    get: Answers,
    delete: Answers | None = None,
    *parameters: str,
) -> dict[tuple[str, bool, str], Operation]:
    """Return the operations on one setting of a bucket."""
    does = {"PUT": ("Put", put), "GET": ("Get", get), "DELETE": ("Delete", delete)}
    return {
        (method, False, sub_resource): _operation(f"{verb}{what}", answers, sub_resource, *parameters)
        for method, (verb, answers) in does.items()
        if answers is not None
    }


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
    ("PUT", True, "tagging"): _operation("PutObjectTagging", tagging.put_tagging, "tagging", "versionId"),
    ("GET", True, "tagging"): _operation("GetObjectTagging", tagging.get_tagging, "tagging", "versionId"),
    ("DELETE", True, "tagging"): _operation(
        "DeleteObjectTagging", tagging.delete_tagging, "tagging", "versionId"
    ),
    ("PUT", True, "acl"): _operation("PutObjectAcl", acls.put_acl, "acl", "versionId"),
    ("GET", True, "acl"): _operation("GetObjectAcl", acls.get_acl, "acl", "versionId"),
    ("GET", False, ""): _operation("ListObjects", listing.list_objects, *listing.KNOWN_PARAMETERS),
    ("GET", False, "versions"): _operation(
        "ListObjectVersions", versions.list_versions, *versions.KNOWN_PARAMETERS
    ),
    ("GET", False, "uploads"): _operation(
        "ListMultipartUploads",
        uploads.list_uploads,
        "uploads",
        "prefix",
        "delimiter",
        "max-uploads",
        "key-marker",
        "upload-id-marker",
        "encoding-type",
    ),
    ("POST", False, "delete"): _operation(
        "DeleteMultipleObjects", objects.delete_objects, "delete", "encoding-type"
    ),
    ("DELETE", False, ""): _operation("DeleteBucket", existence.delete_bucket),
    ("GET", False, "bucketInfo"): _operation("GetBucketInfo", existence.get_info, "bucketInfo"),
    ("GET", False, "location"): _operation("GetBucketLocation", existence.get_location, "location"),
    **_of_a_setting("cors", "BucketCors", settings.put_cors, settings.get_cors, settings.delete_cors),
    **_of_a_setting("versioning", "BucketVersioning", settings.put_versioning, settings.get_versioning),
    **_of_a_setting("acl", "BucketAcl", access.put_acl, access.get_acl),
    **_of_a_setting("policy", "BucketPolicy", access.put_policy, access.get_policy, access.delete_policy),
    **_of_a_setting(
        "publicAccessBlock",
        "BucketPublicAccessBlock",
        access.put_block,
        access.get_block,
        access.delete_block,
    ),
    **_of_a_setting(
        "lifecycle",
        "BucketLifecycle",
        lifecycle.put_lifecycle,
        lifecycle.get_lifecycle,
        lifecycle.delete_lifecycle,
    ),
    **_of_a_setting("style", "Style", styles.put_style, styles.get_style, styles.delete_style, "styleName"),
}
"""Operations by method, whether a key is addressed, and sub-resource."""

COPIES: Mapping[str, Operation] = {
    "": _operation("CopyObject", copies.copy_object),
    "uploadId": _operation("UploadPartCopy", copies.upload_part_copy, "partNumber", "uploadId", "versionId"),
}
"""Operations of PUT where ``x-oss-copy-source`` names what is copied, by sub-resource."""

LIST_BUCKETS = ServiceOperation(
    "ListBuckets", existence.list_buckets, frozenset({"prefix", "marker", "max-keys"})
)
PUT_BUCKET = ServiceOperation("PutBucket", existence.put_bucket, frozenset())

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")

SUB_RESOURCES = (
    *("append", "symlink", "uploads", "uploadId", "tagging", "objectMeta", "delete", "versions", "acl"),
    *("bucketInfo", "location", "cors", "versioning", "policy", "publicAccessBlock", "lifecycle", "style"),
)


def service_operation_of(incoming: Incoming) -> ServiceOperation | None:
    """Return the operation that needs no bucket, None where a request addresses what is in one."""
    sub_resource = _sub_resource(incoming)
    if incoming.bucket is None:
        if incoming.method != "GET" or sub_resource:
            detail = f"{incoming.method} {sub_resource} of the service itself"
            raise OssError("not-implemented", detail=detail)
        operation = LIST_BUCKETS
    elif (incoming.method, incoming.key, sub_resource) == ("PUT", None, ""):
        operation = PUT_BUCKET
    else:
        return None
    _refuse_unknown_parameters(incoming, operation.parameters)
    refuse_unknown(incoming.headers, known=KNOWN_OSS_HEADERS)
    return operation


def _sub_resource(incoming: Incoming) -> str:
    return next((name for name in SUB_RESOURCES if name in incoming.query), "")


def operation_of(incoming: Incoming) -> Operation:
    """Return the operation that a request asks for; raises ``OssError`` unless all of it is known."""
    if incoming.method not in METHODS:
        resource = "Bucket" if incoming.key is None else "Object"
        raise OssError("method", Method=incoming.method, ResourceType=resource)
    sub_resource = _sub_resource(incoming)
    operation = OPERATIONS.get((incoming.method, incoming.key is not None, sub_resource))
    if incoming.method == "PUT" and incoming.key is not None and "x-oss-copy-source" in incoming.headers:
        operation = COPIES.get(sub_resource)
    if operation is None:
        what = sub_resource or "without a sub-resource"
        raise OssError("not-implemented", detail=f"{incoming.method} {what}")
    _refuse_unknown_parameters(incoming, operation.parameters)
    of_copies = copies.COPY_HEADERS if operation in COPIES.values() else frozenset()
    refuse_unknown(incoming.headers, known=KNOWN_OSS_HEADERS | of_copies)
    return operation


def _refuse_unknown_parameters(incoming: Incoming, known: Set[str]) -> None:
    for name in sorted(incoming.query.keys() - known - EVERYWHERE):
        raise OssError("not-implemented", detail=f"the parameter {name}")


def refuse_unknown(names: Iterable[str], *, known: Set[str]) -> None:
    """Raise ``OssError`` for an ``x-oss-…`` header, or field of a form, that nothing here would heed."""
    for name in sorted(set(names) - known):
        if name.startswith("x-oss-") and not name.startswith("x-oss-meta-"):
            raise OssError("not-implemented", detail=f"the header {name}")
