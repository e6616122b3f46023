"""An object that lands in the emulated bucket wakes the functions whose triggers ask for it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from oss_emulator.cloud import Landed
from tests.local.client import presigned, send
from tests.local.landing import event_for
from tests.local.stack import ACCOUNT, Stack, running
from tests.local.template import load
from tests.unit.local.waiting import until

RECORDED = Path(__file__).parent / "recorded"
FUNCTIONS = load({"OSS_BUCKET": "media"}, account_id=ACCOUNT)
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def event(operation: str, key: str, *, function: str = "presign_on_event") -> dict[str, Any] | None:
    landed = Landed(at=NOON, operation=operation, bucket="media", key=key, size=5, etag="E", request_id="R1")
    made = event_for(FUNCTIONS[function], landed, account_id=ACCOUNT, region="cn-hangzhou")
    return None if made is None else json.loads(made)


@pytest.mark.parametrize("operation", ["PutObject", "PostObject", "CompleteMultipartUpload"])
def test_a_write_below_the_prefix_is_told_as_the_trigger_of_oss_tells_it(operation: str) -> None:
    found = event(operation, "incoming/a.txt")

    assert found is not None
    (record,) = found["events"]
    assert (f"ObjectCreated:{operation}", "incoming/a.txt", "media", "2026-11-23T12:00:00.000Z") == (
        record["eventName"],
        record["oss"]["object"]["key"],
        record["oss"]["bucket"]["name"],
        record["eventTime"],
    )


def test_an_event_of_oss_has_the_members_of_one_that_was_recorded() -> None:
    seen = json.loads((RECORDED / "s80-oss-event-post.json").read_text())

    assert shape(seen) == shape(event("PostObject", "incoming/a.txt"))


def test_the_sample_of_a_timer_is_like_one_that_was_recorded() -> None:
    seen = json.loads((RECORDED / "s82-timer-event.json").read_text())

    assert shape(seen) == shape(json.loads(Path("events/timer.json").read_text()))


def shape(value: Any) -> Any:
    """Return the members of a document without what they say."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)


def test_a_copy_is_told_by_the_event_bus() -> None:
    found = event("CopyObject", "incoming/a.txt")

    assert found is not None
    assert ("oss:ObjectCreated:CopyObject", "R1", "incoming/a.txt") == (
        found["type"],
        found["id"],
        found["data"]["oss"]["object"]["key"],
    )


@pytest.mark.parametrize(
    ("operation", "key", "function"),
    [
        ("PutObject", "users/alice/a.txt", "presign_on_event"),
        ("CopyObject", "users/alice/a.txt", "presign_on_event"),
        ("PutSymlink", "incoming/a.txt", "presign_on_event"),
        ("PutObject", "incoming/a.txt", "presign"),
    ],
)
def test_no_other_write_wakes_anybody(operation: str, key: str, function: str) -> None:
    assert event(operation, key, function=function) is None


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(environ={"EVENT_PREFIX": "users/alice/in/"}) as up:
        yield up


def test_an_upload_by_a_url_ends_as_a_link_in_the_queue(stack: Stack) -> None:
    put = presigned(stack, operation="PutObject", key="users/alice/in/a.txt", content_type="text/plain")
    stored = send("PUT", put["url"], headers=put["headers"], body=b"hello")
    until(lambda: bool(stack.delivered))
    result: Any = stack.delivered[-1].result

    assert 200 == stored.status
    assert ["users/alice/in/a.txt"] == [link["key"] for link in result["links"]]
    assert b"hello" == send("GET", result["links"][0]["url"]).body
    assert any(line.startswith('queue links: {"links"') for line in stack.logs)


def test_an_upload_elsewhere_wakes_nobody(stack: Stack) -> None:
    before = len(stack.delivered)
    put = presigned(stack, operation="PutObject", key="users/alice/out.txt", content_type="text/plain")
    stored = send("PUT", put["url"], headers=put["headers"], body=b"hello")
    time.sleep(0.3)

    assert (200, before) == (stored.status, len(stack.delivered))
