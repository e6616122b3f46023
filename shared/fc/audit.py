"""Audit lines: one JSON object for each decision, on standard output, for the platform's log service.

A line names the access key id, the key and the expiry; never a secret, a security token, a signature or a
URL. Values are JSON-escaped ASCII, so none of them can begin a line of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from time import perf_counter
from typing import Any

from shared.errors import ServiceError
from shared.fc.times import timestamp
from shared.strict_json import write
from shared.values import NOTHING, replaced, value

MAX_TEXT = 1024
"""Unverified values are cut to this many characters."""

MAX_LINE_BYTES = 4096
"""A line is never longer: its longest texts and lists are cut in half until it fits."""


@value
class Trail:
    """What every line of one invocation says: when, which request, function and caller, from where."""

    now: datetime
    request_id: str
    function: str
    caller: Mapping[str, str] = NOTHING
    client: Mapping[str, str] = NOTHING
    began: float | None = None
    """``perf_counter()`` when the invocation came in."""
    cold: bool = False
    """Whether it is the first of its instance."""

    def of(self, caller: Mapping[str, str], **facts: str) -> Trail:
        """Return the same trail for a caller that is known by now, with what else is known of him."""
        return replaced(self, caller=caller, client={**self.client, **facts})

    def granted(self, **facts: Any) -> None:
        """Write that something was granted; ``caller`` among the facts is whom, where that is known."""
        self._write("granted", facts)

    def refused(self, error: ServiceError, **unverified_facts: Any) -> None:
        """Write that something was refused, by which rule; facts are what was asked for, unverified."""
        facts = {name: _cut(value) for name, value in unverified_facts.items()}
        self._write("refused", {**facts, "code": error.code, "rule": str(error), **_evidence(error)})

    def uploaded(self, **facts: Any) -> None:
        """Write that an upload has ended with what was granted."""
        self._write("uploaded", facts)

    def skipped(self, reason: str, **unverified_facts: Any) -> None:
        """Write that an event asked for nothing that this function grants."""
        self._write("skipped", {**{n: _cut(v) for n, v in unverified_facts.items()}, "rule": reason})

    def _write(self, decision: str, facts: Mapping[str, Any]) -> None:
        line = {
            "time": timestamp(self.now),
            "request_id": self.request_id,
            "function": self.function,
            "decision": decision,
            "caller": self.caller,
            **self.client,
            **facts,
            **self._pace(),
        }
        sys.stdout.write(_fitting(line) + "\n")

    def _pace(self) -> dict[str, Any]:
        """Return the milliseconds since the invocation came in, and whether its instance is new."""
        if self.began is None:
            return {}
        return {"ms": round((perf_counter() - self.began) * 1000, 1), "cold": self.cold}


def _evidence(error: ServiceError) -> dict[str, str]:
    """Return what STS said, for the log only: its error code, or why its answer was of no use."""
    return {name: getattr(error, name) for name in ("sts_code", "reason") if hasattr(error, name)}


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:MAX_TEXT]
    return value if isinstance(value, int) and abs(value) < 10**18 else None


def _fitting(line: dict[str, Any]) -> str:
    text = write(line)
    while len(text) >= MAX_LINE_BYTES:
        sizes = {name: len(write(part)) for name, part in line.items() if isinstance(part, (str, list, dict))}
        longest = max(sizes, key=sizes.__getitem__)
        line[longest] = _halved(line[longest])
        text = write(line)
    return text


def _halved(part: Any) -> Any:
    """Return the first half of a text or list, or of each text of a mapping; nothing is left in the end."""
    if isinstance(part, dict):
        return {name: text[: len(text) // 2] for name, text in part.items() if text}
    return part[: len(part) // 2]
