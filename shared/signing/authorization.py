"""The Authorization header: a request signed as it is sent, by whoever holds the credentials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.credentials import Credentials, refuse_ended
from shared.signing.endpoints import Endpoint
from shared.signing.object_request import ObjectRequest, check_request, own_parameters

_OF_THE_SIGNATURE = frozenset({"authorization", "x-oss-date", "x-oss-security-token"})


def sign_request(
    request: ObjectRequest, *, endpoint: Endpoint, credentials: Credentials, now: datetime
) -> dict[str, str]:
    """Return the headers to send with ``request``: its own, and ``Authorization`` with those it adds."""
    check_request(request)
    refuse_ended(credentials, now=v4.whole_second(now))
    stamp = v4.timestamp(now)
    scope = v4.scope_of(stamp, region=endpoint.region, product=endpoint.product)
    headers = {**request.headers, **_added_headers(request.headers, credentials, stamp=stamp)}
    additional = v4.additional_headers(request.additional_headers, headers=headers)
    canonical = v4.canonical_request(
        method=request.method,
        uri=v4.canonical_uri(request.bucket, request.key),
        query=v4.canonical_query(own_parameters(request)),
        headers=v4.signed_headers(headers, additional=additional),
        additional=additional,
    )
    to_sign = v4.string_to_sign(stamp=stamp, scope=scope, canonical=canonical)
    signature = v4.signature(v4.signing_key(credentials.access_key_secret, scope=scope), to_sign)
    named = f",AdditionalHeaders={';'.join(additional)}" if additional else ""
    credential = f"Credential={credentials.access_key_id}/{scope}"
    return {**headers, "Authorization": f"{v4.ALGORITHM} {credential}{named},Signature={signature}"}


def _added_headers(own: Mapping[str, str], credentials: Credentials, *, stamp: str) -> dict[str, str]:
    """Return what the signature adds to a request, all of it signed."""
    names = {name.lower() for name in own}
    if not _OF_THE_SIGNATURE.isdisjoint(names):
        raise InvalidRequest("headers: those of the signature itself are not the caller's")
    added = {"x-oss-date": stamp}
    if "x-oss-content-sha256" not in names:
        added["x-oss-content-sha256"] = v4.UNSIGNED_PAYLOAD
    if credentials.security_token is not None:
        added["x-oss-security-token"] = credentials.security_token
    return added
