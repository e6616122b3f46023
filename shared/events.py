"""Events that the function may be woken by, read into records: objects, and what could not be read.

Shapes: OSS trigger, EventBridge (one CloudEvent or a list), MNS queue and topic (JSON and STREAM), timer, and
direct invocation (Function Compute, event formats of triggers). Members that nobody needs are ignored: the
platform adds new ones.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import InvalidRequest

MAX_RECORDS = 1000
"""Objects that one event may name."""

CREATED = "ObjectCreated:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRecord:
    """One object that an event speaks of; what the event does not say is None."""

    event_id: str
    key: str
    name: str = CREATED
    bucket: str | None = None
    account_id: str | None = None
    size: int | None = None
    etag: str | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A record that cannot be read: its place in the event, and the rule it breaks."""

    index: int
    rule: str


Record = ObjectRecord | Malformed


class UnknownEvent(InvalidRequest):
    """The event is of no shape that this function knows."""


def records(event: bytes | str) -> list[Record]:
    """Return what ``event`` speaks of; raises ``UnknownEvent``, so that the platform keeps the event."""
    found = []
    for index, read in enumerate(_readers(_json(event))):
        if index == MAX_RECORDS:
            raise UnknownEvent(f"event: at most {MAX_RECORDS} records")
        found.append(_record(index, read))
    return found


@dataclass(frozen=True, slots=True)
class _Unread:
    """One record as it came, and how it is read."""

    kind: str
    value: Any
    event_id: str = ""
    time: str | None = None


def _json(event: bytes | str) -> Any:
    try:
        return json.loads(event)
    except (ValueError, RecursionError):
        raise UnknownEvent("event: not JSON") from None


def _readers(event: Any) -> Iterator[_Unread]:
    """Yield the records of an event of any shape."""
    if isinstance(event, list) and event:
        for item in event:
            yield from _cloud_event(item)
    elif isinstance(event, str):
        yield from _message(event)
    elif isinstance(event, dict):
        yield from _object(event)
    else:
        raise UnknownEvent("event: not of a known shape")


def _object(event: Mapping[str, Any]) -> Iterator[_Unread]:
    if "specversion" in event:
        yield from _cloud_event(event)
    elif isinstance(event.get("events"), list):
        for item in event["events"]:
            yield _Unread("oss", item)
    elif {"triggerTime", "triggerName", "payload"} <= event.keys():
        yield from _timer(event)
    elif {"TopicName", "MessageId", "Message"} <= event.keys():
        yield from _message(event["Message"])
    elif {"body", "attrs"} == event.keys():
        yield from _message(event["body"])
    elif "keys" in event or "key" in event:
        yield from _named(event, event_id="direct", time=None)
    else:
        raise UnknownEvent("event: not of a known shape")


def _cloud_event(event: Any) -> Iterator[_Unread]:
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict):
        yield _Unread("malformed", "a CloudEvent with data")
    elif "messageBody" in data:
        yield from _message(data["messageBody"])
    else:
        yield _Unread("oss", data, str(event.get("id") or ""))


def _message(text: Any) -> Iterator[_Unread]:
    """Yield what a message carries: an event as JSON, or as base64 of JSON, as MNS may hand it over."""
    try:
        inner = json.loads(text if text.lstrip().startswith("{") else a2b_base64(text))
        yield from list(_object(inner))
    except (AttributeError, TypeError, ValueError, RecursionError, UnknownEvent):
        # One bad message of a batch must not cost the others.
        yield _Unread("malformed", "a message that is an event in JSON")


def _timer(event: Mapping[str, Any]) -> Iterator[_Unread]:
    try:
        payload = json.loads(event["payload"])
    except (TypeError, ValueError, RecursionError):
        raise UnknownEvent("event: the timer's payload is JSON that names keys") from None
    time = str(event["triggerTime"])
    yield from _named(payload, event_id=f"{event['triggerName']}-{time}", time=time)


def _named(payload: Any, *, event_id: str, time: str | None) -> Iterator[_Unread]:
    """Yield the keys that a person's payload names: ``{"keys": [...]}`` or ``{"key": "..."}``."""
    keys = payload.get("keys", [payload.get("key")]) if isinstance(payload, dict) else None
    if not isinstance(keys, list) or not keys:
        raise UnknownEvent("event: 'keys' is a list of object keys")
    for index, key in enumerate(keys):
        yield _Unread("key", key, f"{event_id}-{index}", time)


def _record(index: int, unread: _Unread) -> Record:
    if unread.kind == "malformed":
        return Malformed(index=index, rule=f"expected {unread.value}")
    try:
        return _oss_record(unread) if unread.kind == "oss" else _named_record(unread)
    except (LookupError, TypeError, ValueError, AttributeError):
        return Malformed(index=index, rule="expected an OSS event with bucket name and object key")


def _named_record(unread: _Unread) -> ObjectRecord:
    if not isinstance(unread.value, str):
        raise TypeError("a key is text")
    return ObjectRecord(event_id=unread.event_id, key=unread.value, time=_moment(unread.time))


def _oss_record(unread: _Unread) -> ObjectRecord:
    record, stored = unread.value, unread.value["oss"]["object"]
    bucket = record["oss"]["bucket"]
    return ObjectRecord(
        event_id=unread.event_id or str(record.get("responseElements", {}).get("requestId", "")),
        key=_decoded(stored["key"]),
        name=str(record["eventName"]).removeprefix("oss:"),
        bucket=str(bucket["name"]),
        account_id=str(bucket.get("ownerIdentity") or "") or None,
        size=stored.get("size") if isinstance(stored.get("size"), int) else None,
        etag=str(stored.get("eTag") or "") or None,
        time=_moment(record.get("eventTime")),
    )


def _decoded(key: str) -> str:
    """Return a key of OSS's own events, which come URL-encoded; decoded exactly once."""
    from urllib.parse import unquote

    return unquote(key, errors="strict")


def _moment(text: str | None) -> datetime | None:
    """Return an aware moment; None where the event says none."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a time names its zone")
    return moment
