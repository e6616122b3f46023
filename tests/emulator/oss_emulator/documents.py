"""JSON and numbers that somebody else wrote: read so that whatever is wrong with them is one kind of error."""

from __future__ import annotations

import json
import re
from typing import Any

_NUMBER = re.compile(r"[0-9]{1,18}")


def read_json(text: str | bytes) -> Any:
    """Return the value of a JSON text; raises ``ValueError``, also for one nested too deeply and for half a character."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    # Half of a surrogate pair can be escaped in JSON, and written nowhere else.
    json.dumps(value, ensure_ascii=False).encode()
    return value


def read_number(text: str | None) -> int:
    """Return a whole number of at most 18 decimal digits; raises ``ValueError``."""
    if not _NUMBER.fullmatch(text or ""):
        raise ValueError("no whole number, or a huge one")
    return int(text or "")
