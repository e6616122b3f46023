"""The Authorization header: a request signed as it is sent, by whoever holds the credentials."""

from __future__ import annotations

from datetime import datetime

from shared.signing import v4
from shared.signing.credentials import Credentials
from shared.signing.endpoints import Endpoint
from shared.signing.object_request import ObjectRequest


def sign_request(
    request: ObjectRequest, *, endpoint: Endpoint, credentials: Credentials, now: datetime
) -> dict[str, str]:
    """Return the headers to send with ``request``: its own, and ``Authorization`` with those it adds."""
    stamp = v4.timestamp(now)
    scope = v4.scope_of(stamp, region=endpoint.region, product=endpoint.product)
    headers = {"x-oss-content-sha256": v4.UNSIGNED_PAYLOAD, **request.headers, "x-oss-date": stamp}
    if credentials.security_token is not None:
        headers["x-oss-security-token"] = credentials.security_token
    additional = v4.additional_headers(request.additional_headers, headers=headers)
    canonical = v4.canonical_request(
        method=request.method,
        uri=v4.canonical_uri(request.bucket, request.key),
        query=v4.canonical_query(v4.query_pairs(request.query)),
        headers=v4.signed_headers(headers, additional=additional),
        additional=additional,
    )
    signature = v4.signer(credentials.access_key_secret, scope)(
        v4.string_to_sign(stamp=stamp, scope=scope, canonical=canonical)
    )
    named = f",AdditionalHeaders={';'.join(additional)}" if additional else ""
    credential = f"Credential={credentials.access_key_id}/{scope}"
    return {**headers, "Authorization": f"{v4.ALGORITHM} {credential}{named},Signature={signature}"}
