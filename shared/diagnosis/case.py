"""The case to diagnose: the URL taken apart, the request as sent, OSS's answer, and the time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from shared.diagnosis.answers.oss_error import OssError
from shared.diagnosis.hosts import OssHost, host_of
from shared.values import value

_CREDENTIAL = re.compile(
    r"(?P<id>[^/]+)/(?P<date>[0-9]{8})/(?P<region>[^/]+)/(?P<product>[^/]+)/aliyun_v4_request"
)
_AUTHORIZATION = re.compile(r"OSS4-HMAC-SHA256\s+(.*)")
_IN_AUTHORIZATION = {
    "x-oss-credential": "Credential",
    "x-oss-signature": "Signature",
    "x-oss-additional-headers": "AdditionalHeaders",
}
_NO_URL = "not an http(s) URL: paste it whole, from https:// on, and in quotes"
_LAST_YEAR = 9999
"""What is added to a date of that year may be no date any more."""


class Finding(NamedTuple):
    """One cause of a refusal: a short name, the cause and the remedy in words, the URL repaired where that helps."""

    code: str
    cause: str
    remedy: str
    repaired: str | None = None


class Parameter(NamedTuple):
    """One query parameter: decoded name and value, and the text that stood in the URL."""

    name: str
    value: str
    raw: str


class Credential(NamedTuple):
    """The parts of ``x-oss-credential`` (OSS V4, credential scope)."""

    access_key_id: str
    date: str
    region: str
    product: str


@value
class SignedUrl:
    """A URL as it is sent: ``path`` is raw, ``parameters`` stand in the URL's order."""

    text: str
    host: OssHost
    path: str
    parameters: tuple[Parameter, ...]

    @property
    def key(self) -> str:
        """The decoded key; behind a custom domain or a name of one's own, the whole path."""
        path = unquote(self.path).removeprefix("/")
        return path.partition("/")[2] if self.host.has_bucket_in_path else path

    @property
    def names(self) -> list[str]:
        return [parameter.name for parameter in self.parameters]

    def value(self, name: str) -> str | None:
        """Return the decoded value of the first parameter of that name."""
        return next((each.value for each in self.parameters if each.name == name), None)


@value
class Case:
    """All that is known; ``headers`` by lower-case name, None where nobody said what was sent."""

    url: SignedUrl
    now: datetime
    method: str | None = None
    headers: Mapping[str, str] | None = None
    answer: OssError | None = None

    @property
    def authorization(self) -> dict[str, str]:
        """The fields of a V4 Authorization header, empty where the URL itself is signed."""
        match = _AUTHORIZATION.fullmatch((self.headers or {}).get("authorization", "").strip())
        pieces = match[1].split(",") if match else []
        return {name.strip(): value.strip() for name, _, value in (piece.partition("=") for piece in pieces)}

    def claimed(self, name: str) -> str | None:
        """Return what the signature says under ``name``, such as ``x-oss-date``, in the header or in the URL."""
        if not self.authorization:
            return self.url.value(name)
        field = _IN_AUTHORIZATION.get(name)
        return self.authorization.get(field) if field else (self.headers or {}).get(name)

    @property
    def credential(self) -> Credential | None:
        """The credential, None where it is malformed."""
        match = _CREDENTIAL.fullmatch(self.claimed("x-oss-credential") or "")
        return Credential(*match.groups()) if match else None

    @property
    def begins(self) -> datetime | None:
        """``x-oss-date``, None where it is malformed."""
        found = moment(self.claimed("x-oss-date") or "", "%Y%m%dT%H%M%SZ")
        return found if found is not None and found.year < _LAST_YEAR else None

    @property
    def ends(self) -> datetime | None:
        """The first instant at which OSS refuses, as far as the URL alone decides; None where it does not."""
        life = self.url.value("x-oss-expires") or ""
        if self.begins is None or not re.fullmatch("[0-9]{1,7}", life):
            return None
        return self.begins + timedelta(seconds=int(life))

    @property
    def has_token(self) -> bool:
        return bool(self.claimed("x-oss-security-token"))

    @property
    def looked_at(self) -> datetime:
        """The time by OSS's clock where it said so, by this machine's where it did not."""
        return (self.answer and self.answer.server_time) or self.now


def moment(text: str, form: str) -> datetime | None:
    """Return the UTC time that ``text`` writes in ``form``, None where it does not."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def read(text: str) -> SignedUrl:
    """Return the URL taken apart; raises ``ValueError`` for what is no http(s) URL."""
    try:
        split = urlsplit(text)
    except ValueError:
        raise ValueError(f"{_NO_URL}; '[' and ']' surround no host name") from None
    if split.scheme not in ("http", "https") or not split.hostname:
        raise ValueError(_NO_URL)
    pieces = [piece for piece in split.query.split("&") if piece]
    return SignedUrl(
        text=text,
        host=host_of(split.hostname),
        path=split.path or "/",
        parameters=tuple(_parameter(piece) for piece in pieces),
    )


def _parameter(raw: str) -> Parameter:
    name, _, value = raw.partition("=")
    return Parameter(unquote(name), unquote(value), raw)
