"""Records of single objects: read from OSS's own event, or a key that somebody named."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from shared.errors import InvalidRequest
from shared.values import value

_CREATED = "ObjectCreated:"
_PARTS_OF_UPLOADS = {
    "ObjectCreated:InitiateMultipartUpload",
    "ObjectCreated:UploadPart",
    "ObjectCreated:UploadPartCopy",
}
"""Events of this group that come before there is an object (EventBridge, OSS events)."""


@value
class ObjectRecord:
    """One object that an event speaks of; what the event does not say is None."""

    event_id: str
    key: str
    event_name: str | None = None
    bucket: str | None = None
    account_id: str | None = None
    size: int | None = None
    etag: str | None = None
    time: datetime | None = None

    @property
    def names_an_object(self) -> bool:
        """Whether there is an object to link to: created by now, or named by somebody who knows of it."""
        if self.event_name is None:
            return True
        return self.event_name.startswith(_CREATED) and self.event_name not in _PARTS_OF_UPLOADS


class MalformedRecord(InvalidRequest):
    """One record of an event cannot be read; its message names the member and the rule."""


@value
class Envelope:
    """What carries records: its id and time stand for those that a record does not have itself.

    The time is in ISO 8601, or in milliseconds since 1970.
    """

    event_id: str
    time: Any = None

    def numbered(self, index: int) -> Envelope:
        """Return the envelope of one of many records."""
        return Envelope(event_id=f"{self.event_id}-{index}", time=self.time)


def oss_record(record: Any, *, envelope: Envelope, event_id: str | None = None) -> ObjectRecord:
    """Return what OSS writes of one object (Function Compute, event format of the OSS trigger).

    The id is ``event_id``, or that of the request to OSS, which is the same in every copy of the event.
    """
    request_id = _member(record, "responseElements.requestId", kind=str)
    time = _member(record, "eventTime", kind=str)
    return ObjectRecord(
        event_id=event_id or request_id or envelope.event_id,
        key=_decoded(_member(record, "oss.object.key", kind=str, required=True)),
        event_name=_member(record, "eventName", kind=str, required=True).removeprefix("oss:"),
        bucket=_member(record, "oss.bucket.name", kind=str, required=True),
        account_id=_member(record, "oss.bucket.ownerIdentity", kind=str),
        size=_member(record, "oss.object.size", kind=int),
        etag=_member(record, "oss.object.eTag", kind=str),
        time=_moment(envelope.time if time is None else time),
    )


def named_record(key: Any, *, envelope: Envelope) -> ObjectRecord:
    """Return a record of a key that somebody named: taken as it is, for nothing has encoded it."""
    if not isinstance(key, str):
        raise MalformedRecord("keys: each is text")
    return ObjectRecord(event_id=envelope.event_id, key=key, time=_moment(envelope.time))


def _member(record: Any, path: str, *, kind: type, required: bool = False) -> Any:
    """Return the member at ``path``; None where it is absent and need not be there."""
    value = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None and not required:
        return None
    if type(value) is not kind:
        raise MalformedRecord(f"{path}: {'required, ' if required else ''}{_KINDS[kind]}")
    return value


_KINDS = {str: "text", int: "a whole number"}


def _decoded(key: str) -> str:
    """Return a key of OSS's own events, percent-decoded exactly once.

    A ``+`` stays: OSS writes a blank as ``%20``. So does a ``%`` that begins no two hexadecimal digits.
    """
    from urllib.parse import unquote

    try:
        return unquote(key, errors="strict")
    except UnicodeDecodeError:
        raise MalformedRecord("oss.object.key: percent-encoded UTF-8") from None


def _moment(time: Any) -> datetime | None:
    """Return a time as an aware moment in UTC; None where there is none."""
    if time is None:
        return None
    try:
        return _from_milliseconds(time) if isinstance(time, int) else _from_iso8601(time)
    except (AttributeError, OSError, OverflowError, ValueError):
        raise MalformedRecord("time: ISO 8601 with its zone, or milliseconds since 1970") from None


def _from_milliseconds(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1000, timezone.utc)


def _from_iso8601(time: str) -> datetime:
    moment = datetime.fromisoformat(time.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment.astimezone(timezone.utc)
