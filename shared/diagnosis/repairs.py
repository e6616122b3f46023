"""Damage that a URL takes on its way through mails, pages and consoles, and that can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from shared.diagnosis.case import Finding
from shared.errors import InvalidRequest

MAX_URL_CHARACTERS = 16_384
"""Twice what servers take; nothing here takes long for less."""

_ENCODED_TWICE = re.compile(r"x-oss-credential=[^&]*%25(?:2[fF]|252[fF])")
_WRAPPED = re.compile(r"https?://[^?]*\?(?:[^&]*&)*?[^&=]*=(https?%3A%2F%2F[^&]*x-oss-[^&]*)", re.I)
_IN_A_TEXT = re.compile(r"https?:(?://|\\/\\/)[^\s\"'<>|]+")
_UNSEEN = re.compile(r"[\r\n\t]+ *|[\u00a0\u00ad\u200b-\u200d\u2060\ufeff]")
_ANCHOR = re.compile(r"(x-oss-signature=[0-9a-f]{64}[^#]*)#.*\Z", re.S)
_AFTER_SIGNATURE = re.compile(r"(x-oss-signature=[0-9a-f]{64})[^0-9a-zA-Z&#%][^&]*\Z")


class Repair(NamedTuple):
    """One kind of damage, and how to undo it."""

    code: str
    cause: str
    remedy: str
    undo: Callable[[str], str]


def _decode_whole(text: str) -> str:
    return unquote(text) if re.match(r"https?%3A%2F%2F", text, re.I) else text


def _decode_once(text: str) -> str:
    return text.replace("%25", "%") if _ENCODED_TWICE.search(text) else text


def _unwrap(text: str) -> str:
    """Return the URL inside a link that leads through somebody else's server."""
    found = _WRAPPED.match(text)
    return unquote(found[1]) if found else text


def _from_mail(text: str) -> str:
    """Undo quoted-printable (RFC 2045 section 6.7), where a URL's own '=' shows it."""
    if "x-oss-date=3D" not in re.sub(r"=\r?\n", "", text):
        return text
    return re.sub(r"=\r?\n", "", text).replace("=3D", "=")


def _from_html(text: str) -> str:
    return re.sub("&(?:amp|#38|#x26);", "&", text, flags=re.I)


REPAIRS = (
    Repair(
        "quoted-printable",
        "The URL was copied out of the source of a mail: '=' stands there as '=3D', and lines end in '='.",
        "Decode the mail (quoted-printable), or copy the link from where the mail is shown.",
        _from_mail,
    ),
    Repair(
        "line-break",
        "The URL holds line breaks, spaces or characters that cannot be seen, which are not part of a URL.",
        "Copy it in one piece, or write a space of the key as %20.",
        lambda text: _UNSEEN.sub("", text).replace(" ", "%20"),
    ),
    Repair(
        "re-encoded",
        "The whole URL was percent-encoded, as a value inside another URL is.",
        "Decode it once before use.",
        _decode_whole,
    ),
    Repair(
        "wrapped",
        "The URL is the parameter of another one: a mail or chat service leads its links through its own server.",
        "Use the inner URL.",
        _unwrap,
    ),
    Repair(
        "json-escaped",
        "The URL holds JSON's escapes: it was copied out of a JSON text without parsing it.",
        "Parse the JSON, and use the string that it gives.",
        lambda text: text.replace("\\u0026", "&").replace("\\/", "/"),
    ),
    Repair(
        "shell-escaped",
        "Backslashes stand before '?', '=' or '&': a shell put them there when the URL was pasted into it.",
        "Take them out, or leave them and take away the quotes around the URL.",
        lambda text: re.sub(r"\\([?&=%])", r"\1", text),
    ),
    Repair(
        "html-escaped",
        "The URL holds '&amp;': it was copied out of HTML or XML without decoding it.",
        "Write '&' for each '&amp;'.",
        _from_html,
    ),
    Repair(
        "re-encoded",
        "The URL was percent-encoded again: its '%2F' became '%252F'.",
        "Hand it on as it is, for instance without encoding it when it is put into a request library.",
        _decode_once,
    ),
    Repair(
        "bare-plus",
        "A bare '+' stands in the URL; OSS reads it as a space, but it was signed as '+' or as '%20'.",
        "Write each '+' as '%2B' (as '%20' where a space was meant).",
        lambda text: text.replace("+", "%2B"),
    ),
    Repair(
        "fragment",
        "A bare '#' stands in the URL; clients send nothing of what follows it.",
        "Write '#' as '%23' where it belongs to the key.",
        lambda text: text.replace("#", "%23"),
    ),
    Repair(
        "trailing-characters",
        "Something follows the signature, such as a bracket or a full stop of the sentence around it.",
        "End the URL with the 64 digits of its signature.",
        lambda text: _AFTER_SIGNATURE.sub(r"\1", text),
    ),
)


def repaired(url: str) -> tuple[str, list[Finding]]:
    """Return the URL with all damage undone, and a finding for each kind that was there.

    What surrounds a URL in a text, and an anchor after its signature, are no damage: no client sends them.
    Raises ``InvalidRequest`` for what is too long for a URL.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise InvalidRequest(f"a URL has at most {MAX_URL_CHARACTERS} characters")
    text = _ANCHOR.sub(r"\1", _in_a_text(url.strip().strip("<>\"'").rstrip("\\ ,;")))
    findings = list(_undone(text))
    return (findings[-1].repaired or text) if findings else text, findings


def _in_a_text(text: str) -> str:
    """Return the first URL in a text that does not begin with one, such as a curl command or Markdown."""
    found = None if re.match("https?(?::|%3A)", text, re.I) else _IN_A_TEXT.search(text)
    return found[0] if found else text


def _undone(text: str) -> Iterator[Finding]:
    for repair in REPAIRS:
        better = repair.undo(text)
        if better != text:
            yield Finding(repair.code, repair.cause, repair.remedy, better)
        text = better
