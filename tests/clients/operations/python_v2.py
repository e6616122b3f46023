"""``alibabacloud-oss-v2``: its own calls for every operation but the form, which it only signs nothing of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import alibabacloud_oss_v2 as oss

PART = b"p" * 102_400
POLICY = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": "oss:GetObject",
                "Principal": ["1"],
                "Resource": "acs:oss:*:*:made-here/*",
            }
        ],
    }
)
HERE: dict[str, str] = {"bucket": "made-here"}
HAS_NO = {"PostObject"}


def client(address: str, key: tuple[str, str]) -> Any:
    """Return the client for an address and an AccessKey."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*key)
    config.region, config.endpoint, config.use_path_style = "cn-hangzhou", f"http://{address}", True
    config.retry_max_attempts = 1
    return oss.Client(config)


def of(key: str, **more: Any) -> dict[str, Any]:
    return {**HERE, "key": key, **more}


def text(answer: Any) -> bytes:
    return bytes(answer.body.content)


def _cors(c: Any) -> bool:
    rule = oss.CORSRule(allowed_origins=["https://a.example"], allowed_methods=["GET"])
    configuration = oss.CORSConfiguration(cors_rules=[rule])
    c.put_bucket_cors(oss.PutBucketCorsRequest(**HERE, cors_configuration=configuration))
    told = c.get_bucket_cors(oss.GetBucketCorsRequest(**HERE)).cors_configuration.cors_rules
    c.delete_bucket_cors(oss.DeleteBucketCorsRequest(**HERE))
    return [["https://a.example"]] == [each.allowed_origins for each in told]


def _lifecycle(c: Any) -> bool:
    rule = oss.LifecycleRule(
        id="r", prefix="logs/", status="Enabled", expiration=oss.LifecycleRuleExpiration(days=7)
    )
    configuration = oss.LifecycleConfiguration(rules=[rule])
    c.put_bucket_lifecycle(oss.PutBucketLifecycleRequest(**HERE, lifecycle_configuration=configuration))
    told = c.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(**HERE)).lifecycle_configuration.rules
    c.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(**HERE))
    return [("r", 7)] == [(each.id, each.expiration.days) for each in told]


def _policy(c: Any) -> bool:
    c.put_bucket_policy(oss.PutBucketPolicyRequest(**HERE, body=POLICY))
    told = c.get_bucket_policy(oss.GetBucketPolicyRequest(**HERE)).body
    c.delete_bucket_policy(oss.DeleteBucketPolicyRequest(**HERE))
    return bool(json.loads(told) == json.loads(POLICY))


def _style(c: Any) -> bool:
    content = oss.StyleContent(content="image/resize,w_9")
    c.put_style(oss.PutStyleRequest(**HERE, style_name="s", style=content))
    told = c.get_style(oss.GetStyleRequest(**HERE, style_name="s")).style.content
    c.delete_style(oss.DeleteStyleRequest(**HERE, style_name="s"))
    return bool(told == "image/resize,w_9")


def _block(c: Any) -> bool:
    on = oss.PublicAccessBlockConfiguration(block_public_access=True)
    c.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(**HERE))
    c.put_bucket_public_access_block(
        oss.PutBucketPublicAccessBlockRequest(**HERE, public_access_block_configuration=on)
    )
    told = c.get_bucket_public_access_block(oss.GetBucketPublicAccessBlockRequest(**HERE))
    return bool(told.public_access_block_configuration.block_public_access)


def _multipart(c: Any) -> bool:
    upload = of(
        "big",
        upload_id=c.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**of("big"))).upload_id,
    )
    first = c.upload_part(oss.UploadPartRequest(**upload, part_number=1, body=PART))
    second = c.upload_part_copy(
        oss.UploadPartCopyRequest(**upload, part_number=2, source_bucket="made-here", source_key="a.txt")
    )
    listed = c.list_parts(oss.ListPartsRequest(**upload)).parts
    under_way = c.list_multipart_uploads(oss.ListMultipartUploadsRequest(**HERE)).uploads
    parts = [oss.UploadPart(part_number=n, etag=each.etag) for n, each in enumerate((first, second), 1)]
    c.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            **upload, complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts)
        )
    )
    return (2, ["big"], PART + b"hello") == (
        len(listed),
        [each.key for each in under_way],
        text(c.get_object(oss.GetObjectRequest(**of("big")))),
    )


def _abort(c: Any) -> bool:
    begun = c.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**of("gone")))
    ended = c.abort_multipart_upload(oss.AbortMultipartUploadRequest(**of("gone", upload_id=begun.upload_id)))
    return bool(ended.status_code == 204)


def _tags(c: Any) -> bool:
    tags = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="k", value="v")]))
    c.put_object_tagging(oss.PutObjectTaggingRequest(**of("a.txt", tagging=tags)))
    told = c.get_object_tagging(oss.GetObjectTaggingRequest(**of("a.txt"))).tag_set.tags
    c.delete_object_tagging(oss.DeleteObjectTaggingRequest(**of("a.txt")))
    return [("k", "v")] == [(each.key, each.value) for each in told]


def _symlink(c: Any) -> bool:
    c.put_symlink(oss.PutSymlinkRequest(**of("link", symlink_target="a.txt")))
    target = c.get_symlink(oss.GetSymlinkRequest(**of("link"))).target
    return ("a.txt", b"hello") == (target, text(c.get_object(oss.GetObjectRequest(**of("link")))))


def _acl(c: Any) -> bool:
    c.put_object_acl(oss.PutObjectAclRequest(**of("a.txt", acl="private")))
    c.put_bucket_acl(oss.PutBucketAclRequest(**HERE, acl="private"))
    of_object = c.get_object_acl(oss.GetObjectAclRequest(**of("a.txt"))).acl
    return ["private"] * 2 == [of_object, c.get_bucket_acl(oss.GetBucketAclRequest(**HERE)).acl]


def _versions(c: Any) -> bool:
    on = oss.VersioningConfiguration(status="Enabled")
    c.put_bucket_versioning(oss.PutBucketVersioningRequest(**HERE, versioning_configuration=on))
    told = c.get_bucket_versioning(oss.GetBucketVersioningRequest(**HERE)).version_status
    c.put_object(oss.PutObjectRequest(**of("a.txt", body=b"again")))
    listed = c.list_object_versions(oss.ListObjectVersionsRequest(**HERE, prefix="a.txt")).version
    return ("Enabled", [True, False]) == (told, [each.is_latest for each in listed])


def _empty(c: Any) -> bool:
    listed = c.list_object_versions(oss.ListObjectVersionsRequest(**HERE))
    objects = [oss.DeleteObject(key=each.key, version_id=each.version_id) for each in listed.version]
    done = c.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(**HERE, objects=objects))
    return len(objects) == len(done.deleted_objects)


def _range(c: Any) -> bool:
    got = c.get_object(
        oss.GetObjectRequest(**of("a.txt", range_header="bytes=1-3", range_behavior="standard"))
    )
    return text(got) == b"ell"


CALLS: dict[str, Callable[[Any], bool]] = {
    "make a bucket": lambda c: c.put_bucket(oss.PutBucketRequest(**HERE)).status_code == 200,
    "list buckets": lambda c: (
        "made-here" in [b.name for b in c.list_buckets(oss.ListBucketsRequest()).buckets]
    ),
    "info": lambda c: c.get_bucket_info(oss.GetBucketInfoRequest(**HERE)).bucket_info.name == "made-here",
    "location": lambda c: (
        c.get_bucket_location(oss.GetBucketLocationRequest(**HERE)).location == "oss-cn-hangzhou"
    ),
    "put": lambda c: c.put_object(oss.PutObjectRequest(**of("a.txt", body=b"hello"))).status_code == 200,
    "range": _range,
    "head": lambda c: c.head_object(oss.HeadObjectRequest(**of("a.txt"))).content_length == 5,
    "meta": lambda c: c.get_object_meta(oss.GetObjectMetaRequest(**of("a.txt"))).content_length == 5,
    "copy": lambda c: bool(c.copy_object(oss.CopyObjectRequest(**of("b.txt", source_key="a.txt"))).etag),
    "append": lambda c: (
        c.append_object(oss.AppendObjectRequest(**of("log", position=0, body=b"line"))).next_position == 4
    ),
    "list v1": lambda c: len(c.list_objects(oss.ListObjectsRequest(**HERE)).contents) == 3,
    "list v2": lambda c: len(c.list_objects_v2(oss.ListObjectsV2Request(**HERE)).contents) == 3,
    "multipart": _multipart,
    "abort": _abort,
    "tags": _tags,
    "symlink": _symlink,
    "acl": _acl,
    "cors": _cors,
    "lifecycle": _lifecycle,
    "policy": _policy,
    "style": _style,
    "block public access": _block,
    "versions": _versions,
    "delete": lambda c: c.delete_object(oss.DeleteObjectRequest(**of("b.txt"))).status_code == 204,
    "empty": _empty,
}


def delete_bucket(c: Any) -> None:
    """Delete what deletions left, and then the bucket."""
    for marker in c.list_object_versions(oss.ListObjectVersionsRequest(**HERE)).delete_marker or []:
        c.delete_object(oss.DeleteObjectRequest(**of(marker.key, version_id=marker.version_id)))
    c.delete_bucket(oss.DeleteBucketRequest(**HERE))
