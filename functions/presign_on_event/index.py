"""OSS trigger, EventBridge, MNS, timer and direct invocation: download links for objects."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from shared.fc.audit import Trail
from shared.fc.invocation import runtime_of
from shared.fc.signers import credentials_for
from shared.presign_on_event.operation import Delivery, links
from shared.settings.functions import PresignOnEventSettings, once, presign_on_event_settings

_settings = once(presign_on_event_settings)


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Answer one event; the platform calls this, and delivers what it raises to ``onFailure``."""
    return respond(event, context, environ=os.environ, now=datetime.now(timezone.utc), load=_settings)


def respond(
    event: bytes,
    context: Any,
    *,
    environ: Mapping[str, str],
    now: datetime,
    load: Callable[[Mapping[str, str]], PresignOnEventSettings] = presign_on_event_settings,
) -> dict[str, Any]:
    """Answer one event in this environment and at this time."""
    runtime = runtime_of(context, function="presign_on_event")
    settings = load(environ)
    delivery = Delivery(
        settings=settings,
        credentials_for=credentials_for(
            settings.links.signing_role,
            settings.bucket,
            function_name=runtime.function,
            environ=environ,
            timeout=runtime.timeout / 2,
            now=now,
        ),
        account_id=runtime.account_id,
        trail=Trail(now=now, request_id=runtime.request_id, function=runtime.function),
        now=now,
    )
    return links(event, delivery)
