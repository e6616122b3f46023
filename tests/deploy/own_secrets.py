"""The secrets of a deployment, made here: a sample that is copied would be a secret that everybody has."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import date

from shared.seals.keys import base64url

SECRET_BYTES = 32
"""What HMAC-SHA256 can make use of (RFC 2104, section 3)."""


def lines(today: date, *, entropy: Callable[[int], bytes]) -> list[str]:
    """Return lines for ``.env``, each with a secret of its own; a key of seals is named after its day."""
    return [
        f"SEAL_KEYS=k{today:%Y%m%d}:{base64url(entropy(SECRET_BYTES))}",
        f"UPLOAD_WEBHOOK_SECRET=whsec_{b64encode(entropy(SECRET_BYTES)).decode()}",
    ]
