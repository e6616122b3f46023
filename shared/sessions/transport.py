"""The session that the STS SDK sends through: ours, to one host, over ``shared.https``."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from shared import https
from shared.errors import StsUnavailable
from shared.sessions import stand_ins
from shared.sessions.port import StsEndpoint

ANSWER_LIMIT_BYTES = 65_536
"""Far above any answer of AssumeRole; a security token has no documented length."""

_NOISY_LOGGERS = ("darabonba-core", "alibabacloud-tea")


class Answer(NamedTuple):
    """What the SDK reads of an answer."""

    status_code: int
    reason: str
    headers: dict[str, str]
    content: bytes


class Session:
    """What the SDK takes for its session of one host."""

    def __init__(self, endpoint: StsEndpoint) -> None:
        self._endpoint = endpoint

    def send(self, request: Any, *, timeout: tuple[float, float], **_: Any) -> Answer:
        """Send what the SDK prepared, and return the complete answer.

        Of the two time-outs, in seconds, the second is for everything. Raises ``StsUnavailable``, and what
        the standard library's client raises.
        """
        path = urlsplit(request.url)
        asked = https.Request(
            method=request.method,
            scheme=self._endpoint.scheme,
            host=self._endpoint.host,
            target=f"{path.path}?{path.query}",
            headers=request.headers,
            body=request.body,
        )
        try:
            answer = https.exchange(
                asked, timeout=timedelta(seconds=timeout[1]), limit_bytes=ANSWER_LIMIT_BYTES
            )
        except https.HttpsFailed as failed:
            raise StsUnavailable(reason=failed.reason) from None
        # The SDK takes any 3xx with a JSON body for a success.
        if 300 <= answer.status < 400:
            raise StsUnavailable(reason="redirect")
        return Answer(answer.status, answer.reason, dict(answer.headers), answer.body)


def send_to(endpoint: StsEndpoint) -> None:
    """Make the SDK send to ``endpoint`` through a session of ours: it keeps one for each host."""
    core = stand_ins.load("darabonba.core")
    # The SDK's name for the session: a port stands in the host, and its own port is then always 80.
    name = f"{endpoint.scheme}://{endpoint.host}:80:pool={core.DEFAULT_POOL_MAXSIZE}"
    core.DaraCore._sessions[name] = Session(endpoint)


def silence_loggers() -> None:
    """Stop the SDK's loggers, which print to the log on their own."""
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).disabled = True
