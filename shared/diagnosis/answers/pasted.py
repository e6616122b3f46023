"""The error document in what was pasted: XML as viewers, logs, pages and programs write it, or its base64."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from html import escape, unescape

MAX_CHARACTERS = 1 << 20
"""Of a longer text, such as a whole log, the end is read."""

_NAME = r"(?:[A-Za-z0-9]+:)?(?P<name>[A-Za-z][A-Za-z0-9-]*)"
_ELEMENT = re.compile(rf"<{_NAME}(?:\s[^<>]*)?>(?P<text>[^<]*)</(?:[A-Za-z0-9]+:)?(?P=name)\s*>")
_CODE = re.compile(r"<(?:[A-Za-z0-9]+:)?Code(?:\s[^<>]*)?>\s*[^<\s][^<]*</")
_ERROR = re.compile(r"<(?:[A-Za-z0-9]+:)?Error\b")
_END = re.compile(r"</(?:[A-Za-z0-9]+:)?Error\s*>")
_MARKUP = re.compile(r"</?(?:span|div|pre|code|td|tr|p|b|i|em|font|a|br|li|ul|mark|strong)\b[^<>]*>")
_HEADER = re.compile(r"x-oss-err['\"]?\s*[:=]\s*['\"]?(?P<text>[A-Za-z0-9+/=]{16,})", re.I)
_ESCAPE = re.compile(r"\\(?:u(?P<unicode>[0-9a-fA-F]{4})|x(?P<byte>[0-9a-fA-F]{2})|(?P<one>.))")
_MEANT = {"n": "\n", "r": "", "t": "\t"}
_ROUNDS = 8
"""More often nothing is escaped."""


def text_of(data: bytes) -> str:
    """Return a file as text; Windows' shells write UTF-16, with a mark that says so."""
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_utf_16 else "utf-8", errors="replace")


def elements(text: str) -> tuple[dict[str, str], str]:
    """Return the elements of the last error document in ``text``, and what stands behind it.

    The document is flat: no XML parser, and so no entities to be careful about.
    """
    document, rest = _last(_readable(text[-MAX_CHARACTERS:]))
    return {found["name"]: plain(found["text"]) for found in _ELEMENT.finditer(document)}, rest


def from_json(text: str) -> str:
    """Undo the escapes of a string in JSON, Python or JavaScript, once; no surrogates, no control characters."""

    def meant(found: re.Match[str]) -> str:
        number = found["unicode"] or found["byte"]
        if not number:
            return _MEANT.get(found["one"], found["one"])
        character = chr(int(number, 16))
        return character if character.isprintable() or character == "\n" else found[0]

    return _ESCAPE.sub(meant, text)


def plain(text: str) -> str:
    """Return the text of an element: unescaped, without what indentation put around it and its lines."""
    if "\\n" in text and "\n" not in text.strip():
        text = from_json(text)
    return "\n".join(line.strip() for line in unescape(text).replace("\r\n", "\n").strip().split("\n"))


def _readable(text: str) -> str:
    """Return ``text`` freed of what escapes or surrounds its elements, as often as it was escaped."""
    header = _HEADER.search(text)
    document = _without_cdata(_decoded(header["text"]) if header else text)
    if "<" not in document and "&" not in document and "\\" not in document:
        document = _decoded(document)
    for _ in range(_ROUNDS):
        if _CODE.search(document):
            break
        document = unescape(from_json(_MARKUP.sub("", document)))
    return document


def _last(document: str) -> tuple[str, str]:
    codes = [found.start() for found in _CODE.finditer(document)]
    if not codes:
        return document, document
    begins = [found.start() for found in _ERROR.finditer(document) if found.start() <= codes[-1]]
    # STS writes RequestId and HostId before Code.
    start = begins[-1] if begins else codes[-1] if len(codes) > 1 else 0
    end = _END.search(document, codes[-1])
    return (document[start : end.end()], document[end.end() :]) if end else (document[start:], "")


def _without_cdata(text: str) -> str:
    first, *sections = text.split("<![CDATA[")
    parts = (section.partition("]]>") for section in sections)
    return first + "".join(escape(inside, quote=False) + after for inside, _, after in parts)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return text
