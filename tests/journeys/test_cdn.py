"""Reads through a CDN: asked of the function, served by a CDN that verifies, until the second that was said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oss_emulator.cdn import Cdn
from tests.journeys.presign_world import BUCKET, NOON, PresignWorld

KEY = "aliyuncdnexp1234"


@pytest.fixture(params=["a", "b", "c"])
def w(request: pytest.FixtureRequest, tmp_path: Path) -> PresignWorld:
    world = PresignWorld(tmp_path)
    cdn: Any = {"domain": "cdn.example.com", "signing": request.param, "key": KEY, "validity_seconds": 1801}
    world.cloud.put_cdn_before(BUCKET, Cdn(**cdn))
    world.environ |= {
        "CDN_DOMAIN": "cdn.example.com",
        "CDN_SIGNING": request.param,
        "CDN_KEY": KEY,
        "CDN_VALIDITY_SECONDS": "1801",
    }
    return world


@pytest.mark.parametrize(
    "key", ["users/alice/a.png", "users/alice/a b+c.png", "users/alice/\u62a5\u544a (1).pdf"]
)
def test_a_url_of_the_cdn_works_until_the_second_that_was_said(w: PresignWorld, key: str) -> None:
    w.put(b"hello", key=key)
    document = w.ask("GetObject", key=key, endpoint="cdn", expires_in=600)
    head = w.ask("HeadObject", key=key, endpoint="cdn", expires_in=600)
    first = w.send(document)
    w.cloud.clock.set(NOON + timedelta(seconds=document["expires_in"] - 1))
    last = w.send(document).status_code
    w.cloud.clock.set(NOON + timedelta(seconds=document["expires_in"]))

    assert (200, b"hello", 200, 403) == (
        first.status_code,
        first.get_data(),
        last,
        w.send(document).status_code,
    )
    assert document["expires_at"] == head["expires_at"]
    assert 540 < document["expires_in"] <= 600


def test_another_path_is_denied(w: PresignWorld) -> None:
    w.put(b"secret", key="users/alice/b.png")
    document = w.ask("GetObject", key="users/alice/a.png", endpoint="cdn")

    assert 403 == w.send(document, url=document["url"].replace("a.png", "b.png")).status_code


def test_the_cdn_follows_a_link_that_a_caller_wrote_as_the_docs_say(w: PresignWorld) -> None:
    # Why `make deploy` refuses a CDN beside write credentials: what signs is not narrowed to the caller.
    w.put(b"of bob", key="users/alice/target.png")
    link = w.bucket.current("users/alice/target.png")
    assert link.blob is not None
    w.bucket.put(_link(link), forbid_overwrite=False)
    document = w.ask("GetObject", key="users/alice/link.png", endpoint="cdn")

    assert b"of bob" == w.send(document).get_data()


def _link(target: Any) -> Any:
    from dataclasses import replace

    return replace(target, key="users/alice/link.png", object_type="Symlink", symlink_target=target.key)
