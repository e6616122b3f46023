"""Vector rows, and an independent derivation of each step, so that a failing row names its step."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from shared.signing import Credentials, Endpoint, ObjectRequest

VECTORS = Path(__file__).parents[2] / "vectors"
Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (VECTORS / name).read_text().splitlines()]


def now(row: Row) -> datetime:
    return datetime.fromisoformat(row["now"].replace("Z", "+00:00"))


def endpoint(row: Row) -> Endpoint:
    scheme, _, host = row["endpoint"].partition("://")
    region = row["cloud_box_id"] or row["region"]
    return Endpoint(region=region, host=host, scheme=scheme, style=row["url_style"], product=row["product"])


def credentials(row: Row) -> Credentials:
    return Credentials(
        access_key_id=row["access_key_id"],
        access_key_secret=row["access_key_secret"],
        security_token=row["security_token"],
    )


def request(row: Row, *, headers: dict[str, str] | None = None) -> ObjectRequest:
    return ObjectRequest(
        method=row["method"],
        bucket=row["bucket"],
        key=row["key"],
        headers=row["headers"] if headers is None else headers,
        query=row["query"],
        additional_headers=row["additional_headers"],
    )


def scope(row: Row) -> str:
    region = row["cloud_box_id"] or row["region"]
    return f"{now(row):%Y%m%d}/{region}/{row['product']}/aliyun_v4_request"


def derived(row: Row, *, headers: dict[str, str], query: dict[str, str]) -> dict[str, str]:
    """Return canonical request, string to sign and signature by a second, plain implementation."""
    canonical = _canonical(row, headers, query)
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"OSS4-HMAC-SHA256\n{now(row):%Y%m%dT%H%M%SZ}\n{scope(row)}\n{hashed}"
    key = b"aliyun_v4" + row["access_key_secret"].encode()
    for part in scope(row).split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    return {"canonical request": canonical, "string to sign": to_sign, "signature": signature}


def _canonical(row: Row, headers: dict[str, str], query: dict[str, str]) -> str:
    path = "/" if row["bucket"] is None else f"/{row['bucket']}/{row['key'] or ''}"
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    always = {n for n in lower if n.startswith("x-oss-") or n in ("content-type", "content-md5")}
    additional = {n.lower() for n in row["additional_headers"]} & set(lower) - always
    encoded = {quote(name, safe=""): quote(value, safe="") for name, value in query.items()}
    return "\n".join(
        (
            row["method"],
            quote(path, safe="/"),
            "&".join(f"{n}={encoded[n]}" if encoded[n] else n for n in sorted(encoded)),
            "".join(f"{n}:{lower[n]}\n" for n in sorted(always | additional)),
            ";".join(sorted(additional)),
            lower.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
        )
    )


def query_of(url: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(url).query.replace("+", "%2B"), keep_blank_values=True)
    return {name: value for name, value in pairs if name != "x-oss-signature"}


def signature_of(url: str) -> str:
    return dict(parse_qsl(urlsplit(url).query))["x-oss-signature"]


def authorization_fields(value: str) -> dict[str, str]:
    fields = value.removeprefix("OSS4-HMAC-SHA256 ").split(",")
    return dict(field.strip().split("=", 1) for field in fields)
