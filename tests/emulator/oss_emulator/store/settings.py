"""How a bucket is set: who may do what in it, which versions it keeps, which other origins it lets in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Versioning = Literal["", "Enabled", "Suspended"]
"""Empty for a bucket that never kept versions; there is no way back to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsRule:
    """One CORS rule; ``*`` stands for any run of characters."""

    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str] = ()
    expose: Sequence[str] = ()
    max_age_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of one bucket; ``policy`` is its bucket policy as JSON, ``lifecycle`` its rules as XML.

    ``blocks_public`` is Block Public Access: on for new buckets since October 2025 (OSS, PutBucket).
    """

    created: str
    acl: str = "private"
    blocks_public: bool = True
    storage_class: str = "Standard"
    versioning: Versioning = ""
    cors: tuple[CorsRule, ...] = ()
    cors_varies: bool = False
    policy: str | None = None
    lifecycle: str | None = None
    styles: Mapping[str, str] = field(default_factory=dict)


def as_document(settings: Settings) -> dict[str, Any]:
    """Return what ``from_document`` reads."""
    return asdict(settings)


def from_document(document: Mapping[str, Any]) -> Settings:
    """Return the settings that ``as_document`` wrote; raises ``ValueError`` for what an earlier version did."""
    if "created" not in document:
        raise ValueError("the folder is of an earlier version of the emulator: begin with an empty one")
    return Settings(**{**document, "cors": tuple(CorsRule(**rule) for rule in document["cors"])})
