"""Verification of OSS V4 signatures, in the Authorization header and in presigned URLs.

Written from the specification: what the client must have hashed is rebuilt from what arrived.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from ..ram.identities import Principal
from .errors import OssError
from .incoming import Incoming

ALGORITHM = "OSS4-HMAC-SHA256"
SKEW = timedelta(minutes=15)
MAX_EXPIRES_SECONDS = 604_800

_CREDENTIAL = re.compile(
    r"(?P<id>[^/]+)/(?P<date>[0-9]{8})/(?P<region>[^/]+)/(?P<product>[^/]+)/aliyun_v4_request"
)
_STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_ALWAYS = ("content-type", "content-md5")

Find = Callable[[str], Principal | None]
IsIssued = Callable[[str], bool]
"""Tells whether a security token is that of some session."""


def _none_issued(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a request says about its own signature."""

    access_key_id: str
    date: str
    region: str
    product: str
    stamp: str
    signature: str
    additional: tuple[str, ...]
    security_token: str | None
    authorization: str | None = None
    """The header as it came; None for a URL or a form."""

    @property
    def scope(self) -> str:
        """The credential scope as it was signed."""
        return f"{self.date}/{self.region}/{self.product}/aliyun_v4_request"


def authenticate(
    incoming: Incoming, *, find: Find, region: str, now: datetime, is_issued: IsIssued = _none_issued
) -> Principal | None:
    """Return who signed the request, None for an anonymous one; raises ``OssError``."""
    in_header = incoming.headers.get("authorization", "")
    in_url = "x-oss-signature-version" in incoming.query or "x-oss-signature" in incoming.query
    if in_header.startswith("OSS ") or {"OSSAccessKeyId", "Signature"} <= incoming.query.keys():
        raise OssError("v1")
    if in_header and in_url:
        raise OssError("two-signatures")
    if not in_header and not in_url:
        return None
    claimed = _from_header(incoming, in_header, now) if in_header else _from_url(incoming, now)
    check_scope(claimed, region=region)
    principal = known(claimed, find=find, now=now, is_issued=is_issued)
    _check_signature(incoming, claimed, principal)
    return principal


def _from_header(incoming: Incoming, value: str, now: datetime) -> Claimed:
    if not value.startswith(f"{ALGORITHM} "):
        raise OssError("version-unknown")
    parts = [part.strip().partition("=") for part in value[len(ALGORITHM) :].split(",")]
    fields = {name: text for name, _, text in parts}
    if not {"Credential", "Signature"} <= set(fields) <= {"Credential", "Signature", "AdditionalHeaders"}:
        raise OssError("credential-header")
    stamp = incoming.headers.get("x-oss-date", "")
    if abs(now - moment(stamp)) > SKEW:
        raise OssError(
            "skewed",
            MaxAllowedSkewMilliseconds=str(SKEW // timedelta(milliseconds=1)),
            RequestTime=moment(stamp).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            ServerTime=now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        )
    return _claimed(
        fields["Credential"],
        stamp=stamp,
        signature=fields["Signature"],
        additional=fields.get("AdditionalHeaders"),
        security_token=incoming.headers.get("x-oss-security-token"),
        malformed="credential-header",
        authorization=value,
    )


def _from_url(incoming: Incoming, now: datetime) -> Claimed:
    query = incoming.query
    if query.get("x-oss-signature-version") != ALGORITHM:
        raise OssError("version-unknown")
    if "x-oss-signature" not in query:
        raise OssError("signature-missing")
    claimed = _claimed(
        query.get("x-oss-credential", ""),
        stamp=query.get("x-oss-date", ""),
        signature=query["x-oss-signature"],
        additional=query.get("x-oss-additional-headers"),
        security_token=query.get("x-oss-security-token"),
        malformed="credential-url",
    )
    begins, lives = moment(claimed.stamp), _expires(query)
    if begins - now > SKEW:
        raise OssError("not-yet-valid")
    if now >= begins + lives:
        ends = (begins + lives).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        raise OssError("expired", Expires=ends, ServerTime=now.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    return claimed


def _expires(query: Mapping[str, str]) -> timedelta:
    text = query.get("x-oss-expires", "")
    if not text:
        raise OssError("expires-missing")
    if not re.fullmatch(r"[0-9]{1,7}", text) or not 1 <= int(text) <= MAX_EXPIRES_SECONDS:
        raise OssError("expires-out-of-range")
    return timedelta(seconds=int(text))


def _claimed(
    credential: str,
    *,
    stamp: str,
    signature: str,
    additional: str | None,
    security_token: str | None,
    malformed: str,
    authorization: str | None = None,
) -> Claimed:
    match = _CREDENTIAL.fullmatch(credential)
    if match is None:
        raise OssError(malformed)
    names = () if additional is None else tuple(additional.split(";"))
    if not all(names):
        raise OssError("additional-headers" if additional == "" else "additional-header")
    return Claimed(
        access_key_id=match["id"],
        date=match["date"],
        region=match["region"],
        product=match["product"],
        stamp=stamp,
        signature=signature,
        additional=names,
        security_token=security_token,
        authorization=authorization,
    )


def moment(stamp: str) -> datetime:
    """Return the time that ``x-oss-date`` writes; raises ``OssError``."""
    # strptime alone takes shorter stamps and other scripts' digits.
    if not _STAMP.fullmatch(stamp):
        raise OssError("date-missing")
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise OssError("date-missing") from None


def check_scope(claimed: Claimed, *, region: str) -> None:
    """Raise ``OssError`` unless the credential scope is this region's, this product's and of its own day."""
    if claimed.date != claimed.stamp[:8]:
        raise OssError("scope-date")
    if claimed.region != region:
        raise OssError("region", also=_echoed(claimed))
    if claimed.product != "oss":
        raise OssError("product", also=_echoed(claimed))


def _echoed(claimed: Claimed) -> dict[str, str]:
    return {"Authorization": claimed.authorization} if claimed.authorization else {}


def known(claimed: Claimed, *, find: Find, now: datetime, is_issued: IsIssued = _none_issued) -> Principal:
    """Return the principal whose key, and for a session whose token, the request names."""
    principal = find(claimed.access_key_id)
    if principal is None or (principal.security_token and claimed.security_token is None):
        raise OssError("unknown-key", OSSAccessKeyId=claimed.access_key_id)
    if principal.security_token is None:
        if claimed.security_token is not None:
            raise OssError("other-token")
        return principal
    token = claimed.security_token or ""
    if not hmac.compare_digest(token.encode(), principal.security_token.encode()):
        raise OssError("other-token" if is_issued(token) else "wrong-token")
    if principal.expires_at is not None and now >= principal.expires_at:
        raise OssError("token-expired", SecurityToken=token)
    return principal


def signing_key(secret: str, claimed: Claimed) -> bytes:
    """Return the key for the claimed scope."""
    key = f"aliyun_v4{secret}".encode()
    for part in claimed.scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _check_signature(incoming: Incoming, claimed: Claimed, principal: Principal) -> None:
    canonical = canonical_request(incoming, claimed.additional)
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{claimed.stamp}\n{claimed.scope}\n{hashed}"
    key = signing_key(principal.access_key_secret, claimed)
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, claimed.signature.encode("ascii", "replace").decode()):
        raise OssError(
            "signature",
            OSSAccessKeyId=claimed.access_key_id,
            SignatureProvided=claimed.signature,
            StringToSign=to_sign,
            StringToSignBytes=" ".join(f"{byte:02X}" for byte in to_sign.encode()),
            CanonicalRequest=canonical,
        )


def canonical_request(incoming: Incoming, additional: tuple[str, ...]) -> str:
    """Return what the client must have hashed, rebuilt from what arrived."""
    path = "/" if incoming.bucket is None else f"/{incoming.bucket}/{incoming.key or ''}"
    signed = sorted(name for name in incoming.headers if _is_always(name) or name in additional)
    return "\n".join(
        (
            incoming.method,
            quote(path, safe="/~"),
            _canonical_query(incoming.query),
            "".join(f"{name}:{incoming.headers[name].strip()}\n" for name in signed),
            ";".join(sorted(additional)),
            incoming.headers.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
        )
    )


def _canonical_query(query: Mapping[str, str]) -> str:
    encoded = {_encode(name): _encode(value) for name, value in query.items() if name != "x-oss-signature"}
    return "&".join(f"{name}={encoded[name]}" if encoded[name] else name for name in sorted(encoded))


def _is_always(name: str) -> bool:
    return name in _ALWAYS or name.startswith("x-oss-")


def _encode(text: str) -> str:
    return quote(text, safe="~")


def claimed_by_form(fields: Mapping[str, str]) -> Claimed:
    """Return what a form says about its own signature."""
    if "x-oss-signature" not in fields or "policy" not in fields:
        raise OssError("signature-missing")
    return _claimed(
        fields.get("x-oss-credential", ""),
        stamp=fields.get("x-oss-date", ""),
        signature=fields["x-oss-signature"],
        additional=None,
        security_token=fields.get("x-oss-security-token"),
        malformed="credential-form",
    )
