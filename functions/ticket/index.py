"""HTTP trigger for clients that cannot send headers: what a ticket in the URL allows, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.fc.frame import Function, over_http
from shared.settings.functions import ticket_settings
from shared.ticket.operation import METHODS, operate, refuse

FUNCTION = Function("ticket", load=ticket_settings, answer=over_http(operate, allow=METHODS, refuse=refuse))


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Answer one invocation; the platform calls this."""
    return FUNCTION.handle(event, context)


def respond(event: bytes, context: Any, *, environ: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Answer one invocation in this environment and at this time."""
    return FUNCTION.respond(event, context, environ=environ, now=now)
