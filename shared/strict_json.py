"""Strict JSON: read with no name twice, no NaN and bounded costs, written in ASCII alone."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from shared.validation import shown_name

MAX_NESTING = 10_000
"""Brackets in one text; far above any request, far below what parsing would stumble over."""

MAX_MEMBERS = 256
"""Members of one object; requests have no more than 40 fields, and 100 names of metadata."""


class NotStrict(ValueError):
    """A text is no JSON, or breaks a rule; the message names it, and of the text a doubled name at most."""


def read(text: str, *, name: str = "the body") -> Any:
    """Return what ``text`` says; raises ``NotStrict``, which calls the text by its ``name``."""
    if text.count("{") + text.count("[") > MAX_NESTING:
        raise NotStrict(f"{name} holds at most {MAX_NESTING} objects and arrays")
    try:
        return _DECODER.decode(text)
    except NotStrict:
        raise
    except (ValueError, RecursionError):
        raise NotStrict(f"{name} is not JSON") from None


def write_utf8(document: Any) -> bytes:
    """Return ``document`` as compact JSON in UTF-8; raises ``ValueError`` for half a surrogate pair."""
    return _utf8(document).encode()


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_MEMBERS:
        raise NotStrict(f"an object holds at most {MAX_MEMBERS} members")
    fields = dict(pairs)
    if len(fields) != len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise NotStrict(f"{shown_name(twice)}: named twice")
    return fields


def _no_constants(_: str) -> NoReturn:
    raise NotStrict("no NaN or Infinity, which are not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_no_constants)
# The core of pydantic writes faster, but first imports decimal, pathlib, uuid and more: a fifth of a start.
write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""Returns a document as compact JSON in ASCII: the platform escapes the rest, and counts it then.

A text with one emoji would take four bytes of memory for each of its other characters.
"""

_utf8 = json.JSONEncoder(separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode
