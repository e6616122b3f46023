"""Official Node.js clients and plain fetch, over sockets, against the functions and the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import node_clients
from tests.journeys.sts_world import served_function, sts_world
from tests.local.stack import BUCKET, REGION, Stack, running


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as up:
        yield up


def told(stack: Stack) -> dict[str, Any]:
    return {
        "presign": stack.url("presign"),
        "sts": stack.url("sts"),
        "token": stack.token("alice"),
        "emulator": stack.emulator_host.replace("127.0.0.1", "localhost"),
        "region": f"oss-{REGION}",
        "bucket": BUCKET,
    }


def test_ali_oss_uses_and_refreshes_a_session(stack: Stack) -> None:
    seen = node_clients.run("session.mjs", told(stack))
    refreshed = seen.pop("refreshed")

    assert {
        "put": 200,
        "got": "hello from node",
        "listed": ["users/alice/node.txt"],
        "same": True,
        "refused": "AccessDenied",
    } == seen
    assert 2 <= refreshed


def test_plain_fetch_uploads_and_downloads(stack: Stack) -> None:
    seen = node_clients.run("fetch.mjs", told(stack))

    assert {"put": 200, "got": "hello from fetch", "posted": 204, "done": 200} == seen


def test_the_credentials_client_asks_the_function() -> None:
    with sts_world() as world, served_function(world) as function:
        # A URI client sends no headers: it stands for a server that the trigger knows, not for a person.
        world.environ |= {"IDENTITY_CLAIMS": "", "GRANT_READ_PREFIXES": "public/", "GRANT_WRITE_PREFIXES": ""}
        seen = node_clients.run("credentials.mjs", {}, ALIBABA_CLOUD_CREDENTIALS_URI=function.url)
        session = world.identities.find(seen["id"])

    assert session is not None
    assert (True, True, 1) == (seen["complete"], seen["same"], function.requests)
