"""OSS trigger, EventBridge, MNS, timer and direct invocation: download links for objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.fc.frame import Function, on_event
from shared.presign_on_event.operation import links
from shared.settings.functions import presign_on_event_settings

FUNCTION = Function("presign_on_event", load=presign_on_event_settings, answer=on_event(links))


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Answer one invocation; the platform calls this, and delivers what it raises to ``onFailure``."""
    return FUNCTION.handle(event, context)


def respond(event: bytes, context: Any, *, environ: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Answer one invocation in this environment and at this time."""
    return FUNCTION.respond(event, context, environ=environ, now=now)
