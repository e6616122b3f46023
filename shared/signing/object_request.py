"""A request to OSS before it is signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRequest:
    """One request to OSS; a ``query`` value of ``""`` writes the name alone; ``key`` is raw, not encoded."""

    method: str
    bucket: str | None
    key: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    additional_headers: Sequence[str] = ()
