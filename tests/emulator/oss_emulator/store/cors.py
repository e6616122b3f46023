"""Cross-origin rules of a bucket: preflights, and the headers on ordinary answers (OSS, CORS)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from werkzeug.wrappers import Response

from ..wire.errors import OssError
from ..wire.incoming import Incoming
from .buckets import Bucket
from .settings import CorsRule


def preflight(bucket: Bucket, incoming: Incoming) -> Response:
    """Answer an OPTIONS request; nobody signs those."""
    origin = incoming.headers.get("origin")
    method = incoming.headers.get("access-control-request-method")
    if not origin or not method:
        raise OssError("cors-insufficient")
    asked = _names(incoming.headers.get("access-control-request-headers", ""))
    rule = _rule(bucket, origin, method, asked)
    if rule is None:
        raise OssError("cors-forbidden")
    headers = _headers(rule, origin)
    headers["Access-Control-Allow-Methods"] = method
    if asked:
        headers["Access-Control-Allow-Headers"] = ", ".join(asked)
    headers["Access-Control-Max-Age"] = str(rule.max_age_seconds)
    return Response("", 200, headers=headers)


def apply(bucket: Bucket, incoming: Incoming, response: Response) -> None:
    """Add what lets the page of an allowed origin read this answer."""
    origin = incoming.headers.get("origin")
    rule = _rule(bucket, origin, incoming.method, []) if origin else None
    if rule is not None and origin:
        response.headers.update(_headers(rule, origin))


def _rule(bucket: Bucket, origin: str, method: str, headers: Sequence[str]) -> CorsRule | None:
    for rule in bucket.cors:
        origin_fits = any(_fits(pattern, origin) for pattern in rule.origins)
        headers_fit = all(any(_fits(pattern.lower(), name) for pattern in rule.headers) for name in headers)
        if origin_fits and method in rule.methods and headers_fit:
            return rule
    return None


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def _headers(rule: CorsRule, origin: str) -> dict[str, str]:
    headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    if rule.expose:
        headers["Access-Control-Expose-Headers"] = ", ".join(rule.expose)
    return headers


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]
