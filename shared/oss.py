"""Requests to OSS by a function itself: signed with its credentials, sent, and answered within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared import https
from shared.errors import StoreUnavailable
from shared.signing import Credentials, Endpoint, ObjectRequest, sign_request
from shared.signing.percent import encode, encode_path
from shared.values import NOTHING, value

LIMIT_BYTES = 65_536
"""Of an answer, where nobody expects more."""


@value
class Reached:
    """One bucket, as a function reaches it."""

    bucket: str
    endpoint: Endpoint
    credentials: Credentials
    now: datetime

    def send(
        self,
        method: str,
        key: str,
        *,
        timeout: timedelta,
        query: Mapping[str, str] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
        body: bytes | None = None,
        limit_bytes: int = LIMIT_BYTES,
    ) -> https.Answer:
        """Return OSS's answer, of whatever status; raises ``StoreUnavailable`` where there is none in time.

        In ``query`` an empty value is a name alone (OSS V4, canonical query string).
        """
        request = ObjectRequest(
            method=method, bucket=self.bucket, key=key, headers=dict(headers), query=dict(query)
        )
        signed = sign_request(request, endpoint=self.endpoint, credentials=self.credentials, now=self.now)
        host, _, path = self.endpoint.root(self.bucket).partition("://")[2].partition("/")
        sent = https.Request(
            method=method,
            host=host,
            target=f"/{path}{encode_path(key)}{_parameters(query)}",
            scheme=self.endpoint.scheme,
            headers=signed,
            body=body,
        )
        try:
            return https.send(sent, timeout=timeout, limit_bytes=limit_bytes)
        except https.HttpsFailed as error:
            raise StoreUnavailable(reason=f"{method}: {error.reason}") from None


def _parameters(query: Mapping[str, str]) -> str:
    pairs = [encode(name) if text == "" else f"{encode(name)}={encode(text)}" for name, text in query.items()]
    return f"?{'&'.join(pairs)}" if pairs else ""
