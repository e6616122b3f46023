"""Damage that a URL takes on its way through mails, pages and consoles, and that can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

from shared.diagnosis.case import Finding
from shared.errors import InvalidRequest

MAX_URL_CHARACTERS = 16_384
"""Twice what servers take; nothing here takes long for less."""

_ENCODED_TWICE = re.compile(r"x-oss-credential=[^&]*%25(?:2[fF]|252[fF])")
_WRAPPED = re.compile(r"https?://[^?]*\?(?:[^&]*&)*?[^&=]*=(https?%3A%2F%2F[^&]*x-oss-[^&]*)", re.I)
_IN_A_TEXT = re.compile(r"https?:(?://|\\/\\/)[^\s\"'<>|]+")
_IN_MARKDOWN = re.compile(r"\]\((https?:(?://|\\/\\/)[^\s]+?)\)?\Z", re.S)
_ENTITY = re.compile("&(?:[a-z]{2,8}|#[0-9]{1,6}|#x[0-9a-f]{1,5});", re.I)
_PRINTED = {"A": "%3A", "B": "%2B", "C": "%2C", "D": "%3D", "F": "%2F"}
_QUOTES = "<>\"'\u201c\u201d\u2018\u2019\u300c\u300d"
MAX_ROUNDS = 10
"""More often nothing is escaped."""
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
    """Undo HTML's escapes, whatever the character and however often it was escaped."""
    for _ in range(MAX_ROUNDS):
        better = _ENTITY.sub(lambda found: unescape(found[0].lower()), text)
        if better == text:
            break
        text = better
    return text


def _from_printf(text: str) -> str:
    """Undo what Go prints for an escape that it took for a format: ``%2F`` becomes ``%!F(MISSING)``."""
    return re.sub(r"%!([ABCDF])\(MISSING\)", lambda found: _PRINTED[found[1]], text)


def _bare_plus(text: str) -> str:
    """Return each plus escaped: as a space where the writer escapes real ones, else as itself."""
    return text.replace("+", "%20" if re.search("%2b", text, re.I) else "%2B")


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
        "printf",
        "A program printed the URL as a format: '(MISSING)' stands where a percent sign was taken for a verb.",
        'Print the URL as a value: fmt.Print(url), or fmt.Printf("%s", url).',
        _from_printf,
    ),
    Repair(
        "html-escaped",
        "The URL holds HTML's escapes, such as '&amp;': it was copied out of HTML or XML without decoding it.",
        "Decode it: '&' for each '&amp;' or '&#038;', as often as it was escaped.",
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
        _bare_plus,
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
    plain = url.strip().strip(_QUOTES).rstrip("\\ ,;").strip(_QUOTES)
    text = _ANCHOR.sub(r"\1", _in_a_text(plain))
    findings = list(_undone(text))
    return (findings[-1].repaired or text) if findings else text, findings


def _in_a_text(text: str) -> str:
    """Return the URL of a Markdown link, or the first in a text that does not begin with one."""
    link = _IN_MARKDOWN.search(text)
    if link is not None:
        return link[1]
    if "|" in text and re.match("https?:", text):
        # Chat programs write <URL|what is shown>.
        return text.partition("|")[0]
    found = None if re.match("https?(?::|%3A)", text, re.I) else _IN_A_TEXT.search(text)
    return found[0] if found else text


def _undone(text: str) -> Iterator[Finding]:
    for repair in REPAIRS:
        better = repair.undo(text)
        if better != text:
            yield Finding(repair.code, repair.cause, repair.remedy, better)
        text = better
