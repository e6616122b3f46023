"""Events that the function may be woken by, taken apart into records of single objects.

Shapes: OSS trigger, EventBridge (one CloudEvent or a list), MNS queue and topic (JSON and STREAM), timer, and
direct invocation (Function Compute, event formats of triggers). Members that nobody needs are ignored where
the platform writes them, for it adds new ones; a payload that a person writes holds what is known only.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NoReturn

from shared.errors import InvalidRequest
from shared.presign_on_event.records import Envelope, MalformedRecord, ObjectRecord, named_record, oss_record
from shared.values import value

MAX_RECORDS = 1000
"""Objects that one event may name."""

_Reader = Callable[[], ObjectRecord]
_TIMER = {"triggerTime", "triggerName", "payload"}
_TOPIC = {"TopicName", "MessageId", "Message"}
_STREAM = {"body", "attrs"}
_NAMED = {"keys", "key"}


@value
class Unreadable:
    """A record that cannot be read: its place in the event, and why."""

    index: int
    error: MalformedRecord


class UnknownEvent(InvalidRequest):
    """The event is of no shape that this function knows."""


def records(event: bytes | str, *, request_id: str) -> list[ObjectRecord | Unreadable]:
    """Return what ``event`` speaks of; raises ``UnknownEvent``, so that the platform keeps the event.

    The platform's ``request_id``, which its retries share, numbers the records that come without an id.
    """
    found: list[ObjectRecord | Unreadable] = []
    for index, read in enumerate(_readers(event, Envelope(event_id=request_id))):
        if index == MAX_RECORDS:
            raise UnknownEvent(f"event: at most {MAX_RECORDS} records")
        try:
            found.append(read())
        except MalformedRecord as error:
            found.append(Unreadable(index=index, error=error))
    return found


def _readers(event: bytes | str, envelope: Envelope) -> Iterator[_Reader]:
    """Yield a reader for each record of an event of any shape."""
    try:
        value = _json(event)
        if isinstance(value, str):
            value = _json(value)  # A topic's message in STREAM format, itself written as JSON.
    except (ValueError, RecursionError):
        raise UnknownEvent("event: neither JSON nor base64 of it") from None
    if isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _cloud_event(item, envelope.numbered(index))
    else:
        yield from _object(value, envelope)


def _json(text: bytes | str) -> Any:
    """Return JSON that comes as it is, or in base64: MNS hands messages over as their sender wrote them."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(a2b_base64(text))


def _object(event: Any, envelope: Envelope) -> Iterator[_Reader]:
    members = event.keys() if isinstance(event, dict) else set()
    # A topic comes first: the attributes of its messages are members beside these, named by their sender.
    if members >= _TOPIC:
        carrier = Envelope(event_id=str(event["MessageId"]), time=event.get("PublishTime"))
        yield from _message(event["Message"], carrier)
    elif "specversion" in members:
        yield from _cloud_event(event, envelope)
    elif "events" in members:
        yield from _oss(event["events"], envelope)
    elif members >= _TIMER:
        yield from _timer(event)
    elif members == _STREAM:
        yield from _message(event["body"], envelope)
    elif members & _NAMED:
        yield from _named(event, envelope)
    else:
        raise UnknownEvent("event: not of a known shape")


def _oss(items: Any, envelope: Envelope) -> Iterator[_Reader]:
    if not isinstance(items, list) or not items:
        raise UnknownEvent("event: 'events' is a list of OSS records")
    for index, item in enumerate(items):
        yield partial(oss_record, item, envelope=envelope.numbered(index))


def _cloud_event(event: Any, envelope: Envelope) -> Iterator[_Reader]:
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict):
        yield partial(_refuse, "data: required, an object in a CloudEvent")
        return
    event_id = str(event.get("id") or envelope.event_id)
    carrier = Envelope(event_id=event_id, time=event.get("time"))
    if "messageBody" in data:
        yield from _message(data["messageBody"], carrier)
    elif isinstance(data.get("events"), list) and data["events"]:
        yield from _oss(data["events"], carrier)
    else:
        yield partial(oss_record, data, envelope=carrier, event_id=event_id)


def _message(text: Any, envelope: Envelope) -> Iterator[_Reader]:
    """Yield the readers of the event that a message carries."""
    readers: list[_Reader]
    try:
        readers = list(_object(_json(text), envelope))
    except (TypeError, ValueError, RecursionError, UnknownEvent):
        # One bad message of a batch must not cost the others.
        readers = [partial(_refuse, "message: an event in JSON, as it is or in base64")]
    yield from readers


def _timer(event: Mapping[str, Any]) -> Iterator[_Reader]:
    try:
        payload = json.loads(event["payload"])
    except (TypeError, ValueError, RecursionError):
        raise UnknownEvent("event: the timer's payload is JSON") from None
    time = event["triggerTime"]
    yield from _named(payload, Envelope(event_id=f"{event['triggerName']}-{time}", time=time))


def _named(payload: Any, envelope: Envelope) -> Iterator[_Reader]:
    """Yield readers for ``{"keys": ["...", ...]}`` or ``{"key": "..."}``, as a person writes them."""
    members = list(payload) if isinstance(payload, dict) else []
    keys = [payload["key"]] if members == ["key"] else payload["keys"] if members == ["keys"] else None
    if not isinstance(keys, list) or not keys:
        raise UnknownEvent("event: 'keys' is a list of object keys, or 'key' is one; nothing else beside it")
    for index, key in enumerate(keys):
        yield partial(named_record, key, envelope=envelope.numbered(index))


def _refuse(rule: str) -> NoReturn:
    raise MalformedRecord(rule)
