"""Messages to the back end about finished uploads, signed as Standard Webhooks (standardwebhooks.com)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from shared import https
from shared.errors import ReceiverUnavailable
from shared.fc.times import timestamp
from shared.settings.on_upload import Webhook
from shared.strict_json import write

LONGEST_WAIT = timedelta(seconds=2.5)
_LIMIT_BYTES = 65_536

Kind = Literal["upload.completed", "upload.refused"]


def tell(
    webhook: Webhook,
    document: Mapping[str, Any],
    *,
    kind: Kind,
    claims: Mapping[str, str],
    now: datetime,
    timeout: timedelta,
) -> None:
    """Send the message, and raise ``ReceiverUnavailable`` unless a 2xx comes back; redirects are none."""
    message = {"type": kind, "timestamp": timestamp(now), **document, "claims": dict(claims)}
    request = signed_request(
        webhook, write(message).encode(), message_id=f"{document['id']}.{document['etag']}", now=now
    )
    try:
        answer = https.send(request, timeout=min(timeout, LONGEST_WAIT), limit_bytes=_LIMIT_BYTES)
    except https.HttpsFailed as error:
        raise ReceiverUnavailable(reason=f"webhook: {error.reason}") from None
    if not 200 <= answer.status <= 299:
        raise ReceiverUnavailable(reason=f"webhook: {answer.status}")


def signed_request(webhook: Webhook, body: bytes, *, message_id: str, now: datetime) -> https.Request:
    """Return the POST of a message; the id is the same for a replay, so that receivers can tell."""
    stamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    signature = b64encode(hmac.digest(webhook.secret, signed, hashlib.sha256)).decode()
    return https.Request(
        method="POST",
        host=webhook.address.host,
        target=webhook.address.target or "/",
        scheme="http" if webhook.address.scheme == "http" else "https",
        headers={
            "Content-Type": "application/json",
            "User-Agent": "oss-access-grants",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{signature}",
        },
        body=body,
    )
