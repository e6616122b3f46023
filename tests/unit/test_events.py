from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import Malformed, ObjectRecord, Record, UnknownEvent, records

EVENTS = Path(__file__).parents[2] / "events"
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def sample(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


def read(event: Any) -> list[Record]:
    return records(json.dumps(event).encode())


def keys(event: Any) -> list[str]:
    return [record.key for record in read(event) if isinstance(record, ObjectRecord)]


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
        ("timer.json", ["incoming/daily/report.pdf", "incoming/daily/figures.csv"]),
        ("direct-keys.json", ["incoming/a b+c.txt"]),
    ],
)
def test_every_shape_is_read(name: str, expected: list[str]) -> None:
    assert expected == keys(sample(name))


def test_a_record_says_what_the_event_says() -> None:
    [record] = read(sample("oss-object-created.json"))

    assert (
        ObjectRecord(
            event_id="6742A1F0C3D4E5F60718293A",
            key="incoming/2026/report + \u62a5\u544a.pdf",
            name="ObjectCreated:PutObject",
            bucket="examplebucket",
            account_id="123456789012",
            size=48213,
            etag="9B2CF535F27731C974343645A3985328",
            time=NOON,
        )
        == record
    )


def test_a_cloud_event_has_its_own_id() -> None:
    [record] = read(sample("eventbridge-oss.json"))

    assert isinstance(record, ObjectRecord)
    assert "6742A1F0C3D4E5F60718AAAA" == record.event_id


def test_named_keys_are_numbered_and_taken_as_they_are() -> None:
    first, second = read({"keys": ["a%20b", "c"]})

    assert isinstance(first, ObjectRecord)
    assert isinstance(second, ObjectRecord)
    assert ("direct-0", "a%20b", "direct-1") == (first.event_id, first.key, second.event_id)


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


def changed(**changes: Any) -> Any:
    event = sample("oss-object-created.json")
    event["events"].append(json.loads(json.dumps(event["events"][0])) | changes)
    return event


@pytest.mark.parametrize(
    "changes",
    [
        {"oss": {}},
        {"oss": None},
        {"oss": {"bucket": {"name": "b"}, "object": {"key": 5}}},
        {"oss": {"bucket": {"name": "b"}, "object": {"key": "%ff"}}},
        {"oss": {"bucket": {}, "object": {"key": "a"}}},
        {"eventTime": "noon"},
        {"eventTime": "2026-11-23T12:00:00"},
    ],
)
def test_a_bad_record_does_not_cost_the_others(changes: dict[str, Any]) -> None:
    good, bad = read(changed(**changes))

    assert isinstance(good, ObjectRecord)
    assert Malformed(index=1, rule="expected an OSS event with bucket name and object key") == bad


@pytest.mark.parametrize(
    "message",
    ["hello topic", "", 7, None, "{", "[]", '{"colour": "red"}', base64.b64encode(b"hello").decode()],
)
def test_a_bad_message_does_not_cost_the_others(message: Any) -> None:
    batch = sample("mns-queue.json")
    batch.append(json.loads(json.dumps(batch[0])))
    batch[1]["data"]["messageBody"] = message
    good, bad = read(batch)

    assert isinstance(good, ObjectRecord)
    assert isinstance(bad, Malformed)


@pytest.mark.parametrize(
    "item", [None, "x", {}, {"specversion": "1.0"}, {"specversion": "1.0", "data": "text"}]
)
def test_a_bad_cloud_event_does_not_cost_the_others(item: Any) -> None:
    good, bad = read([sample("eventbridge-oss.json"), item])

    assert isinstance(good, ObjectRecord)
    assert isinstance(bad, Malformed)


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"events": "none"}',
        b'{"keys": []}',
        b'{"keys": "a"}',
        b'{"triggerTime": "t", "triggerName": "n", "payload": "self-check"}',
        b'{"triggerTime": "t", "triggerName": "n", "payload": "[]"}',
        json.dumps(json.loads((EVENTS / "http-get-presign.json").read_text())).encode(),
        b"[" * 100_000,
        json.dumps({"keys": ["a"] * 1001}).encode(),
    ],
)
def test_an_event_of_no_known_shape_raises(event: bytes) -> None:
    with pytest.raises(UnknownEvent):
        records(event)


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

    assert all(isinstance(record, (ObjectRecord, Malformed)) for record in found)
