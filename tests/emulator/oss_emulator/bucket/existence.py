"""PutBucket, DeleteBucket, ListBuckets, GetBucketInfo, GetBucketLocation."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ..oss.authorization import checked_acl
from ..oss.calls import Call, ServiceCall, read_xml, whole_number, xml
from ..store.buckets import Bucket
from ..wire.errors import OssError

MAX_BUCKETS = 1000
STORAGE_CLASSES = frozenset({"Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"})


def put_bucket(call: ServiceCall) -> Response:
    """Make a bucket; one that is there already is refused, its owner too ([open])."""
    name = call.incoming.bucket or ""
    call.authorize_on(name, "oss:PutBucket")
    storage_class = _storage_class(call)
    with call.cloud.locked():
        if any(bucket.name == name for bucket in call.cloud.buckets()):
            raise OssError("bucket-exists", BucketName=name)
        bucket = call.cloud.create_bucket(name)
        try:
            acl = checked_acl(call.header("x-oss-acl"), bucket=bucket, of_object=False)
        except OssError:
            call.cloud.remove_bucket(name)
            raise
        bucket.set(acl=acl, storage_class=storage_class)
    return Response("", 200, headers={"Location": f"/{name}"})


def _storage_class(call: ServiceCall) -> str:
    """Return the storage class that the body asks for; a bucket may be made without a body."""
    if not call.incoming.has_body:
        return "Standard"
    document = read_xml(call)
    if (redundancy := document.findtext("DataRedundancyType") or "LRS") != "LRS":
        raise OssError("not-implemented", detail=f"redundancy: {redundancy}")
    asked = document.findtext("StorageClass") or "Standard"
    if asked not in STORAGE_CLASSES:
        raise OssError("argument", ArgumentName="StorageClass", ArgumentValue=asked)
    return asked


def delete_bucket(call: Call) -> Response:
    """Delete a bucket that holds nothing: no version of an object, and no upload under way."""
    call.authorize("oss:DeleteBucket")
    call.cloud.remove_bucket(call.bucket.name)
    return Response("", 204)


def list_buckets(call: ServiceCall) -> Response:
    """List the buckets of the account by name, page by page."""
    call.authorize_on("*", "oss:ListBuckets")
    prefix, marker = call.parameter("prefix") or "", call.parameter("marker") or ""
    limit = whole_number(call, "max-keys", default=100, minimum=1, maximum=MAX_BUCKETS)
    found = [each for each in call.cloud.buckets() if each.name.startswith(prefix) and each.name > marker]
    shown, more = found[:limit], len(found) > limit
    paged = {"Prefix": prefix, "Marker": marker, "MaxKeys": limit, "IsTruncated": "true"} if more else {}
    following = {"NextMarker": shown[-1].name} if more else {}
    buckets = {"Bucket": [{**_described(bucket), "Region": bucket.region} for bucket in shown]}
    return xml(
        "ListAllMyBucketsResult", **paged, **following, Owner=owner(call.cloud.account_id), Buckets=buckets
    )


def get_info(call: Call) -> Response:
    """Answer GetBucketInfo."""
    call.authorize("oss:GetBucketInfo")
    settings = call.bucket.settings
    described = {
        **_described(call.bucket),
        "Owner": owner(call.cloud.account_id),
        "AccessControlList": {"Grant": settings.acl},
        "Versioning": settings.versioning or None,
        "DataRedundancyType": "LRS",
        "Comment": "",
        "ServerSideEncryptionRule": {"SSEAlgorithm": "None"},
        **dict.fromkeys(("CrossRegionReplication", "TransferAcceleration", "AccessMonitor"), "Disabled"),
        "BlockPublicAccess": "true" if settings.blocks_public else "false",
    }
    return xml("BucketInfo", Bucket=described)


def get_location(call: Call) -> Response:
    """Answer GetBucketLocation."""
    call.authorize("oss:GetBucketLocation")
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint>oss-{call.bucket.region}</LocationConstraint>'
    return Response(text, 200, content_type="application/xml")


def _described(bucket: Bucket) -> dict[str, Any]:
    return {
        "CreationDate": bucket.settings.created,
        "ExtranetEndpoint": f"oss-{bucket.region}.aliyuncs.com",
        "IntranetEndpoint": f"oss-{bucket.region}-internal.aliyuncs.com",
        "Location": f"oss-{bucket.region}",
        "Name": bucket.name,
        "StorageClass": bucket.settings.storage_class,
    }


def owner(account_id: str) -> dict[str, str]:
    """Return the element that names the account."""
    return {"DisplayName": account_id, "ID": account_id}
