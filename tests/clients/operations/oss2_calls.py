"""``oss2``, the older SDK, with V4 signatures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import oss2

from tests.clients.operations.python_v2 import PART, POLICY

HAS_NO = {"PostObject"}


class Clients(NamedTuple):
    """The SDK's two clients."""

    service: Any
    bucket: Any


def client(address: str, key: tuple[str, str]) -> Clients:
    """Return the clients for an address and an AccessKey."""
    auth = oss2.ProviderAuthV4(oss2.credentials.StaticCredentialsProvider(*key))
    endpoint = f"http://{address}"
    return Clients(
        oss2.Service(auth, endpoint, region="cn-hangzhou"),
        oss2.Bucket(auth, endpoint, "made-here", region="cn-hangzhou"),
    )


def _cors(b: Any) -> bool:
    rule = oss2.models.CorsRule(allowed_origins=["https://a.example"], allowed_methods=["GET"])
    b.put_bucket_cors(oss2.models.BucketCors([rule]))
    told = b.get_bucket_cors().rules
    b.delete_bucket_cors()
    return [["https://a.example"]] == [each.allowed_origins for each in told]


def _lifecycle(b: Any) -> bool:
    rule = oss2.models.LifecycleRule("r", "logs/", expiration=oss2.models.LifecycleExpiration(days=7))
    b.put_bucket_lifecycle(oss2.models.BucketLifecycle([rule]))
    told = b.get_bucket_lifecycle().rules
    b.delete_bucket_lifecycle()
    return [("r", 7)] == [(each.id, each.expiration.days) for each in told]


def _policy(b: Any) -> bool:
    b.put_bucket_policy(POLICY)
    told = b.get_bucket_policy().policy
    b.delete_bucket_policy()
    return bool(json.loads(told) == json.loads(POLICY))


def _style(b: Any) -> bool:
    b.put_bucket_style("s", "image/resize,w_9")
    told = [each.content for each in b.list_bucket_style().styles]
    b.get_bucket_style("s")
    b.delete_bucket_style("s")
    return ["image/resize,w_9"] == told


def _block(b: Any) -> bool:
    b.delete_bucket_public_access_block()
    b.put_bucket_public_access_block(True)
    return bool(b.get_bucket_public_access_block().block_public_access)


def _multipart(b: Any) -> bool:
    upload_id = b.init_multipart_upload("big").upload_id
    first = b.upload_part("big", upload_id, 1, PART)
    second = b.upload_part_copy("made-here", "a.txt", None, "big", upload_id, 2)
    listed, under_way = b.list_parts("big", upload_id).parts, b.list_multipart_uploads().upload_list
    parts = [oss2.models.PartInfo(n, each.etag) for n, each in enumerate((first, second), 1)]
    b.complete_multipart_upload("big", upload_id, parts)
    return (2, ["big"], PART + b"hello") == (
        len(listed),
        [each.key for each in under_way],
        b.get_object("big").read(),
    )


def _abort(b: Any) -> bool:
    return bool(b.abort_multipart_upload("gone", b.init_multipart_upload("gone").upload_id).status == 204)


def _tags(b: Any) -> bool:
    rule = oss2.models.TaggingRule()
    rule.add("k", "v")
    b.put_object_tagging("a.txt", oss2.models.Tagging(rule))
    told = b.get_object_tagging("a.txt").tag_set.tagging_rule
    b.delete_object_tagging("a.txt")
    return bool(told == {"k": "v"})


def _symlink(b: Any) -> bool:
    b.put_symlink("a.txt", "link")
    return ("a.txt", b"hello") == (b.get_symlink("link").target_key, b.get_object("link").read())


def _acl(b: Any) -> bool:
    b.put_object_acl("a.txt", oss2.OBJECT_ACL_PRIVATE)
    b.put_bucket_acl(oss2.BUCKET_ACL_PRIVATE)
    return ["private"] * 2 == [b.get_object_acl("a.txt").acl, b.get_bucket_acl().acl]


def _versions(b: Any) -> bool:
    b.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    told = b.get_bucket_versioning().status
    b.put_object("a.txt", b"again")
    listed = b.list_object_versions(prefix="a.txt").versions
    return ("Enabled", [True, False]) == (told, [each.is_latest for each in listed])


def _empty(b: Any) -> bool:
    versions = oss2.models.BatchDeleteObjectVersionList()
    listed = b.list_object_versions().versions
    for each in listed:
        versions.append(oss2.models.BatchDeleteObjectVersion(each.key, each.versionid))
    return len(listed) == len(b.delete_object_versions(versions).delete_versions)


CALLS: dict[str, Callable[[Clients], bool]] = {
    "make a bucket": lambda c: c.bucket.create_bucket().status == 200,
    "list buckets": lambda c: "made-here" in [each.name for each in c.service.list_buckets().buckets],
    "info": lambda c: c.bucket.get_bucket_info().name == "made-here",
    "location": lambda c: c.bucket.get_bucket_location().location == "oss-cn-hangzhou",
    "put": lambda c: c.bucket.put_object("a.txt", b"hello").status == 200,
    "range": lambda c: c.bucket.get_object("a.txt", byte_range=(1, 3)).read() == b"ell",
    "head": lambda c: c.bucket.head_object("a.txt").content_length == 5,
    "meta": lambda c: c.bucket.get_object_meta("a.txt").content_length == 5,
    "copy": lambda c: bool(c.bucket.copy_object("made-here", "a.txt", "b.txt").etag),
    "append": lambda c: c.bucket.append_object("log", 0, b"line").next_position == 4,
    "list v1": lambda c: len(c.bucket.list_objects().object_list) == 3,
    "list v2": lambda c: len(c.bucket.list_objects_v2().object_list) == 3,
    "multipart": lambda c: _multipart(c.bucket),
    "abort": lambda c: _abort(c.bucket),
    "tags": lambda c: _tags(c.bucket),
    "symlink": lambda c: _symlink(c.bucket),
    "acl": lambda c: _acl(c.bucket),
    "cors": lambda c: _cors(c.bucket),
    "lifecycle": lambda c: _lifecycle(c.bucket),
    "policy": lambda c: _policy(c.bucket),
    "style": lambda c: _style(c.bucket),
    "block public access": lambda c: _block(c.bucket),
    "versions": lambda c: _versions(c.bucket),
    "delete": lambda c: c.bucket.delete_object("b.txt").status == 204,
    "empty": lambda c: _empty(c.bucket),
}


def delete_bucket(c: Clients) -> None:
    """Delete what deletions left, and then the bucket."""
    for marker in c.bucket.list_object_versions().delete_marker:
        c.bucket.delete_object(marker.key, params={"versionId": marker.versionid})
    c.bucket.delete_bucket()
