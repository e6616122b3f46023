"""What stands around a URL in a text, and is no damage: quotes, brackets, Markdown, HTML, commands, chats."""

from __future__ import annotations

import re
from html import unescape

_QUOTES = "<>\"'`*\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u2039\u203a\u300c\u300d"
_IN_A_TEXT = re.compile(r"https?(?::(?:\\*/){2}|%(?:25)*3A%)[^\s\"'<>|`\u201c\u201d\u00ab\u00bb]+", re.I)
_IN_MARKDOWN = re.compile(r"\]\(\s*<?(https?:(?:\\*/){2}[^\s<>\"]+)")
_ESCAPED_QUOTE = r"&(?:amp;)*(?:quot|apos|lt|gt|#0*(?:34|39|60|62)|#x0*(?:22|27|3c|3e));"
_BEHIND_THE_SIGNATURE = re.compile(
    rf"(x-oss-signature(?:=|=3D)[0-9a-f]{{64}}[^\"<>`]*?)(?:{_ESCAPED_QUOTE}|[\"<>`\u201d\u00bb]).*\Z",
    re.I | re.S,
)
_ENTITY_AT_THE_END = re.compile(r"&#?[0-9a-z]{1,32};\Z", re.I)
_ANCHOR = re.compile(r"(x-oss-signature=[0-9a-f]{64}[^#&]*(?:&(?!#)[^#&]*)*)#.*\Z", re.S)


def link_in(text: str) -> str:
    """Return the URL in ``text``, the first that is signed; without an anchor, which no client sends."""
    plain = text.strip().strip(_QUOTES)
    plain = plain if _ENTITY_AT_THE_END.search(plain) else plain.rstrip("\\ ,;").strip(_QUOTES)
    return _ANCHOR.sub(r"\1", _BEHIND_THE_SIGNATURE.sub(r"\1", _found(plain)))


def _found(text: str) -> str:
    links = [_balanced(found[1]) for found in _IN_MARKDOWN.finditer(text)]
    if links:
        return _signed(links)
    if re.match("https?(?::|%)", text, re.I):
        # Chat programs write <URL|what is shown>.
        return text.partition("|")[0]
    return _signed([found[0].rstrip("\\") for found in _IN_A_TEXT.finditer(text)] or [text])


def _signed(links: list[str]) -> str:
    return next((link for link in links if re.search("x-oss-|Signature=|auth_key=", link)), links[0])


def _balanced(text: str) -> str:
    """Return what precedes the bracket that ends a link of Markdown; keys may hold brackets of their own."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return text[:place]
    return text


_AMPERSANDS = re.compile("&(?:amp;|#0{0,6}38;|#x0{0,6}26;)+", re.I)
_ENTITY = re.compile("&(?:[a-z][a-z0-9]{1,31}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.I)
_OPEN_AMPERSAND = re.compile("&(?:amp|#0{0,6}38|#x0{0,6}26)(?=x-oss-)", re.I)


def without_html_escapes(text: str) -> str:
    """Undo HTML's escapes, whatever the character, however it is written and however often it was escaped."""
    while (better := _OPEN_AMPERSAND.sub("&", _ENTITY.sub(_meant, _AMPERSANDS.sub("&", text)))) != text:
        text = better
    return text


def _meant(found: re.Match[str]) -> str:
    return unescape(found[0]) if unescape(found[0]) != found[0] else unescape(found[0].lower())
