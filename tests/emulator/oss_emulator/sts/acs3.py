"""Verification of ACS3-HMAC-SHA256, the signature of Alibaba Cloud's RPC interfaces (signature V3)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from threading import Lock
from urllib.parse import parse_qsl, quote

from werkzeug.wrappers import Request

from ..ram.identities import Principal
from .errors import StsError

ALGORITHM = "ACS3-HMAC-SHA256"
DATE_WINDOW = timedelta(minutes=15)
MANDATORY = {
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
}

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^,]+),SignedHeaders=(?P<headers>[^,]+),"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


class NonceMemory:
    """Nonces seen while their date was inside the window; a second use is a replay."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, datetime] = {}

    def remember(self, nonce: str, *, now: datetime) -> None:
        """Raise ``SignatureNonceUsed`` if this nonce came before."""
        with self._lock:
            if nonce in self._seen:
                raise StsError("SignatureNonceUsed")
            self._seen = {n: at for n, at in self._seen.items() if now - at <= 2 * DATE_WINDOW} | {nonce: now}


def verify(
    request: Request, *, find: Callable[[str], Principal | None], nonces: NonceMemory, now: datetime
) -> Principal:
    """Return who signed ``request``; raises ``StsError``."""
    match = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if match is None:
        raise StsError("IncompleteSignature")
    signed = match["headers"].split(";")
    _check_coverage(request, signed)
    _check_date(request.headers["x-acs-date"], now=now)
    _check_body(request)
    principal = find(match["key"])
    if principal is None:
        raise StsError("InvalidAccessKeyId.NotFound")
    _check_token(request, principal, now=now)
    expected = signature(request, signed, secret=principal.access_key_secret)
    if not hmac.compare_digest(expected, match["signature"]):
        raise StsError("SignatureDoesNotMatch")
    nonces.remember(request.headers["x-acs-signature-nonce"], now=now)
    return principal


def signature(request: Request, signed: list[str], *, secret: str) -> str:
    """Return what the signature should be; the key is the bare secret."""
    hashed = hashlib.sha256(canonical_request(request, signed).encode()).hexdigest()
    return hmac.new(secret.encode(), f"{ALGORITHM}\n{hashed}".encode(), hashlib.sha256).hexdigest()


def canonical_request(request: Request, signed: list[str]) -> str:
    """Return method, path, sorted query, signed headers, their names and the payload hash, one a line."""
    # The wire writes a space as '+', the signature as '%20': decode as a form, encode by RFC 3986.
    pairs = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True)
    query = "&".join(sorted(f"{_encode(name)}={_encode(value)}" for name, value in pairs))
    lines = "".join(f"{name}:{','.join(sorted(_values(request, name)))}\n" for name in signed)
    payload_hash = request.headers["x-acs-content-sha256"]
    return "\n".join((request.method, request.path or "/", query, lines, ";".join(signed), payload_hash))


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _values(request: Request, name: str) -> Iterable[str]:
    return [value.strip() for value in request.headers.getlist(name)]


def _check_coverage(request: Request, signed: list[str]) -> None:
    present = {name.lower() for name, _ in request.headers if name.lower().startswith("x-acs-")}
    if not MANDATORY | present <= set(signed) or not all(name in request.headers for name in signed):
        raise StsError("IncompleteSignature")
    if signed != sorted(signed) or any(len(request.headers.getlist(name)) > 1 for name in MANDATORY):
        raise StsError("IncompleteSignature")


def _check_date(text: str, *, now: datetime) -> None:
    try:
        date = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise StsError("InvalidTimeStamp.Expired") from None
    if abs(now - date) > DATE_WINDOW:
        raise StsError("InvalidTimeStamp.Expired")


def _check_body(request: Request) -> None:
    if hashlib.sha256(request.get_data()).hexdigest() != request.headers["x-acs-content-sha256"]:
        raise StsError("SignatureDoesNotMatch")


def _check_token(request: Request, principal: Principal, *, now: datetime) -> None:
    token = request.headers.get("x-acs-security-token")
    if principal.security_token is None:
        if token is not None:
            raise StsError("InvalidSecurityToken.MismatchWithAccessKey")
        return
    if token is None:
        raise StsError("MissingSecurityToken")
    if not hmac.compare_digest(token, principal.security_token):
        raise StsError("InvalidSecurityToken.MismatchWithAccessKey")
    if principal.expires_at is not None and now >= principal.expires_at:
        raise StsError("InvalidSecurityToken.Expired")
