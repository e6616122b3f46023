"""OSS's refusal, however it was pasted: XML, JSON or HTML around it, base64, or what an SDK says of it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import NamedTuple

from shared.diagnosis.answers import exceptions, pasted

OF_THE_CDN = "Denied"
"""What stands for a code where a CDN refuses, which writes a header and no document."""

_HASH = re.compile("[0-9a-f]{64}")
_OF_A_CDN = re.compile(r"denied by req auth:\s*(?P<text>[a-z0-9 ]+)", re.I)


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
        """What OSS hashed, where the document says so and it can be told apart."""
        return _canonical(self.elements.get("CanonicalRequest", ""))

    @property
    def canonical_hash(self) -> str:
        """The hash that ends the string to sign, empty where the document does not say it."""
        for text in (
            self.elements.get("StringToSign", ""),
            _of_bytes(self.elements.get("StringToSignBytes", "")),
        ):
            # Line breaks may have become blanks on the way; none of the four lines holds one.
            parts = text.split()
            if len(parts) == 4 and _HASH.fullmatch(parts[3]):
                return parts[3]
        return ""


def read(text: str) -> OssError:
    """Return the refusal in ``text``, the last where there are several; raises ``ValueError`` where there is none."""
    elements, behind = pasted.elements(text)
    denied = _OF_A_CDN.search(text)
    if elements.get("Code"):
        elements = _later(behind) or elements
    elif denied is not None:
        elements = {"Code": OF_THE_CDN, "Message": denied["text"].strip()}
    else:
        elements = exceptions.elements(text)
    if not elements.get("Code"):
        raise ValueError(
            "no error document of OSS: its XML with a <Code>, the value of x-oss-err, or what an SDK says of it"
        )
    return OssError(elements["Code"], elements.get("EC", ""), elements.get("Message", "").lower(), elements)


def _later(text: str) -> dict[str, str]:
    """Return the exception that follows a document; empty where none does."""
    return exceptions.elements(text) if re.search(r"error ?code\]?\s*[:=]", text, re.I) else {}


def _of_bytes(text: str) -> str:
    try:
        return bytes.fromhex(text).decode()
    except ValueError:
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
    if len(lines) >= 6:
        method, uri, query, *headers = lines[:-3]
    else:
        method, uri, query, *headers = _out_of_one_line(text) or ("", "", "")
    if not uri.startswith("/"):
        return None
    pairs = (line.partition(":") for line in headers if line)
    return CanonicalRequest(method, uri, query, {name: value.strip() for name, _, value in pairs})


def _out_of_one_line(text: str) -> list[str] | None:
    """Return the lines of a canonical request whose line breaks became blanks.

    Method, path, query and the payload's hash hold no blank, and an encoded query no colon. Header values may hold
    both: a header begins where a name that OSS signs stands before a colon.
    """
    begun = re.match(r"([A-Z]+)\s+(/\S*)\s+", text)
    if begun is None:
        return None
    query, _, rest = text[begun.end() :].partition(" ")
    if ":" in query or not rest:
        query, rest = "", text[begun.end() :]
    named = re.search(r"x-oss-additional-headers=([^&]*)", query)
    additional = named[1].replace("%3B", ";") if named else ""
    headers = rest.strip().rpartition(" ")[0].rstrip()
    names = "|".join(
        ["content-type", "content-md5", "x-oss-[a-z0-9-]+", *map(re.escape, additional.split(";"))]
    )
    lines = re.split(rf"\s+(?=(?:{names}):)", f" {headers}")
    # The names of additional headers follow the last header: of a URL, as its query says them.
    last, _, listed = lines[-1].rpartition(" ")
    if listed and (listed == additional or re.fullmatch("[a-z0-9-]+(?:;[a-z0-9-]+)+", listed)):
        lines[-1] = last
    return [begun[1], begun[2], query, *(line.strip() for line in lines if line.strip())]
