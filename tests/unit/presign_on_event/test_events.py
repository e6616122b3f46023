from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.presign_on_event.events import UnknownEvent, Unreadable, records
from shared.presign_on_event.records import ObjectRecord

EVENTS = Path(__file__).parents[3] / "events"
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def sample(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


def read(event: Any) -> list[ObjectRecord | Unreadable]:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    return records(data, request_id="req-1")


def objects(event: Any) -> list[ObjectRecord]:
    return [record for record in read(event) if isinstance(record, ObjectRecord)]


def keys(event: Any) -> list[str]:
    return [record.key for record in objects(event)]


def rules(event: Any) -> list[str]:
    return [str(record.error) for record in read(event) if isinstance(record, Unreadable)]


def copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


def queued(body: Any, *, message_id: str = "message-1") -> dict[str, Any]:
    """Return one message of a queue, as event-driven delivery hands it over."""
    message = sample("mns-queue.json")[0]
    return dict(message | {"id": message_id, "data": {"messageBody": body}})


def topic(text: Any, **attributes: Any) -> dict[str, Any]:
    return dict(sample("mns-topic-json.json") | {"Message": text} | attributes)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("oss-object-created.json", ["incoming/2026/report + \u62a5\u544a.pdf"]),
        ("oss-mixed-batch.json", ["incoming/a.txt", "private/b.txt", "incoming/c.txt"]),
        ("eventbridge-oss.json", ["incoming/copied.pdf"]),
        ("eventbridge-batch.json", ["incoming/one.pdf", "incoming/two.pdf"]),
        ("mns-queue.json", ["incoming/queued.bin"]),
        ("mns-topic-json.json", ["incoming/queued.bin"]),
        ("mns-topic-stream.json", ["incoming/queued.bin"]),
        ("mns-topic-stream-text.json", ["incoming/queued.bin"]),
        ("timer.json", ["incoming/daily/report.pdf", "incoming/daily/figures.csv"]),
        ("direct-keys.json", ["incoming/a b+c.txt"]),
    ],
)
def test_every_shape_is_read(name: str, expected: list[str]) -> None:
    assert expected == keys(sample(name))


def test_a_record_says_what_the_event_says() -> None:
    expected = ObjectRecord(
        event_id="6742A1F0C3D4E5F60718293A",
        key="incoming/2026/report + \u62a5\u544a.pdf",
        event_name="ObjectCreated:PutObject",
        bucket="examplebucket",
        account_id="123456789012",
        size=48213,
        etag="9B2CF535F27731C974343645A3985328",
        time=NOON,
    )

    assert [expected] == read(sample("oss-object-created.json"))


def test_members_that_are_not_needed_may_be_absent_or_new() -> None:
    event = {
        "events": [{"eventName": "ObjectCreated:X", "oss": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]
    }
    expected = ObjectRecord(event_id="req-1-0", key="k", event_name="ObjectCreated:X", bucket="b")

    assert [expected] == read(event)
    assert [expected] == read({**event, "new": {}})


def test_a_cloud_event_has_its_own_id_and_its_record_has_its_own_time() -> None:
    event = sample("eventbridge-oss.json") | {"time": "2026-11-23T13:00:00Z"}
    [own] = objects(event)
    del event["data"]["eventTime"], event["id"]
    [spare] = objects(event)

    assert ("6742A1F0C3D4E5F60718AAAA", NOON) == (own.event_id, own.time)
    assert ("req-1", NOON + timedelta(hours=1)) == (spare.event_id, spare.time)


def test_a_cloud_event_may_carry_the_whole_event_of_oss() -> None:
    carrier = sample("eventbridge-oss.json")
    whole = sample("oss-object-created.json")
    found = objects({**carrier, "data": whole})

    assert [(each.key, each.bucket) for each in objects(whole)] == [(each.key, each.bucket) for each in found]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (sample("timer.json"), [("every-morning-2026-11-23T12:00:00Z-0", NOON)]),
        (queued('{"keys": ["a"]}'), [("message-1-0", NOON + SECOND)]),
        (topic('{"key": "a"}'), [("B1C2D3E4F5061728394A5B6C7D8E9F01-0", NOON + SECOND)]),
        ({"body": '{"key": "a"}', "attrs": {}}, [("req-1-0", None)]),
        ({"key": "a"}, [("req-1-0", None)]),
    ],
)
def test_named_keys_take_id_and_time_from_what_carries_them(
    event: Any, expected: list[tuple[str, datetime | None]]
) -> None:
    assert expected == [(record.event_id, record.time) for record in objects(event)][:1]


def test_named_keys_of_one_batch_have_ids_of_their_own() -> None:
    batch = [queued('{"keys": ["a", "b"]}', message_id=name) for name in ("m", "n")]

    assert ["m-0", "m-1", "n-0", "n-1"] == [record.event_id for record in objects(batch)]


def test_named_keys_are_taken_as_they_are() -> None:
    assert ["a%20b", "c+d"] == keys({"keys": ["a%20b", "c+d"]})


def test_a_key_that_is_not_text_does_not_cost_the_others() -> None:
    event = {"keys": [5, "a", None]}

    assert ["a"] == keys(event)
    assert ["keys: each is text"] * 2 == rules(event)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: queued(text),
        lambda text: [queued(text)],
        lambda text: topic(text),
        lambda text: {"body": text, "attrs": {}},
        lambda text: json.dumps(text).encode(),
        lambda text: text.encode(),
    ],
    ids=[
        "event-driven",
        "event-streaming",
        "topic",
        "stream with attributes",
        "stream as JSON",
        "raw stream",
    ],
)
@pytest.mark.parametrize("in_base64", [False, True])
def test_a_message_comes_as_it_is_or_in_base64(wrap: Callable[[str], Any], in_base64: bool) -> None:
    text = json.dumps(sample("oss-object-created.json"))
    sent = base64.b64encode(text.encode()).decode() if in_base64 else text

    assert keys(sample("oss-object-created.json")) == keys(wrap(sent))


def test_attributes_of_a_topic_message_are_not_the_event() -> None:
    attributes = {"specversion": "1.0", "events": "x", "keys": "y", "triggerTime": "z"}

    assert ["a"] == keys(topic('{"key": "a"}', **attributes))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a%2520b", "a%20b"),
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("100%", "100%"),
        ("\u6587%E4%BB%B6", "\u6587\u4ef6"),
    ],
)
def test_a_key_of_oss_is_decoded_exactly_once(key: str, expected: str) -> None:
    event = sample("oss-object-created.json")
    event["events"][0]["oss"]["object"]["key"] = key

    assert [expected] == keys(event)


BUCKET, STORED = {"name": "b"}, {"key": "a"}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"eventName": None}, "eventName: required, text"),
        ({"eventTime": 7}, "eventTime: text"),
        ({"eventTime": "noon"}, "time: ISO 8601 with its zone, or milliseconds since 1970"),
        (
            {"eventTime": "2026-11-23T12:00:00"},
            "time: ISO 8601 with its zone, or milliseconds since 1970",
        ),
        ({"oss": None}, "oss.object.key: required, text"),
        ({"oss": {"bucket": BUCKET, "object": []}}, "oss.object.key: required, text"),
        ({"oss": {"bucket": BUCKET, "object": {"key": 5}}}, "oss.object.key: required, text"),
        ({"oss": {"bucket": BUCKET, "object": {"key": "%ff"}}}, "oss.object.key: percent-encoded UTF-8"),
        ({"oss": {"bucket": {}, "object": STORED}}, "oss.bucket.name: required, text"),
        (
            {"oss": {"bucket": BUCKET, "object": {"key": "a", "size": True}}},
            "oss.object.size: a whole number",
        ),
        ({"oss": {"bucket": BUCKET, "object": {"key": "a", "eTag": 1}}}, "oss.object.eTag: text"),
    ],
)
def test_a_bad_record_is_told_by_its_rule_and_does_not_cost_the_others(
    changes: dict[str, Any], rule: str
) -> None:
    event = sample("oss-object-created.json")
    event["events"].insert(0, copied(event["events"][0]) | changes)
    bad, good = read(event)

    assert isinstance(good, ObjectRecord)
    assert isinstance(bad, Unreadable)
    assert (0, rule) == (bad.index, str(bad.error))


@pytest.mark.parametrize(
    "message",
    ["hello topic", "", 7, None, "{", "[]", '{"colour": "red"}', base64.b64encode(b"hello").decode()],
)
def test_a_bad_message_does_not_cost_the_others(message: Any) -> None:
    good, bad = read([*sample("mns-queue.json"), queued(message)])

    assert isinstance(good, ObjectRecord)
    assert isinstance(bad, Unreadable)


@pytest.mark.parametrize(
    "item", [None, "x", {}, {"specversion": "1.0"}, {"specversion": "1.0", "data": "text"}]
)
def test_a_bad_cloud_event_does_not_cost_the_others(item: Any) -> None:
    good, bad = read([sample("eventbridge-oss.json"), item])

    assert isinstance(good, ObjectRecord)
    assert isinstance(bad, Unreadable)


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"hello topic",
        b'"hello topic"',
        b'"7"',
        b"null",
        b"{}",
        b'{"events": "none"}',
        b'{"events": []}',
        b'{"keys": []}',
        b'{"keys": "a"}',
        b'{"keys": ["a"], "key": "a"}',
        b'{"keys": ["a"], "expires_in": 60}',
        b'{"key": "a", "bucket": "another"}',
        b'{"triggerTime": "t", "triggerName": "n", "payload": "self-check"}',
        b'{"triggerTime": "t", "triggerName": "n", "payload": "[]"}',
        (EVENTS / "http-get-presign.json").read_bytes(),
        b"[" * 100_000,
        json.dumps({"keys": ["a"] * 1001}).encode(),
        json.dumps({"requestPayload": "{}", "responseContext": {}, "responsePayload": "{}"}).encode(),
        json.dumps({"path": "/", "httpMethod": "GET", "headers": {}, "queryParameters": {}}).encode(),
    ],
)
def test_an_event_of_no_known_shape_raises(event: bytes) -> None:
    with pytest.raises(UnknownEvent):
        read(event)


def test_an_event_may_name_a_thousand_objects() -> None:
    assert 1000 == len(read({"keys": ["a"] * 1000}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["events", "oss", "data", "key", "keys", "specversion", "body"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused_whole(event: Any) -> None:
    try:
        found = read(event)
    except UnknownEvent:
        found = []

    assert all(isinstance(record, (ObjectRecord, Unreadable)) for record in found)
