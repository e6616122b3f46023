"""Each operation needs its own action: without it nothing else helps, with it nothing else is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.inprocess import bridged
from oss_emulator.ram.identities import Principal
from tests.unit.emulator.oss_world import BUCKET, EVERYTHING, World, world

KEY = "a.txt"
OBJECTS = f"acs:oss:*:*:{BUCKET}/*"
OF_THE_BUCKET = f"acs:oss:*:*:{BUCKET}"


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
                ask(self.w.sdk(principal), self)
            except oss.exceptions.OperationError as error:
                cause: Any = error.unwrap()
                return str(cause.code)
        return None


Ask = Callable[[Any, Scene], object]

OBJECT: dict[str, Any] = {"bucket": BUCKET, "key": KEY}
TAGS = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="k", value="v")]))
COMPLETED = oss.CompleteMultipartUpload

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
}
"""Operations by name: the action that each needs, on what, and how the official client asks for it."""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    w = world(tmp_path, versioned=True)
    with bridged(w.emulator):
        client = w.sdk()
        put = client.put_object(oss.PutObjectRequest(**OBJECT, body=b"x", tagging="k=v"))
        upload_id = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**OBJECT)).upload_id
        part = client.upload_part(
            oss.UploadPartRequest(**OBJECT, upload_id=upload_id, part_number=1, body=b"x")
        )
    return Scene(
        w=w,
        version_id=put.version_id,
        upload_id=upload_id,
        part=oss.UploadPart(part_number=1, etag=part.etag),
    )


def may(scene: Scene, *statements: tuple[str, str, str]) -> Principal:
    listed = [
        {"Effect": effect, "Action": action, "Resource": resource} for effect, action, resource in statements
    ]
    return scene.w.cloud.identities.add_user("caller", policies=[{"Version": "1", "Statement": listed}])


@pytest.mark.parametrize("name", ASKS)
def test_an_operation_is_refused_without_its_own_action(scene: Scene, name: str) -> None:
    action, _, ask = ASKS[name]
    everything_else = may(scene, ("Allow", "oss:*", "*"), ("Deny", action, "*"))

    assert "AccessDenied" == scene.refusal(ask, principal=everything_else)


@pytest.mark.parametrize("name", ASKS)
def test_an_operation_needs_no_other_action(scene: Scene, name: str) -> None:
    action, resource, ask = ASKS[name]

    assert scene.refusal(ask, principal=may(scene, ("Allow", action, resource))) is None


@pytest.mark.parametrize("name", ASKS)
def test_an_operation_is_refused_on_another_bucket(scene: Scene, name: str) -> None:
    action, resource, ask = ASKS[name]
    neighbour = resource.replace(BUCKET, f"{BUCKET}-2")

    assert "AccessDenied" == scene.refusal(ask, principal=may(scene, ("Allow", action, neighbour)))


@pytest.mark.parametrize("name", ASKS)
def test_a_session_does_nothing_that_its_policy_leaves_out(scene: Scene, name: str) -> None:
    action, _, ask = ASKS[name]
    trust = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}],
    }
    refused = {"Effect": "Deny", "Action": action, "Resource": "*"}
    narrowed = {"Version": "1", "Statement": [refused, {"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    identities = scene.w.cloud.identities
    identities.add_role("r", trust=trust, policies=[EVERYTHING])

    assert "AccessDenied" == scene.refusal(ask, principal=identities.role_session("r", policy=narrowed))


@pytest.mark.parametrize(
    ("extra", "action"),
    [({"tagging": "k=v"}, "oss:PutObjectTagging"), ({"acl": "private"}, "oss:PutObjectAcl")],
)
def test_what_rides_on_a_write_needs_its_own_action(scene: Scene, extra: dict[str, str], action: str) -> None:
    def ask(client: Any, _: Scene) -> object:
        return client.put_object(oss.PutObjectRequest(**OBJECT, **extra, body=b"x"))

    writer = may(scene, ("Allow", "oss:PutObject", OBJECTS))
    both = may(scene, ("Allow", "oss:PutObject", OBJECTS), ("Allow", action, OBJECTS))

    assert "AccessDenied" == scene.refusal(ask, principal=writer)
    assert scene.refusal(ask, principal=both) is None


def test_one_key_that_may_not_be_deleted_saves_all_of_them(scene: Scene) -> None:
    keys = [oss.DeleteObject(key=key) for key in (KEY, "kept.txt")]
    scene.w.put("kept.txt")
    careful = may(scene, ("Allow", "oss:*", "*"), ("Deny", "oss:DeleteObject", f"{OBJECTS[:-1]}kept.txt"))

    def ask(client: Any, _: Scene) -> object:
        return client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=keys))

    assert "AccessDenied" == scene.refusal(ask, principal=careful)
    assert (True, True) == (scene.w.bucket.exists(KEY), scene.w.bucket.exists("kept.txt"))
