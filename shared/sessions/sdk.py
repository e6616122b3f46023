"""AssumeRole through the official SDK, imported on first use: it costs more than the rest of a start.

Left alone it outlives its time-outs and raises exceptions that quote URLs and headers: nothing of an
exception of its own leaves this module. ``shared.sessions.transport`` fences in what it sends.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shared import https
from shared.errors import ServiceError, StsRejected, StsUnavailable, Throttled
from shared.sessions import stand_ins
from shared.sessions.flight import again
from shared.sessions.port import SessionRequest, StsEndpoint, refuse_sdk_debug
from shared.sessions.transport import send_to, silence_loggers
from shared.signing import Credentials

SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=60)
"""Bounds of what callers are told to wait: STS counts requests by the second and by the minute."""

_MODULES = (
    "alibabacloud_sts20150401.client",
    "alibabacloud_sts20150401.models",
    "alibabacloud_tea_openapi.utils_models",
    "darabonba.runtime",
)
_THROTTLING_CODES = ("Throttling", "Throttling.User", "Throttling.Api")
_TROUBLE_CODES = ("ServiceUnavailable", "InternalError")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")
_UTC_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def assume_role(
    request: SessionRequest,
    *,
    endpoint: StsEndpoint,
    credentials: Credentials,
    timeout: timedelta,
    now: datetime,
) -> Credentials:
    """Return a session from STS at ``endpoint``; see ``shared.sessions.port.AssumeRole``."""
    refuse_sdk_debug(os.environ)
    ask = _prepared(request, endpoint=endpoint, credentials=credentials, timeout=timeout)
    # Not the SDK's own time-outs: neither a slow name lookup nor a server that drips bytes heeds them.
    outcome = https.within(timeout, ask=ask)
    if isinstance(outcome, Exception):
        raise _translated(outcome)
    return _session(outcome, now=now, latest_end=now + request.duration)


def _prepared(
    request: SessionRequest, *, endpoint: StsEndpoint, credentials: Credentials, timeout: timedelta
) -> Callable[[], Any]:
    """Return the call, with the SDK imported and silenced; nothing is sent yet."""
    client, models, configured, runtime = map(stand_ins.load, _MODULES)
    silence_loggers()
    send_to(endpoint)
    config = configured.Config(
        credential=_Explicit(credentials),
        endpoint=endpoint.host,
        protocol=endpoint.scheme,
        connect_timeout=_milliseconds(min(https.CONNECT_TIMEOUT, timeout)),
        read_timeout=_milliseconds(timeout),
        retry_options=_one_retry(),
        user_agent="oss-access-grants",
    )
    message = models.AssumeRoleRequest(
        role_arn=request.role_arn,
        role_session_name=request.role_session_name,
        policy=request.policy,
        duration_seconds=int(request.duration.total_seconds()),
        external_id=request.external_id,
        source_identity=request.source_identity,
    )
    return lambda: client.Client(config).assume_role_with_options(message, runtime.RuntimeOptions())


class _Explicit:
    """Credentials as the SDK's client asks for them, without its package of places to look for others."""

    def __init__(self, credentials: Credentials) -> None:
        self.access_key_id = credentials.access_key_id
        self.access_key_secret = credentials.access_key_secret
        self.security_token = credentials.security_token
        # What the SDK's own provider of given credentials says of itself.
        kinds = ("sts", "static_sts") if self.security_token else ("access_key", "static_ak")
        self.type, self.provider_name = kinds

    def get_credential(self) -> _Explicit:
        """Return what signs the request."""
        return self


def _one_retry() -> Any:
    """Return the SDK's options for one more attempt, after throttling and 5xx only."""
    condition = {
        "exception": ["ServerException", "ThrottlingException"],
        "errorCode": [*_THROTTLING_CODES, *_TROUBLE_CODES],
        "maxAttempts": 2,
        "maxDelay": 1000,
        "backoff": {"policy": "Fixed", "period": 200},
    }
    return stand_ins.load("darabonba.policy.retry").RetryOptions(
        {"retryable": True, "retryCondition": [condition]}
    )


def _translated(error: Exception) -> ServiceError:
    """Return our error for one of the SDK's; STS's ``Code`` decides, its HTTP statuses are not documented."""
    cause = getattr(error, "inner_exception", None) or error
    code = getattr(error, "code", None)
    if isinstance(cause, ServiceError):
        return again(cause)
    if isinstance(error, TimeoutError):
        return StsUnavailable(reason="deadline")
    # The SDK writes an absent code as the text 'None'.
    if not isinstance(code, str) or code == "None" or not _CODE.fullmatch(code):
        return StsUnavailable(reason=type(cause).__name__)
    if code.startswith("Throttling"):
        return Throttled(retry_after=_retry_after(error))
    if code in _TROUBLE_CODES:
        return StsUnavailable(reason=code)
    return StsRejected(sts_code=code)


def _retry_after(error: Exception) -> timedelta:
    """Return how long callers should wait; STS says it in milliseconds, if at all."""
    milliseconds = getattr(error, "retry_after", None) or 0
    return max(SHORTEST_WAIT, min(timedelta(milliseconds=milliseconds), LONGEST_WAIT))


def _session(answer: Any, *, now: datetime, latest_end: datetime) -> Credentials:
    """Return the session of a 200 answer; one without usable credentials is an error too."""
    issued = getattr(answer.body, "credentials", None)
    expires_at = _utc_second(_text(issued, "expiration"))
    if expires_at is None or expires_at <= now:
        raise StsUnavailable(reason="no expiration to come in the answer")
    return Credentials(
        access_key_id=_text(issued, "access_key_id"),
        access_key_secret=_text(issued, "access_key_secret"),
        security_token=_text(issued, "security_token"),
        expires_at=min(expires_at, latest_end),
    )


def _text(issued: Any, name: str) -> str:
    value = getattr(issued, name, None)
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise StsUnavailable(reason=f"no {name} in the answer")
    return value


def _utc_second(text: str) -> datetime | None:
    if not _UTC_SECOND.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(f"{text[:-1]}+00:00")
    except ValueError:
        return None


def _milliseconds(duration: timedelta) -> int:
    return max(1, int(duration / timedelta(milliseconds=1)))
