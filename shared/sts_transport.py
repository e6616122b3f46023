"""What the STS SDK may do on the wire, and print about it. It offers no setting for any of this."""

from __future__ import annotations

import logging
from functools import cache
from io import BytesIO
from typing import Any

from shared.errors import StsUnavailable
from shared.sts import StsEndpoint

ANSWER_LIMIT_BYTES = 65_536
"""Far above any answer of AssumeRole; a security token has no documented length."""

_CHUNK_BYTES = 8192
_NOISY_LOGGERS = ("darabonba-core", "alibabacloud-tea", "credentials", "urllib3.connectionpool")


class Fence:
    """A transport adapter for requests: no proxy, no redirect, an answer of bounded size."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    def send(self, request: Any, **options: Any) -> Any:
        """Send as the wrapped adapter does, and return the complete answer; raises ``StsUnavailable``."""
        # A proxy of the environment would see the security token, and so would a redirect's target.
        response = self._adapter.send(request, **options | {"stream": True, "proxies": None})
        try:
            response.raw = BytesIO(_body(response))
        except Exception:
            response.close()
            raise
        return response

    def close(self) -> None:
        """Close the wrapped adapter's connections."""
        self._adapter.close()


def fence_in(endpoint: StsEndpoint) -> None:
    """Make the SDK send to ``endpoint`` through a ``Fence``: it keeps one session per host in this table."""
    from darabonba.core import DEFAULT_POOL_MAXSIZE, DaraCore

    # The SDK's name for the session: a port stands in the host, and its own port is then always 80.
    name = f"{endpoint.scheme}://{endpoint.host}:80:pool={DEFAULT_POOL_MAXSIZE}"
    DaraCore._sessions[name] = _fenced_session(endpoint)


def silence_loggers() -> None:
    """Stop the SDK's loggers, which print to the log on their own, and the one that prints its URLs."""
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).disabled = True


@cache
def _fenced_session(endpoint: StsEndpoint) -> Any:
    from requests import Session
    from requests.adapters import HTTPAdapter

    session: Any = Session()
    session.mount(f"{endpoint.scheme}://", Fence(HTTPAdapter()))
    return session


def _body(response: Any) -> bytes:
    # The SDK takes any 3xx with a JSON body for a success.
    if 300 <= response.status_code < 400:
        raise StsUnavailable(reason="redirect")
    body = b""
    while chunk := response.raw.read(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > ANSWER_LIMIT_BYTES:
            raise StsUnavailable(reason="answer too large")
    return body
