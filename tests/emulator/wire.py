"""What came over the wire: bucket, key and parameters, decoded exactly once from the raw request line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote_to_bytes

from werkzeug.wrappers import Request

from tests.emulator.errors import OssError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_OSS_HOST = re.compile(
    r"(?:(?P<bucket>[a-z0-9][a-z0-9-]*)\.)??"
    r"(?:oss-(?P<region>[a-z0-9-]+?)(?:-internal)?|(?P<dual>[a-z]+-[a-z0-9-]+)\.oss)\.aliyuncs\.com"
)
_LOCAL_HOST = re.compile(r"(?:(?P<bucket>[a-z0-9][a-z0-9-]*)\.)?(?:oss\.)?localhost")


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

    @property
    def is_form(self) -> bool:
        """Whether this is a PostObject: a POST to the bucket itself without a sub-resource."""
        return self.method == "POST" and self.key is None and not self.query


def read(request: Request, *, custom_domains: Mapping[str, str]) -> Incoming:
    """Return what ``request`` addresses; raises ``OssError``."""
    target = request.environ.get("RAW_URI") or request.full_path
    raw_path, _, raw_query = target.partition("?")
    bucket, key = _address(request.host, _decode(raw_path), custom_domains)
    return Incoming(
        request=request,
        method=request.method,
        host=request.host,
        bucket=bucket,
        key=key,
        query=_parameters(raw_query),
        headers={name.lower(): _utf8(value) for name, value in request.headers},
        is_secure=request.environ["wsgi.url_scheme"] == "https",
    )


def is_oss_host(host: str, *, custom_domains: Mapping[str, str]) -> bool:
    """Tell whether OSS answers at this host name."""
    name = _name(host)
    return (
        _is_address(name)
        or name in custom_domains
        or bool(_OSS_HOST.fullmatch(name) or _LOCAL_HOST.fullmatch(name))
    )


def _address(host: str, path: str, custom_domains: Mapping[str, str]) -> tuple[str | None, str | None]:
    name = _name(host)
    if name in custom_domains:
        return custom_domains[name], path[1:] or None
    match = None if _is_address(name) else _OSS_HOST.fullmatch(name) or _LOCAL_HOST.fullmatch(name)
    bucket = match["bucket"] if match else None
    if bucket is not None:
        return _bucket(bucket), path[1:] or None
    first, _, rest = path[1:].partition("/")
    return (_bucket(first), rest or None) if first else (None, None)


def _bucket(name: str) -> str:
    if not _BUCKET.fullmatch(name):
        raise OssError("bucket-name")
    return name


def _parameters(raw_query: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in raw_query.split("&") if part]
    query = {_decode(name): _decode(value) for name, _, value in pairs}
    if len(query) != len(pairs):
        raise OssError("duplicate-parameter")
    return query


def _decode(text: str) -> str:
    # [inf] A bare '+' is read as a space, which is why vendors tell people to write '%2B'.
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise OssError("object-name") from None


def _utf8(value: str) -> str:
    # WSGI hands header bytes over as latin-1.
    return value.encode("latin-1").decode("utf-8", "replace")


def _name(host: str) -> str:
    return re.sub(r":[0-9]+\Z", "", host).lower()


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name.strip("[]")))
    except ValueError:
        return False
