"""One way to spoil a good URL: what is pasted into the diagnosis, what is sent, and the cause to be named first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from tests.unit.diagnosis.signed_world import Signed, World


def _as_it_is(url: str) -> str:
    return url


def _as_they_are(headers: dict[str, str]) -> dict[str, str]:
    return headers


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One row: how the URL is made and spoiled, and what is known when it is diagnosed."""

    name: str
    expected: str
    make: Callable[[World], Signed] = lambda world: world.get()
    pasted: Callable[[str], str] = _as_it_is
    """What becomes of the URL before it is pasted, and sent."""
    on_the_way: Callable[[str], str] = _as_it_is
    """What becomes of it between client and OSS alone."""
    method: str | None = None
    """The method that is really sent."""
    headers: Callable[[dict[str, str]], dict[str, str]] = _as_they_are
    """The headers that are really sent, from those that were signed."""
    after: timedelta = timedelta()
    """How far OSS's clock moves after signing."""
    this_clock: timedelta | None = None
    """How far the diagnosing machine's clock moves; as OSS's where it is not said."""
    tells: Literal["nothing", "issued", "sent"] = "nothing"
    """Which method and headers the diagnosis is told."""
    url_alone: bool = True
    """Whether the URL, with the request where it is told, shows the cause without OSS's answer."""
    refused: tuple[str, ...] = ("SignatureDoesNotMatch",)
    """The codes with which the emulator may refuse; empty where the URL is not sent."""
    only_hash: bool = False
    """Whether OSS tells the hash of its canonical request alone."""
    document: Callable[[str], str] = _as_it_is
    """What becomes of OSS's error document before it is pasted."""


def substitute(pattern: str, replacement: str) -> Callable[[str], str]:
    return lambda url: re.sub(pattern, replacement, url)


def with_headers(**headers: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda signed: {**signed, **{name.replace("_", "-"): value for name, value in headers.items()}}


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda signed: {key: value for key, value in signed.items() if key.lower() != name}


REQUEST_CHANGED: dict[str, Any] = {"tells": "issued", "url_alone": False}
ON_THE_WAY: dict[str, Any] = {"url_alone": False}
