"""Upload forms: a signed policy says what one POST may store (OSS, PostObject, signature version 4)."""

from __future__ import annotations

import json
import re
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.credentials import Credentials, LimitedBy, lifetime
from shared.signing.endpoints import Endpoint
from shared.signing.object_request import check_bucket
from shared.values import NOTHING, value

MAX_SIZE = 5 * 1024**3
"""The largest object, in bytes, that a form may store."""

# Who signs URLs only needs none of these: re compiles them when they are first used.
_NOT_OF_THE_CALLER = (
    "(?i:key|policy|bucket|file|content-type|x-oss-(signature|credential|date|security-token|content-type).*)"
)
_FIELD = "[A-Za-z0-9_.:-]+"
_UNSENDABLE = r"[\x00\r\n\ud800-\udfff]"


@value
class PostPolicy:
    """What a form may store: one final key, media types, a size range in bytes, and further fields exactly.

    ``content_type`` is pinned and part of the form. Where ``content_types`` lists what is allowed, exactly or
    as one wildcard such as ``image/*``, the client adds the field ``x-oss-content-type`` itself.
    """

    bucket: str
    key: str
    expires_in: timedelta
    content_type: str | None = None
    content_types: Sequence[str] = ()
    min_size: int = 0
    max_size: int = MAX_SIZE
    fields: Mapping[str, str] = NOTHING

    def __post_init__(self) -> None:
        check_bucket(self.bucket)
        if not 0 <= self.min_size <= self.max_size <= MAX_SIZE:
            raise InvalidRequest(f"form: 0 <= min_size <= max_size <= {MAX_SIZE} bytes")
        if "${filename}" in self.key:
            raise InvalidRequest("key: final, so not with a variable that the client's file name replaces")
        if self.content_types and self.content_type is not None:
            raise InvalidRequest("form: one content type, or a list of those allowed")
        if len(self.content_types) > 1 and any(name.endswith("*") for name in self.content_types):
            raise InvalidRequest("form: one wildcard, or any number of exact content types")
        _check_fields(self.fields)
        if any(map(_is_unsendable, (self.key, self.content_type or "", *self.content_types))):
            raise InvalidRequest("form: no line breaks, no lone surrogates")


def _check_fields(fields: Mapping[str, str]) -> None:
    if any(re.fullmatch(_NOT_OF_THE_CALLER, name) for name in fields):
        raise InvalidRequest("fields: those of the policy itself are not the caller's")
    folded = {name.lower() for name in fields}
    if len(folded) != len(fields) or not all(re.fullmatch(_FIELD, name) for name in fields):
        raise InvalidRequest("fields: names are plain, and distinct whatever their case")
    if any(map(_is_unsendable, fields.values())):
        raise InvalidRequest("fields: no line breaks, no lone surrogates")


def _is_unsendable(text: str) -> bool:
    return re.search(_UNSENDABLE, text) is not None


class PostForm(NamedTuple):
    """Where to post, all fields but the last, which is ``file``, and the first instant of refusal."""

    url: str
    fields: Mapping[str, str]
    expires_at: datetime
    limited_by: LimitedBy


def sign_post_policy(
    policy: PostPolicy, *, endpoint: Endpoint, credentials: Credentials, now: datetime
) -> PostForm:
    """Return the form that OSS accepts for ``policy`` until it or the session ends, whichever is first."""
    expires_at, limited_by = lifetime(policy.expires_in, credentials=credentials, now=now)
    stamp = v4.timestamp(now)
    scope = v4.scope_of(stamp, region=endpoint.region, product=endpoint.product)
    signing_fields = _signing_fields(credentials, scope=scope, stamp=stamp)
    to_sign = encode(document(policy, signing_fields=signing_fields, expires_at=expires_at))
    signature = v4.signature(v4.signing_key(credentials.access_key_secret, scope=scope), to_sign)
    return PostForm(
        url=endpoint.root(policy.bucket),
        fields={
            "key": policy.key,
            **_chosen_fields(policy),
            **signing_fields,
            "policy": to_sign,
            "x-oss-signature": signature,
        },
        expires_at=expires_at,
        limited_by=limited_by,
    )


def document(
    policy: PostPolicy, *, signing_fields: Mapping[str, str], expires_at: datetime
) -> dict[str, Any]:
    """Return the policy: every field of the form is a condition, so that none can be changed or added."""
    conditions: list[Any] = [{"bucket": policy.bucket}]
    conditions += [{name: value} for name, value in signing_fields.items()]
    conditions.append(["eq", "$key", policy.key])
    conditions += [["eq", f"${name}", value] for name, value in _chosen_fields(policy).items()]
    conditions += _allowed_types(policy.content_types)
    conditions.append(["content-length-range", policy.min_size, policy.max_size])
    return {"expiration": expires_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "conditions": conditions}


def encode(policy_document: Mapping[str, Any]) -> str:
    """Return the base64 of the compact JSON: the string to sign, and the form's field ``policy``."""
    text = json.dumps(policy_document, ensure_ascii=False, separators=(",", ":"))
    return b2a_base64(text.encode(), newline=False).decode()


def _signing_fields(credentials: Credentials, *, scope: v4.CredentialScope, stamp: str) -> dict[str, str]:
    fields = {
        "x-oss-signature-version": v4.ALGORITHM,
        "x-oss-credential": f"{credentials.access_key_id}/{scope}",
        "x-oss-date": stamp,
    }
    if credentials.security_token is not None:
        fields["x-oss-security-token"] = credentials.security_token
    return fields


def _chosen_fields(policy: PostPolicy) -> dict[str, str]:
    if policy.content_type is None:
        return dict(policy.fields)
    # The type of the file's own part, which the browser chooses, goes before Content-Type; only
    # x-oss-content-type goes before both (OSS, PostObject, form fields).
    pinned = {"Content-Type": policy.content_type, "x-oss-content-type": policy.content_type}
    return {**pinned, **policy.fields}


def _allowed_types(content_types: Sequence[str]) -> list[list[Any]]:
    """Return the condition on a type that the client chooses: none, a prefix, or one of a list."""
    if not content_types:
        return []
    if content_types[0].endswith("*"):
        return [["starts-with", "$x-oss-content-type", content_types[0][:-1]]]
    return [["in", "$x-oss-content-type", list(content_types)]]
