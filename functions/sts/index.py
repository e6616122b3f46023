"""HTTP trigger and direct invocation: temporary credentials for what the grant scope allows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from shared.fc.audit import Trail
from shared.fc.http import Reply, serve
from shared.fc.invocation import Invocation, runtime_of
from shared.fc.role_sessions import role_sessions
from shared.sessions.cache import SessionCache
from shared.settings.functions import StsSettings, once, sts_settings
from shared.sts.operation import METHODS, Call, operate, refuse

_settings = once(sts_settings)
_cache = SessionCache()


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Answer one invocation; the platform calls this."""
    return respond(event, context, environ=os.environ, now=datetime.now(timezone.utc), load=_settings)


def respond(
    event: bytes,
    context: Any,
    *,
    environ: Mapping[str, str],
    now: datetime,
    load: Callable[[Mapping[str, str]], StsSettings] = sts_settings,
) -> dict[str, Any]:
    """Answer one invocation in this environment and at this time."""
    runtime = runtime_of(context, function="sts")
    trail = Trail(now=now, request_id=runtime.request_id, function=runtime.function)

    def answer(invocation: Invocation, settings: StsSettings) -> Reply:
        sessions = role_sessions(
            settings.role,
            function_name=runtime.function,
            environ=environ,
            timeout=runtime.timeout / 2,
            cache=_cache,
            now=now,
        )
        return operate(invocation, Call(settings=settings, sessions=sessions, trail=trail, now=now))

    return serve(
        event,
        request_id=runtime.request_id,
        load=lambda: load(environ),
        operate=answer,
        allow=METHODS,
        refuse=refuse,
    )
