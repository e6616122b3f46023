"""Callbacks as OSS sends them: a signed form, in which our own seal says what was granted.

Nothing else in the body is believed, or asked for: bucket, key and size are what anybody may write there.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from shared.errors import AccessDenied, InvalidRequest, Misconfigured, PayloadTooLarge, UnsupportedMediaType
from shared.fc.invocation import Invocation
from shared.seals.keys import SealKeys
from shared.seals.sealing import BrokenSeal, unseal
from shared.settings.on_upload import OnUploadSettings
from shared.signing.callback import is_signed
from shared.values import value

MAX_BODY_BYTES = 16 * 1024
GRACE_SECONDS = 86_400
"""Uploads end later than they begin: a seal is good for so long after its grant."""

_FORM_TYPE = "application/x-www-form-urlencoded"
_MAX_FIELDS = 16
_ETAG = r'"?([A-Za-z0-9-]{1,64})"?'
_REQUEST_ID = r"[A-Za-z0-9-]{1,64}"
_NOT_OURS = "grant: not one of this deployment, or over"


@value
class GrantedUpload:
    """What a grant's seal says was granted; absent bounds are None."""

    id: str
    key: str
    claims: Mapping[str, str]
    max_size: int | None
    content_type: str | None
    reference: str | None


@value
class Callback:
    """One callback that OSS signed: a grant of ours, and the ETag that OSS says was stored."""

    upload: GrantedUpload
    unverified_etag: str
    unverified_request_id: str
    deletes_refused: bool
    """Whether an object that is not as granted is deleted."""


def received(invocation: Invocation, settings: OnUploadSettings, *, now: datetime) -> Callback:
    """Return the callback; raises what is wrong with its frame, and ``AccessDenied`` for a forged one."""
    completion = settings.completion
    if completion is None:
        raise Misconfigured("ON_UPLOAD_URL", "required: without it OSS calls this function after no upload")
    body = _body(invocation)
    signature = invocation.header("authorization") or ""
    if not is_signed(completion.path, body, signature, keys=settings.callback_keys):
        raise AccessDenied("Authorization: not OSS's signature of a callback for this address")
    fields = _fields(body)
    etag = re.fullmatch(_ETAG, fields.get("etag", ""))
    if etag is None:
        raise AccessDenied("etag: not one of OSS's")
    request_id = fields.get("reqId", "")
    return Callback(
        upload=granted_upload(fields.get("grant", ""), keys=completion.keys, now=now),
        unverified_etag=etag[1],
        deletes_refused=completion.deletes,
        unverified_request_id=request_id if re.fullmatch(_REQUEST_ID, request_id) else "",
    )


def granted_upload(unverified_seal: str, *, keys: SealKeys, now: datetime) -> GrantedUpload:
    """Return what was granted, if it is not over for longer than the grace; raises ``AccessDenied``."""
    try:
        facts = unseal(unverified_seal, purpose="upload", keys=keys)
        if now.timestamp() > facts["exp"] + GRACE_SECONDS:
            raise AccessDenied(_NOT_OURS)
        return _granted(facts)
    except (BrokenSeal, KeyError, TypeError):
        raise AccessDenied(_NOT_OURS) from None


def _granted(facts: Mapping[str, Any]) -> GrantedUpload:
    return GrantedUpload(
        id=facts["id"],
        key=facts["key"],
        claims=facts["claims"],
        max_size=facts.get("max"),
        content_type=facts.get("type"),
        reference=facts.get("ref"),
    )


def _body(invocation: Invocation) -> bytes:
    """Return the raw body of a form, which is what OSS has signed."""
    media_type = (invocation.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != _FORM_TYPE:
        raise UnsupportedMediaType(f"OSS sends {_FORM_TYPE}")
    sent = invocation.unverified_body
    # Base64 takes four characters for three bytes.
    if len(sent) > MAX_BODY_BYTES * (4 / 3 if invocation.is_base64 else 1) + 4:
        raise PayloadTooLarge(f"the body takes at most {MAX_BODY_BYTES} bytes")
    try:
        raw = sent.encode() if isinstance(sent, str) else sent
        body = b64decode(raw, validate=True) if invocation.is_base64 else raw
    except ValueError:
        raise InvalidRequest("the body is not what the event says") from None
    if len(body) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"the body takes at most {MAX_BODY_BYTES} bytes")
    return body


def _fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form, of which none comes twice."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise AccessDenied(_NOT_OURS) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise AccessDenied("body: a field comes twice")
    return fields
