"""Each operation needs its own action: without it nothing else helps, with it nothing else is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.inprocess import bridged
from oss_emulator.oss.operations import COPIES, OPERATIONS
from oss_emulator.ram.identities import ANYBODY, Principal
from tests.unit.emulator.asked import ASKS, KEY, OBJECT, OBJECTS, POLICY, SETTINGS, Scene
from tests.unit.emulator.oss_world import BUCKET, EVERYTHING, world

AUTHORISED = {"DeleteBucket": "BucketNotEmpty"}
"""What an operation is answered that is let through, where that is not success."""


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
        client.put_symlink(oss.PutSymlinkRequest(bucket=BUCKET, key="link", symlink_target=KEY))
    w.bucket.set(policy=POLICY, styles={"thumb": "image/resize,w_1"})
    made = Scene(
        w=w,
        version_id=put.version_id,
        upload_id=upload_id,
        part=oss.UploadPart(part_number=1, etag=part.etag),
    )
    for what in ("BucketCors", "BucketLifecycle"):
        made.refusal(SETTINGS[what]["Put"], principal=w.user)
    return made


def test_every_operation_is_asked_here() -> None:
    known = {operation.name for operation in [*OPERATIONS.values(), *COPIES.values()]}

    assert {"CopyObject", "UploadPartCopy"} == known - ASKS.keys()


@pytest.mark.parametrize("name", ASKS)
def test_nobody_is_let_in_without_a_signature(scene: Scene, name: str) -> None:
    assert "AccessDenied" == scene.refusal(ASKS[name][2], principal=ANYBODY)


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

    assert AUTHORISED.get(name) == scene.refusal(ask, principal=may(scene, ("Allow", action, resource)))


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
