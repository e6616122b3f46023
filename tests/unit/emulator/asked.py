"""What each operation of the emulator is asked with, and the one action that it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import alibabacloud_oss_v2 as oss

from oss_emulator.inprocess import bridged
from oss_emulator.ram.identities import ANYBODY, Principal
from tests.unit.emulator.oss_world import BUCKET, World

KEY = "a.txt"
OBJECTS = f"acs:oss:*:*:{BUCKET}/*"
OF_THE_BUCKET = f"acs:oss:*:*:{BUCKET}"
POLICY = json.dumps(
    {
        "Version": "1",
        "Statement": [{"Effect": "Deny", "Action": "oss:*", "Principal": ["1"], "Resource": OF_THE_BUCKET}],
    }
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One object with a tag in a versioned bucket, and one upload with a part."""

    w: World
    version_id: str
    upload_id: str
    part: oss.UploadPart

    @property
    def upload(self) -> dict[str, str]:
        return {"bucket": BUCKET, "key": KEY, "upload_id": self.upload_id}

    @property
    def version(self) -> dict[str, str]:
        return {"bucket": BUCKET, "key": KEY, "version_id": self.version_id}

    def refusal(self, ask: Ask, *, principal: Principal) -> str | None:
        """Return the code with which the emulator refuses what a principal asks, None where it does it."""
        with bridged(self.w.emulator):
            try:
                ask(self.w.unsigned() if principal is ANYBODY else self.w.sdk(principal), self)
            except oss.exceptions.OperationError as error:
                cause: Any = error.unwrap()
                return str(cause.code)
        return None


Ask = Callable[[Any, Scene], object]

OBJECT: dict[str, Any] = {"bucket": BUCKET, "key": KEY}
TAGS = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="k", value="v")]))
COMPLETED = oss.CompleteMultipartUpload

SETTINGS: dict[str, dict[str, Ask]] = {
    "BucketAcl": {
        "Put": lambda c, _: c.put_bucket_acl(oss.PutBucketAclRequest(bucket=BUCKET, acl="private")),
        "Get": lambda c, _: c.get_bucket_acl(oss.GetBucketAclRequest(bucket=BUCKET)),
    },
    "BucketCors": {
        "Put": lambda c, _: c.put_bucket_cors(
            oss.PutBucketCorsRequest(
                bucket=BUCKET,
                cors_configuration=oss.CORSConfiguration(
                    cors_rules=[oss.CORSRule(allowed_origins=["*"], allowed_methods=["GET"])]
                ),
            )
        ),
        "Get": lambda c, _: c.get_bucket_cors(oss.GetBucketCorsRequest(bucket=BUCKET)),
        "Delete": lambda c, _: c.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=BUCKET)),
    },
    "BucketLifecycle": {
        "Put": lambda c, _: c.put_bucket_lifecycle(
            oss.PutBucketLifecycleRequest(
                bucket=BUCKET,
                lifecycle_configuration=oss.LifecycleConfiguration(
                    rules=[
                        oss.LifecycleRule(
                            prefix="", status="Enabled", expiration=oss.LifecycleRuleExpiration(days=1)
                        )
                    ]
                ),
            )
        ),
        "Get": lambda c, _: c.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=BUCKET)),
        "Delete": lambda c, _: c.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=BUCKET)),
    },
    "BucketPolicy": {
        "Put": lambda c, _: c.put_bucket_policy(oss.PutBucketPolicyRequest(bucket=BUCKET, body=POLICY)),
        "Get": lambda c, _: c.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=BUCKET)),
        "Delete": lambda c, _: c.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=BUCKET)),
    },
    "BucketPublicAccessBlock": {
        "Put": lambda c, _: c.put_bucket_public_access_block(
            oss.PutBucketPublicAccessBlockRequest(
                bucket=BUCKET,
                public_access_block_configuration=oss.PublicAccessBlockConfiguration(
                    block_public_access=True
                ),
            )
        ),
        "Get": lambda c, _: c.get_bucket_public_access_block(
            oss.GetBucketPublicAccessBlockRequest(bucket=BUCKET)
        ),
        "Delete": lambda c, _: c.delete_bucket_public_access_block(
            oss.DeleteBucketPublicAccessBlockRequest(bucket=BUCKET)
        ),
    },
    "BucketVersioning": {
        "Put": lambda c, _: c.put_bucket_versioning(
            oss.PutBucketVersioningRequest(
                bucket=BUCKET, versioning_configuration=oss.VersioningConfiguration(status="Enabled")
            )
        ),
        "Get": lambda c, _: c.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=BUCKET)),
    },
    "Style": {
        "Put": lambda c, _: c.put_style(
            oss.PutStyleRequest(
                bucket=BUCKET, style_name="thumb", style=oss.StyleContent(content="image/resize,w_1")
            )
        ),
        "Get": lambda c, _: c.get_style(oss.GetStyleRequest(bucket=BUCKET, style_name="thumb")),
        "Delete": lambda c, _: c.delete_style(oss.DeleteStyleRequest(bucket=BUCKET, style_name="thumb")),
    },
    "Styles": {"Get": lambda c, _: c.list_style(oss.ListStyleRequest(bucket=BUCKET))},
}
"""Settings of a bucket, and how each is put, told and forgotten."""

ASKS: dict[str, tuple[str, str, Ask]] = {
    "PutObject": (
        "oss:PutObject",
        OBJECTS,
        lambda c, _: c.put_object(oss.PutObjectRequest(**OBJECT, body=b"x")),
    ),
    "GetObject": ("oss:GetObject", OBJECTS, lambda c, _: c.get_object(oss.GetObjectRequest(**OBJECT))),
    "GetObject of a version": (
        "oss:GetObjectVersion",
        OBJECTS,
        lambda c, s: c.get_object(oss.GetObjectRequest(**s.version)),
    ),
    "GetObjectMeta": (
        "oss:GetObject",
        OBJECTS,
        lambda c, _: c.get_object_meta(oss.GetObjectMetaRequest(**OBJECT)),
    ),
    "DeleteObject": (
        "oss:DeleteObject",
        OBJECTS,
        lambda c, _: c.delete_object(oss.DeleteObjectRequest(**OBJECT)),
    ),
    "DeleteObject of a version": (
        "oss:DeleteObjectVersion",
        OBJECTS,
        lambda c, s: c.delete_object(oss.DeleteObjectRequest(**s.version)),
    ),
    "DeleteMultipleObjects": (
        "oss:DeleteObject",
        OBJECTS,
        lambda c, _: c.delete_multiple_objects(
            oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=[oss.DeleteObject(key=KEY)])
        ),
    ),
    "ListObjectsV2": (
        "oss:ListObjects",
        OF_THE_BUCKET,
        lambda c, _: c.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET)),
    ),
    "ListObjects": (
        "oss:ListObjects",
        OF_THE_BUCKET,
        lambda c, _: c.list_objects(oss.ListObjectsRequest(bucket=BUCKET)),
    ),
    "PutObjectTagging": (
        "oss:PutObjectTagging",
        OBJECTS,
        lambda c, _: c.put_object_tagging(oss.PutObjectTaggingRequest(**OBJECT, tagging=TAGS)),
    ),
    "GetObjectTagging": (
        "oss:GetObjectTagging",
        OBJECTS,
        lambda c, _: c.get_object_tagging(oss.GetObjectTaggingRequest(**OBJECT)),
    ),
    "DeleteObjectTagging": (
        "oss:DeleteObjectTagging",
        OBJECTS,
        lambda c, _: c.delete_object_tagging(oss.DeleteObjectTaggingRequest(**OBJECT)),
    ),
    "InitiateMultipartUpload": (
        "oss:PutObject",
        OBJECTS,
        lambda c, _: c.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**OBJECT)),
    ),
    "UploadPart": (
        "oss:PutObject",
        OBJECTS,
        lambda c, s: c.upload_part(oss.UploadPartRequest(**s.upload, part_number=2, body=b"x")),
    ),
    "CompleteMultipartUpload": (
        "oss:PutObject",
        OBJECTS,
        lambda c, s: c.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(
                **s.upload, complete_multipart_upload=COMPLETED(parts=[s.part])
            )
        ),
    ),
    "ListParts": ("oss:ListParts", OBJECTS, lambda c, s: c.list_parts(oss.ListPartsRequest(**s.upload))),
    "AbortMultipartUpload": (
        "oss:AbortMultipartUpload",
        OBJECTS,
        lambda c, s: c.abort_multipart_upload(oss.AbortMultipartUploadRequest(**s.upload)),
    ),
    "ListMultipartUploads": (
        "oss:ListMultipartUploads",
        OF_THE_BUCKET,
        lambda c, _: c.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=BUCKET)),
    ),
    "HeadObject": ("oss:GetObject", OBJECTS, lambda c, _: c.head_object(oss.HeadObjectRequest(**OBJECT))),
    "AppendObject": (
        "oss:PutObject",
        OBJECTS,
        lambda c, _: c.append_object(
            oss.AppendObjectRequest(bucket=BUCKET, key="log", position=0, body=b"x")
        ),
    ),
    "PutSymlink": (
        "oss:PutObject",
        OBJECTS,
        lambda c, _: c.put_symlink(oss.PutSymlinkRequest(bucket=BUCKET, key="l", symlink_target=KEY)),
    ),
    "GetSymlink": (
        "oss:GetObject",
        OBJECTS,
        lambda c, _: c.get_symlink(oss.GetSymlinkRequest(bucket=BUCKET, key="link")),
    ),
    "PutObjectAcl": (
        "oss:PutObjectAcl",
        OBJECTS,
        lambda c, _: c.put_object_acl(oss.PutObjectAclRequest(**OBJECT, acl="private")),
    ),
    "GetObjectAcl": (
        "oss:GetObjectAcl",
        OBJECTS,
        lambda c, _: c.get_object_acl(oss.GetObjectAclRequest(**OBJECT)),
    ),
    "PutObjectAcl of a version": (
        "oss:PutObjectVersionAcl",
        OBJECTS,
        lambda c, s: c.put_object_acl(oss.PutObjectAclRequest(**s.version, acl="private")),
    ),
    "GetObjectAcl of a version": (
        "oss:GetObjectVersionAcl",
        OBJECTS,
        lambda c, s: c.get_object_acl(oss.GetObjectAclRequest(**s.version)),
    ),
    "ListObjectVersions": (
        "oss:ListObjectVersions",
        OF_THE_BUCKET,
        lambda c, _: c.list_object_versions(oss.ListObjectVersionsRequest(bucket=BUCKET)),
    ),
    "DeleteBucket": (
        "oss:DeleteBucket",
        OF_THE_BUCKET,
        lambda c, _: c.delete_bucket(oss.DeleteBucketRequest(bucket=BUCKET)),
    ),
    "GetBucketInfo": (
        "oss:GetBucketInfo",
        OF_THE_BUCKET,
        lambda c, _: c.get_bucket_info(oss.GetBucketInfoRequest(bucket=BUCKET)),
    ),
    "GetBucketLocation": (
        "oss:GetBucketLocation",
        OF_THE_BUCKET,
        lambda c, _: c.get_bucket_location(oss.GetBucketLocationRequest(bucket=BUCKET)),
    ),
    **{
        f"{verb}{what}": (
            "oss:ListStyle" if (verb, what) == ("Get", "Styles") else f"oss:{verb}{what}",
            OF_THE_BUCKET,
            ask,
        )
        for what, asks in SETTINGS.items()
        for verb, ask in asks.items()
    },
}
"""Operations by name: the action that each needs, on what, and how the official client asks for it."""
