"""OSS's error document: flat XML, or the same in base64 where a HEAD carried it in ``x-oss-err``."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timezone
from html import unescape
from typing import NamedTuple

_ELEMENT = re.compile(r"<(?P<name>[A-Za-z]+)>(?P<text>[^<]*)</(?P=name)>")


class CanonicalRequest(NamedTuple):
    """The six parts that OSS hashed (OSS V4, canonical request), as far as a comparison needs them."""

    method: str
    uri: str
    query: str
    headers: dict[str, str]


class OssError(NamedTuple):
    """A refusal: its ``Code``, ``EC`` and ``Message`` in lower case, and all other elements."""

    code: str
    ec: str
    message: str
    elements: dict[str, str]

    @property
    def server_time(self) -> datetime | None:
        """OSS's clock when it refused, where the document says so."""
        return _time(self.elements.get("ServerTime", ""))

    @property
    def canonical(self) -> CanonicalRequest | None:
        """What OSS hashed, where the document says so."""
        return _canonical(self.elements.get("CanonicalRequest", ""))

    @property
    def canonical_hash(self) -> str:
        """The hash that ends the string to sign, empty where the document does not say it."""
        lines = self.elements.get("StringToSign", "").split("\n")
        return lines[3] if len(lines) == 4 else ""


def read(text: str) -> OssError:
    """Return the refusal in ``text``; raises ``ValueError`` where it holds no error document of OSS."""
    document = (text if "<" in text or "&lt;" in text else _decoded(text)).replace("\r\n", "\n")
    if "<Code>" not in document:
        # Copied out of a page that shows it.
        document = unescape(document)
    # The document is flat: no XML parser, and so no entities to be careful about.
    elements = {found["name"]: unescape(found["text"]) for found in _ELEMENT.finditer(document)}
    if "Code" not in elements:
        raise ValueError("no error document of OSS: <Error> with a <Code>, or the value of x-oss-err")
    return OssError(
        elements["Code"].strip(),
        elements.get("EC", "").strip(),
        elements.get("Message", "").lower(),
        elements,
    )


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _time(text: str) -> datetime | None:
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    return None


def _canonical(text: str) -> CanonicalRequest | None:
    lines = text.split("\n")
    if len(lines) < 6:
        return None
    method, uri, query, *headers = lines[:-3]
    pairs = (line.partition(":") for line in headers)
    return CanonicalRequest(method, uri, query, {name: value for name, _, value in pairs})
