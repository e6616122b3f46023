"""OSS's refusal, however it was pasted: XML, JSON or HTML around it, base64, or what an SDK says of it."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timezone
from html import unescape
from typing import NamedTuple

_ELEMENT = re.compile(r"<(?P<name>[A-Za-z0-9]+)>(?P<text>[^<]*)</(?P=name)>")
_CODE = re.compile(r"<Code>[^<]*</Code>")
_OF_A_CDN = re.compile(r"denied by req auth:\s*(?P<text>[a-z0-9 ]+)", re.I)
_EC = re.compile(r"\b00[0-9]{2}-[0-9]{8}\b")
_ROUNDS = 8
"""More often nothing is escaped."""

# Python (oss2 and v2), Java, Go, Node.js, PHP and .NET, each as it prints a refusal.
_SAID_CODE = re.compile(
    r"""(?:\[?error\s?code\]?|['"]?\b(?:error)?code['"]?|\bcode)['"]?\s*[:=]\s*['"]?(?P<text>[A-Z][A-Za-z0-9]+)""",
    re.I,
)
_SAID_MESSAGE = re.compile(
    r"""['"]?\[?(?:error\s?)?message\]?['"]?\s*[:=]\s*['"]?(?P<text>[^'"\n]{1,400}?)(?=['"\n]|,\s*\w+[:=]|\.\s+EC\b|\.?\s*$)""",
    re.I,
)
_NAMED = re.compile(r"\b(?P<text>[A-Z][A-Za-z]+)(?:Error|Exception)?:\s")


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
            if len(parts) == 4:
                return parts[3]
        return ""


def read(text: str) -> OssError:
    """Return the refusal in ``text``, the last where there are several; raises ``ValueError`` where there is none."""
    document = _unwrapped(text)
    elements = {found["name"]: _plain(found["text"]) for found in _ELEMENT.finditer(document)}
    denied = _OF_A_CDN.search(text)
    if "Code" not in elements and denied is not None:
        elements = {"Code": "Denied", "Message": denied["text"]}
    if "Code" not in elements:
        elements = _as_an_sdk_says_it(text)
    if not elements.get("Code"):
        raise ValueError(
            "no error document of OSS: its XML with a <Code>, the value of x-oss-err, or what an SDK says of it"
        )
    return OssError(elements["Code"], elements.get("EC", ""), elements.get("Message", "").lower(), elements)


def _unwrapped(text: str) -> str:
    """Return the last error document in a text, freed of what escaped it."""
    document = text if "<" in text or "&" in text or "\\" in text else _decoded(text)
    for _ in range(_ROUNDS):
        if _CODE.search(document):
            break
        document = unescape(_from_json(document))
    starts = [found.start() for found in re.finditer(r"<Error\b", document)]
    last_code = [found.start() for found in _CODE.finditer(document)]
    if not last_code:
        return document
    before = [start for start in starts if start <= last_code[-1]]
    return document[before[-1] :] if before else document[last_code[-1] :] if len(last_code) > 1 else document


def _from_json(text: str) -> str:
    for escaped, plain in (("\\u003c", "<"), ("\\u003e", ">"), ("\\u0026", "&"), ("\\n", "\n"), ("\\r", "")):
        text = text.replace(escaped, plain).replace(escaped.upper().replace("\\U", "\\u"), plain)
    return text.replace('\\"', '"').replace("\\/", "/")


def _plain(text: str) -> str:
    """Return the text of an element: unescaped, without what indentation put around it and its lines."""
    return "\n".join(line.strip() for line in unescape(text).replace("\r\n", "\n").strip().split("\n"))


def _as_an_sdk_says_it(text: str) -> dict[str, str]:
    """Return code, EC and message out of an exception or a line of a log; empty where none is there."""
    code = _last(_SAID_CODE, text) or (_last(_NAMED, text) if _EC.search(text) else "")
    ecs = _EC.findall(text)
    elements = {"Code": code, "Message": _last(_SAID_MESSAGE, text), "EC": ecs[-1] if ecs else ""}
    return {name: said.strip() for name, said in elements.items() if said}


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = [match["text"] for match in pattern.finditer(text)]
    return found[-1] if found else ""


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return text


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

    Method, path, query and the payload's hash hold no blank. Header values may: a header begins where a name
    that OSS signs stands before a colon.
    """
    found = re.fullmatch(r"([A-Z]+)\s+(/\S*)\s+(\S*[=&]\S*|)\s*(.*?)\s*\S+", text.strip(), re.S)
    if found is None:
        return None
    headers = re.split(r"\s+(?=(?:content-type|content-md5|x-oss-[a-z0-9-]+|host):)", f" {found[4]}")
    # What follows the last header names the additional ones: words without a colon, joined by ';'.
    headers[-1] = (
        re.sub(r"\s+[a-z0-9-]+(?:;[a-z0-9-]+)*\Z", "", headers[-1])
        if ";" in headers[-1].rsplit(" ", 1)[-1]
        else headers[-1]
    )
    return [found[1], found[2], found[3], *(each for each in headers if each.strip())]
