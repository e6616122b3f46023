"""The callback of an upload: OSS asks ``on_upload`` once it has ended, with what was granted under a seal.

The seal is a literal in the callback's body (OSS, Callback). The callback itself is signed: a parameter of
the URL, or a field of the form and a condition of its policy.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from shared.errors import InvalidRequest
from shared.grants.content import ContentRules
from shared.grants.decision import Grant
from shared.grants.operations import OPERATIONS, PresignRequest
from shared.settings.completion import Completion
from shared.signing import PostPolicy

ID_BYTES = 12
"""96 random bits name a grant."""

MAX_CALLBACK_BYTES = 5 * 1024
"""What OSS takes (OSS, Callback)."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def check_reference(asked: PresignRequest, completion: Completion | None) -> None:
    """Raise ``InvalidRequest`` for a reference that no message would bring back."""
    if asked.reference is not None and completion is None:
        raise InvalidRequest("reference: this deployment sends no message when an upload has ended")


def with_callback(
    grant: Grant,
    completion: Completion,
    *,
    claims: Mapping[str, str],
    rules: ContentRules,
    ends_at: datetime,
    entropy: bytes,
) -> Grant:
    """Return an upload's grant with the callback; any other as it is. ``entropy`` is ``ID_BYTES`` long."""
    if "reference" not in OPERATIONS[grant.asked.operation].fields:
        return grant
    base64url, seal = _sealing()
    facts = {
        "id": base64url(entropy),
        "key": grant.key,
        "claims": dict(claims),
        "exp": int(ends_at.timestamp()),
        **_bounds(grant, rules),
    }
    return grant.carrying(_callback(completion.url, seal(facts, purpose="upload", keys=completion.keys)))


@cache
def _sealing() -> tuple[Callable[[bytes], str], Callable[..., str]]:
    """Return what seals, once it is needed: a deployment without callbacks starts without it."""
    from shared.seals.keys import base64url
    from shared.seals.sealing import seal

    return base64url, seal


def _bounds(grant: Grant, rules: ContentRules) -> dict[str, Any]:
    """Return what the object will be held to: size and media type, and the caller's reference."""
    asked, signable = grant.asked, grant.signable
    most: int | None
    if isinstance(signable, PostPolicy):
        most, media_type = signable.max_size, signable.content_type
    elif asked.operation == "PutObject":
        most = rules.max_size if asked.content_length is None else asked.content_length
        media_type = asked.content_type
    else:
        # 5 GiB bounds one request, not the sum of parts; their type was granted at the beginning.
        most, media_type = rules.ceiling, None
    bounds = {"max": most, "type": media_type, "ref": asked.reference}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _callback(url: str, sealed: str) -> str:
    # A seal holds nothing that JSON escapes.
    text = f'{_opening(url)}{sealed}","callbackSNI":true}}'
    callback = b2a_base64(text.encode(), newline=False).decode()
    if len(callback) > MAX_CALLBACK_BYTES:
        raise InvalidRequest(
            "key: with claims and reference too long for OSS's callback; shorten one of them"
        )
    return callback


@lru_cache(maxsize=4)
def _opening(url: str) -> str:
    """Return the JSON of a callback up to its seal, which is the same for all grants of a deployment."""
    members = {"callbackUrl": url, "callbackBody": "etag=${etag}&reqId=${reqId}&grant="}
    return _encode(members).removesuffix('"}')
