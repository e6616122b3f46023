"""Reading multipart/form-data as PostObject wants it: fields first, the file last and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from ..store.storage import body_of
from ..wire.errors import OssError
from ..wire.incoming import Incoming

MAX_FIELDS = 100
MAX_FIELDS_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Fields by lower-case name, and the file, whose bytes can be read once."""

    fields: dict[str, str]
    filename: str
    file_type: str
    file: Iterator[bytes]


def read_form(incoming: Incoming) -> Form:
    """Return the form up to its file; raises ``OssError``, also while the file is read."""
    request = incoming.request
    if request.mimetype != "multipart/form-data" or "boundary" not in request.mimetype_params:
        raise OssError("form-not-multipart")
    boundary = request.mimetype_params["boundary"].encode("ascii", "replace")
    events = _events(MultipartDecoder(boundary, max_parts=MAX_FIELDS), _chunks(incoming))
    fields: dict[str, str] = {}
    for event in events:
        if not isinstance(event, (Field, File)):
            continue
        name = (event.name or "").lower()
        if name == "file":
            filename, file_type = getattr(event, "filename", ""), event.headers.get("content-type", "")
            return Form(fields=fields, filename=filename, file_type=file_type, file=_file(events))
        if not name or name in fields or isinstance(event, File):
            raise OssError("form-malformed")
        fields[name] = _value(events, limit=MAX_FIELDS_BYTES - sum(map(len, fields.values())))
    raise OssError("form-malformed")


def _chunks(incoming: Incoming) -> Iterator[bytes]:
    yield from body_of(incoming.request.stream, length=incoming.body_length)


def _events(decoder: MultipartDecoder, chunks: Iterator[bytes]) -> Iterator[Event]:
    try:
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, NeedData):
                decoder.receive_data(next(chunks, None))
            else:
                yield event
    except (ValueError, RequestEntityTooLarge):
        raise OssError("form-malformed") from None


def _data(events: Iterator[Event]) -> Iterator[bytes]:
    """Yield the bytes of one part."""
    for event in events:
        if isinstance(event, Data):
            yield event.data
            if not event.more_data:
                return


def _value(events: Iterator[Event], *, limit: int) -> str:
    value = b""
    for data in _data(events):
        value += data
        if len(value) > limit:
            raise OssError("form-malformed")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise OssError("form-malformed") from None


def _file(events: Iterator[Event]) -> Iterator[bytes]:
    yield from _data(events)
    if next(events, None) is not None:
        raise OssError("form-file-not-last")
