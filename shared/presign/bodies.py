"""Bodies: one request or a batch of them, each read first, and answered once its caller is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from shared.errors import InvalidRequest, ServiceError
from shared.fc.frame import Call
from shared.fc.http import STATUS, Reply, code_and_message
from shared.fc.identity import Caller, trail_of
from shared.presign.answers import answer_bytes, parts_as_json, refuse_beyond
from shared.presign.payload import batch_items
from shared.values import value

Asked = TypeVar("Asked")


@value
class Body(Generic[Asked]):
    """What a body asks for; of a batch, each item as it came and as it was read, or why it could not be."""

    one: Asked | None = None
    many: list[tuple[Any, Asked | ServiceError]] | None = None


def read_body(fields: Mapping[str, Any], *, read: Callable[[Mapping[str, Any]], Asked]) -> Body[Asked]:
    """Return what the fields of a body ask for, each request by ``read``; raises ``InvalidRequest``."""
    items = batch_items(fields)
    if items is None:
        return Body(one=read(fields))
    return Body(many=[(item, _read_item(item, read)) for item in items])


def _read_item(item: Any, read: Callable[[Mapping[str, Any]], Asked]) -> Asked | ServiceError:
    try:
        if not isinstance(item, dict):
            raise InvalidRequest("items: each is a JSON object")
        return read(item)
    except ServiceError as error:
        return error


def answered(
    body: Body[Asked], *, grant: Callable[[Asked], dict[str, Any]], caller: Caller, call: Call[Any]
) -> Reply:
    """Return the answer of a body, each request's document by ``grant``; one refusal spoils no other item."""
    if body.one is not None:
        return Reply(document=grant(body.one), writers={"parts": parts_as_json})
    answers, size = [], 0
    for item, read in body.many or ():
        answers.append(_answer_item(item, read, grant=grant, caller=caller, call=call))
        size += answer_bytes(answers[-1])
        refuse_beyond(size)
    return Reply(document={"items": answers})


def _answer_item(
    item: Any,
    read: Asked | ServiceError,
    *,
    grant: Callable[[Asked], dict[str, Any]],
    caller: Caller,
    call: Call[Any],
) -> dict[str, Any]:
    """Return an item's answer or refusal; what no item can help (STS down) ends the batch."""
    try:
        if isinstance(read, ServiceError):
            raise read
        return grant(read)
    except ServiceError as error:
        if STATUS.get(type(error), 500) >= 429:
            raise
        trail_of([caller], call).refused(error, **asked_for(item))
        return {"error": code_and_message(error)}


def asked_for(unverified_fields: Any) -> dict[str, Any]:
    """Return what an audit line of a refusal says was asked for."""
    known = unverified_fields if isinstance(unverified_fields, dict) else {}
    names = ("operation", "profile", "key", "filename", "expires_in", "endpoint")
    return {name: known[name] for name in names if name in known}
