"""Requests and answers for README and docs: the function's own answers at a fixed time, long texts cut."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from functions.presign.index import respond
from tests.local.openapi.examples import PRESIGN
from tests.world import NOON, context, environ, http_event, own_credentials

ENVIRON = environ(**own_credentials("LTAI5tExample", "example", ""))
WIDTH = 118
LONGEST_TEXT = 90

_CONTEXT = context(request_id="0123ABCD")


def answer_to(body: dict[str, Any]) -> dict[str, Any]:
    """Return the function's answer to alice; its audit line is dropped."""
    event = http_event(body)
    with redirect_stdout(StringIO()):
        answered = respond(json.dumps(event).encode(), _CONTEXT, environ=ENVIRON, now=NOON)
    document: dict[str, Any] = json.loads(answered["body"])
    return document


def sample(name: str) -> str:
    """Return one request of the OpenAPI document with its answer, as blocks of Markdown."""
    return f"```json\n{folded(PRESIGN[name])}\n```\n\n{answer(name)}"


def answer(name: str) -> str:
    """Return the answer to one request, as a block of Markdown."""
    return f"```json\n{folded(cut(answer_to(PRESIGN[name])))}\n```"


def cut(value: Any) -> Any:
    """Return a document with its long texts shortened."""
    if isinstance(value, dict):
        return {name: cut(member) for name, member in value.items()}
    if isinstance(value, list):
        return [cut(member) for member in value]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    return value


def folded(value: Any, *, indent: int = 1) -> str:
    """Return JSON on lines of readable length."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) + indent <= WIDTH or not isinstance(value, dict | list):
        return text
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin}{_wrapped(_members(value, indent=indent + 1), indent=indent)}{end}"


def _members(value: dict[str, Any] | list[Any], *, indent: int) -> list[str]:
    if isinstance(value, list):
        return [folded(member, indent=indent) for member in value]
    return [f"{json.dumps(name)}: {folded(member, indent=indent)}" for name, member in value.items()]


def _wrapped(pieces: list[str], *, indent: int) -> str:
    """Return pieces joined by commas, on a new line wherever the next would not fit."""
    lines = [""]
    for piece in pieces:
        room = WIDTH - indent - len(lines[-1].rpartition("\n")[2])
        if lines[-1] and len(piece.partition("\n")[0]) + 2 > room:
            lines.append(piece)
        else:
            lines[-1] += f", {piece}" if lines[-1] else piece
    return f",\n{' ' * indent}".join(lines)
