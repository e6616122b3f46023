"""What came over the wire: bucket, key and parameters, decoded exactly once from the raw request line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from werkzeug.wrappers import Request

from . import facts
from .errors import OssError

SIGNATURE_PARAMETERS = frozenset(
    f"x-oss-{name}"
    for name in (
        "signature-version",
        "credential",
        "date",
        "expires",
        "security-token",
        "additional-headers",
        "signature",
    )
)
"""The parameters of a URL signature (OSS V4, presigned URL)."""

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_OSS_HOST = re.compile(
    r"(?:(?P<bucket>[a-z0-9][a-z0-9-]*)\.)??"
    r"(?:oss-(?P<region>[a-z0-9-]+?)(?:-internal)?|(?P<dual>[a-z]+-[a-z0-9-]+)\.oss)\.aliyuncs\.com"
)
_LOCAL_HOST = re.compile(r"(?:(?P<bucket>[a-z0-9][a-z0-9-]*)\.)?(?:oss\.)?localhost")
_ACCELERATED = ("accelerate", "accelerate-overseas")


class Host(NamedTuple):
    """What a host name says by itself: a bucket, the region of the endpoint, whether it is a default public one."""

    bucket: str | None
    region: str | None
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One request to OSS; ``key`` is None for the bucket itself, ``bucket`` None for the service."""

    request: Request
    method: str
    host: str
    bucket: str | None
    key: str | None
    query: Mapping[str, str]
    headers: Mapping[str, str]
    is_secure: bool
    endpoint_region: str | None
    is_public_endpoint: bool = False
    request_id: str = ""

    @property
    def is_form(self) -> bool:
        """Whether this is a PostObject: a POST to the bucket itself without a sub-resource."""
        return self.method == "POST" and self.key is None and SIGNATURE_PARAMETERS.issuperset(self.query)

    @property
    def has_body(self) -> bool:
        """Whether a body comes with it; a chunked one tells no length."""
        length = self.request.content_length
        return bool(length) or (length is None and "wsgi.input_terminated" in self.request.environ)

    @property
    def body_length(self) -> int | None:
        """How many bytes the body has; None for a chunked one, which ends by itself; raises ``OssError``."""
        length, given = self.request.content_length, self.headers.get("content-length")
        if given is not None and not re.fullmatch(r"[0-9]{1,18}", given):
            raise OssError("argument", ArgumentName="Content-Length", ArgumentValue=given)
        if length is None and "wsgi.input_terminated" not in self.request.environ:
            raise OssError("length")
        return length


def read(request: Request, *, custom_domains: Mapping[str, str], request_id: str = "") -> Incoming:
    """Return what ``request`` addresses; raises ``OssError``."""
    raw_path, _, raw_query = request.environ["RAW_URI"].partition("?")
    host = _host(request.host, custom_domains)
    bucket, key = _address(host.bucket, _decode(raw_path))
    return Incoming(
        request=request,
        method=request.method,
        host=request.host,
        bucket=bucket,
        key=key,
        query=_parameters(raw_query),
        headers={name.lower(): _utf8(value) for name, value in request.headers},
        is_secure=request.environ["wsgi.url_scheme"] == "https",
        endpoint_region=host.region,
        is_public_endpoint=host.is_public,
        request_id=request_id,
    )


def _host(host: str, custom_domains: Mapping[str, str]) -> Host:
    """Return what a host name says by itself; raises ``OssError`` for a name that is not OSS's."""
    name = re.sub(r":[0-9]+\Z", "", host).lower()
    if name in custom_domains:
        return Host(custom_domains[name], None)
    if _is_address(name):
        return Host(None, None)
    if match := _LOCAL_HOST.fullmatch(name):
        return Host(match["bucket"], None)
    if match := _OSS_HOST.fullmatch(name):
        region = match["region"] or match["dual"]
        if region in _ACCELERATED:
            return Host(match["bucket"], None)
        return Host(match["bucket"], region, is_public=not name.endswith("-internal.aliyuncs.com"))
    raise OssError("not-implemented", detail=f"the host {name}")


def _address(bucket: str | None, path: str) -> tuple[str | None, str | None]:
    if bucket is not None:
        return _bucket(bucket), path[1:] or None
    first, _, rest = path[1:].partition("/")
    return (_bucket(first), rest or None) if first else (None, None)


def _bucket(name: str) -> str:
    if not BUCKET_NAME.fullmatch(name):
        raise OssError("bucket-name")
    return name


def _parameters(raw_query: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in raw_query.split("&") if part]
    query = {_decode(name): _decode(value) for name, _, value in pairs}
    if len(query) != len(pairs):
        raise OssError("duplicate-parameter")
    return query


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", facts.BARE_PLUS_IN_URL).encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise OssError("object-name") from None


def _utf8(value: str) -> str:
    # WSGI hands header bytes over as latin-1.
    return value.encode("latin-1").decode("utf-8", "replace")


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name.strip("[]")))
    except ValueError:
        return False
