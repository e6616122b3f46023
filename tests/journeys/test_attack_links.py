"""Symbolic links that a caller writes: whoever signs a URL decides what may be read through them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.app import Emulator
from oss_emulator.inprocess import fetch
from tests.journeys.sts_world import BUCKET, StsWorld, sts_world
from tests.world import credentials_of, http_event

SECRET, LINK = "users/bob/uploads/salary.txt", "users/alice/uploads/link"


@pytest.fixture
def world() -> Iterator[StsWorld]:
    """Bob has stored a secret, and alice a link to it, with credentials of ``/sts``."""
    with sts_world() as served:
        sent(client(served, "bob").put_object, key=SECRET, body=b"1,000,000")
        link = oss.PutSymlinkRequest(bucket=BUCKET, key=LINK, symlink_target=SECRET)
        client(served, "alice").put_symlink(link)
        yield served


def client(world: StsWorld, sub: str) -> oss.Client:
    document = json.loads(world.call(sub, permission="read-write")["body"])
    keys = (document["AccessKeyId"], document["AccessKeySecret"], document["SecurityToken"])
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*keys)
    config.region, config.endpoint = document["Access"]["Region"], document["Access"]["Endpoint"]
    return oss.Client(config)


def sent(operation: object, *, key: str, body: bytes) -> None:
    operation(oss.PutObjectRequest(bucket=BUCKET, key=key, body=body))  # type: ignore[operator]  # untyped SDK


def read_through_the_link(world: StsWorld, **variables: str) -> tuple[int, bytes]:
    event = http_event({"operation": "GetObject", "key": LINK})
    environ = world.environ | variables
    answer = world.signer(json.dumps(event).encode(), world.context, environ=environ, now=world.clock.now())
    assert 200 == answer["statusCode"], answer["body"]
    read = fetch(Emulator(world.cloud), "GET", json.loads(answer["body"])["url"])
    return read.status_code, read.get_data()


def test_a_url_reads_no_more_than_its_caller_may(world: StsWorld) -> None:
    status, body = read_through_the_link(world, SIGNING_ROLE_ARN=world.uploads.arn)

    assert 403 == status
    assert b"1,000,000" not in body


def test_a_shared_signer_would_hand_out_what_the_link_leads_to(world: StsWorld) -> None:
    """This is why `make deploy` refuses shared signers beside write credentials."""
    able = credentials_of(world.identities.role_session("uploads", session_name="fc"))
    by_the_function = read_through_the_link(world, SIGNING_SESSION="function", **able)
    by_the_deployment = read_through_the_link(
        world, SIGNING_SESSION="deployment", SIGNING_ROLE_ARN=world.uploads.arn
    )

    assert (200, b"1,000,000") == by_the_function == by_the_deployment


def test_the_caller_himself_cannot_read_through_it(world: StsWorld) -> None:
    with pytest.raises(oss.exceptions.OperationError, match="AccessDenied"):
        client(world, "alice").get_object(oss.GetObjectRequest(bucket=BUCKET, key=LINK))


def test_a_link_to_ones_own_object_is_read(world: StsWorld) -> None:
    alice = client(world, "alice")
    sent(alice.put_object, key="users/alice/uploads/cat", body=b"meow")
    alice.put_symlink(
        oss.PutSymlinkRequest(bucket=BUCKET, key=LINK, symlink_target="users/alice/uploads/cat")
    )
    found = alice.get_symlink(oss.GetSymlinkRequest(bucket=BUCKET, key=LINK))

    assert "users/alice/uploads/cat" == found.target
    assert (200, b"meow") == read_through_the_link(world, SIGNING_ROLE_ARN=world.uploads.arn)
