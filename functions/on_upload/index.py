"""HTTP trigger that OSS calls when an upload has ended: whether it is what was granted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.fc.frame import Function, over_http
from shared.on_upload.operation import METHODS, operate
from shared.settings.functions import on_upload_settings

FUNCTION = Function("on_upload", load=on_upload_settings, answer=over_http(operate, allow=METHODS))


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Answer one invocation; the platform calls this."""
    return FUNCTION.handle(event, context)


def respond(event: bytes, context: Any, *, environ: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Answer one invocation in this environment and at this time."""
    return FUNCTION.respond(event, context, environ=environ, now=now)
