"""Upload forms: a signed policy says what one POST may store (OSS, PostObject, signature version 4)."""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.credentials import Credentials
from shared.signing.endpoints import Endpoint
from shared.signing.lifetime import LimitedBy, lifetime

_OURS = {"key", "policy", "bucket", "file", "content-type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPolicy:
    """What a form may store: one key, one media type, a size range in bytes, and further fields exactly."""

    bucket: str
    key: str
    expires_in: timedelta
    content_type: str | None = None
    min_size: int = 0
    max_size: int = 5 * 1024**3
    fields: Mapping[str, str] = field(default_factory=dict)


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
    encoded = encode(document(policy, signing_fields=signing_fields, expires_at=expires_at))
    return PostForm(
        url=endpoint.root(policy.bucket),
        fields={
            "key": policy.key,
            **_chosen_fields(policy),
            **signing_fields,
            "policy": encoded,
            "x-oss-signature": v4.signer(credentials.access_key_secret, scope)(encoded),
        },
        expires_at=expires_at,
        limited_by=limited_by,
    )


def document(
    policy: PostPolicy, *, signing_fields: Mapping[str, str], expires_at: datetime
) -> dict[str, Any]:
    """Return the policy: every field of the form is a condition, so that none can be changed or added."""
    conditions: list[Mapping[str, str] | Sequence[str | int]] = [{"bucket": policy.bucket}]
    conditions += [{name: value} for name, value in signing_fields.items()]
    conditions.append(["eq", "$key", policy.key])
    conditions += [["eq", f"${name}", value] for name, value in _chosen_fields(policy).items()]
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
    if any(
        name.lower() in _OURS
        or name.lower().startswith(("x-oss-sig", "x-oss-cred", "x-oss-date", "x-oss-sec"))
        for name in policy.fields
    ):
        raise InvalidRequest("fields: those of the policy itself are not the caller's")
    content_type = {} if policy.content_type is None else {"Content-Type": policy.content_type}
    return {**content_type, **policy.fields}
