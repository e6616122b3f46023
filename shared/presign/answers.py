"""Answers of ``presign``: where to send what, until when it works, and which limit decided that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shared.errors import PayloadTooLarge
from shared.fc.times import times
from shared.grants.decision import Grant, LimitedBy
from shared.grants.operations import OPERATIONS, PresignRequest
from shared.presign.signers import CdnSigner, OssSigner, Signer
from shared.signing import ObjectRequest, PostPolicy, presign, presign_parts, sign_post_policy
from shared.signing.cdn import sign_for_cdn
from shared.signing.credentials import lifetime

MAX_ANSWER_BYTES = 30 * 1024 * 1024
"""Below the 32 MB that one synchronous answer may take (Function Compute, limits)."""

_AROUND_A_URL = 100
"""What JSON writes around a URL, and the signature and number in place of their placeholders."""


class _Signed(NamedTuple):
    """The members of an answer that only a signature can make, and its true end."""

    members: Mapping[str, Any]
    expires_at: datetime
    limited_by: LimitedBy


def answer(grant: Grant, *, signer: Signer) -> dict[str, Any]:
    """Return the document that answers a grant; a dry run's has everything but the signature."""
    asked, signed = grant.asked, _signed(grant, signer)
    limited_by = "credentials" if signed.limited_by == "credentials" else grant.limited_by
    document = {
        "operation": asked.operation,
        "method": OPERATIONS[asked.operation].method,
        **signed.members,
        "headers": {} if isinstance(grant.signable, PostPolicy) else dict(grant.signable.headers),
        "bucket": grant.bucket,
        "key": grant.key,
        **times(signed.expires_at, limited_by=limited_by, now=signer.now),
    }
    if grant.size_enforced_by is not None:
        document["size_enforced_by"] = grant.size_enforced_by
    return document


def url_count(asked: PresignRequest) -> int:
    """Return how many URLs the answer will hold in full."""
    return len(asked.part_numbers) if asked.part_numbers and not asked.compact else 1


def answer_bytes(document: Mapping[str, Any]) -> int:
    """Return about how much of an answer's JSON a document takes: its URLs, and what stands around them."""
    parts = document.get("parts", ())
    compact = 68 * len(document.get("signatures", ()))
    texts = sum(len(str(document.get(name, ""))) for name in ("url", "url_template", "fields"))
    escaped = 12 * len(document.get("key", ""))
    return sum(len(part["url"]) + _AROUND_A_URL for part in parts) + compact + texts + escaped + 600


def refuse_beyond(size: int) -> None:
    """Raise ``PayloadTooLarge`` for an answer that the platform would not carry."""
    if size > MAX_ANSWER_BYTES:
        raise PayloadTooLarge(
            f"the answer would exceed {MAX_ANSWER_BYTES} bytes; ask for fewer, or for compact part URLs"
        )


def _signed(grant: Grant, signer: Signer) -> _Signed:
    if isinstance(signer, CdnSigner):
        return _by_cdn(grant, signer)
    endpoint, credentials, now = signer.endpoint, signer.credentials, signer.now
    if grant.asked.dry_run:
        return _Signed({}, *lifetime(grant.expires_in, credentials=credentials, now=now))
    if isinstance(grant.signable, PostPolicy):
        form = sign_post_policy(grant.signable, endpoint=endpoint, credentials=credentials, now=now)
        return _Signed({"url": form.url, "fields": dict(form.fields)}, form.expires_at, form.limited_by)
    if grant.asked.part_numbers is not None:
        return _parts(grant.signable, grant.asked.part_numbers, grant, signer)
    url = presign(
        grant.signable, endpoint=endpoint, credentials=credentials, expires_in=grant.expires_in, now=now
    )
    return _Signed({"url": url.url}, url.expires_at, url.limited_by)


def _by_cdn(grant: Grant, signer: CdnSigner) -> _Signed:
    method = OPERATIONS[grant.asked.operation].method
    url = sign_for_cdn(grant.key, cdn=signer.cdn, method=method, expires_in=grant.expires_in, now=signer.now)
    return _Signed({} if grant.asked.dry_run else {"url": url.url}, url.expires_at, url.limited_by)


def _parts(request: ObjectRequest, numbers: list[int], grant: Grant, signer: OssSigner) -> _Signed:
    parts = presign_parts(
        request,
        numbers,
        endpoint=signer.endpoint,
        credentials=signer.credentials,
        expires_in=grant.expires_in,
        now=signer.now,
    )
    members: dict[str, Any] = {"url_template": parts.url, "signatures": parts.signatures}
    if not grant.asked.compact:
        refuse_beyond(len(numbers) * (len(parts.url) + _AROUND_A_URL))
        urls = zip(numbers, parts.urls(), strict=True)
        members = {"parts": [{"part_number": number, "url": url} for number, url in urls]}
    return _Signed(members, parts.expires_at, parts.limited_by)


def parts_as_json(parts: list[dict[str, Any]]) -> list[str]:
    """Return the JSON of ``parts`` in pieces; URLs hold nothing to escape, and to look for it takes long."""
    pieces = [
        piece
        for part in parts
        for piece in (',{"part_number":', str(part["part_number"]), ',"url":"', part["url"], '"}')
    ]
    return ["[", pieces[0][1:], *pieces[1:], "]"]
