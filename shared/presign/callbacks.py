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
from shared.grants.decision import Permit
from shared.grants.objects.content import ContentRules
from shared.grants.objects.requests import form_type, largest_body
from shared.grants.operations import OPERATIONS, PresignRequest
from shared.settings.completion import Completion

ID_BYTES = 12
"""96 random bits name a grant."""

MAX_CALLBACK_BYTES = 5 * 1024
"""What OSS takes (OSS, Callback)."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def check_reference(asked: PresignRequest, completion: Completion | None) -> None:
    """Raise ``InvalidRequest`` for a reference that no message would bring back."""
    if asked.reference is not None and completion is None:
        raise InvalidRequest("reference: this deployment sends no message when an upload has ended")


def callback_of(
    permit: Permit,
    completion: Completion,
    *,
    claims: Mapping[str, str],
    ends_at: datetime,
    entropy: bytes,
) -> str:
    """Return what an upload's grant carries, in base64 as OSS takes it. ``entropy`` is ``ID_BYTES`` long."""
    base64url, seal = _sealing()
    facts = {
        "id": base64url(entropy),
        "key": permit.key,
        "claims": dict(claims),
        "exp": int(ends_at.timestamp()),
        **_bounds(permit.asked, permit.grant_scope.content),
    }
    return _callback(completion.url, seal(facts, purpose="upload", keys=completion.keys))


def reports_back(asked: PresignRequest) -> bool:
    """Tell whether what is asked stores an object, so that OSS can ask about it."""
    return "reference" in OPERATIONS[asked.operation].fields


@cache
def _sealing() -> tuple[Callable[[bytes], str], Callable[..., str]]:
    """Return what seals, once it is needed: a deployment without callbacks starts without it."""
    from shared.seals.keys import base64url
    from shared.seals.sealing import seal

    return base64url, seal


def _bounds(asked: PresignRequest, rules: ContentRules) -> dict[str, Any]:
    """Return what the object will be held to: size and media type, and the caller's reference."""
    bounds: dict[str, Any] = {}
    # 5 GiB bounds one request, not the sum of parts; their type was granted at the beginning.
    in_parts = asked.operation == "CompleteMultipartUpload"
    most = rules.ceiling if in_parts else largest_body(asked, rules)
    if most is not None:
        bounds["max"] = most
    media_type = form_type(asked) if asked.operation == "PostObject" else asked.content_type
    if media_type is not None:
        bounds["type"] = media_type
    if asked.reference is not None:
        bounds["ref"] = asked.reference
    return bounds


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
