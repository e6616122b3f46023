"""HTTP trigger and direct invocation: presigned URLs and forms for what the grant scope allows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from shared.fc.audit import Trail
from shared.fc.http import Reply, serve
from shared.fc.invocation import Invocation, runtime_of
from shared.fc.signers import credentials_for
from shared.presign.operation import METHODS, Call, operate
from shared.settings.functions import PresignSettings, once, presign_settings

_settings = once(presign_settings)


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Answer one invocation; the platform calls this."""
    return respond(event, context, environ=os.environ, now=datetime.now(timezone.utc), load=_settings)


def respond(
    event: bytes,
    context: Any,
    *,
    environ: Mapping[str, str],
    now: datetime,
    load: Callable[[Mapping[str, str]], PresignSettings] = presign_settings,
) -> dict[str, Any]:
    """Answer one invocation in this environment and at this time."""
    runtime = runtime_of(context, function="presign")
    trail = Trail(now=now, request_id=runtime.request_id, function=runtime.function)

    def answer(invocation: Invocation, settings: PresignSettings) -> Reply:
        signing = credentials_for(
            settings.links.signing_role,
            settings.bucket,
            function_name=runtime.function,
            environ=environ,
            timeout=runtime.timeout / 2,
            now=now,
        )
        return operate(invocation, Call(settings=settings, credentials_for=signing, trail=trail, now=now))

    return serve(
        event, request_id=runtime.request_id, load=lambda: load(environ), operate=answer, allow=METHODS
    )
