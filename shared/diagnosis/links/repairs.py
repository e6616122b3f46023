"""Damage that a URL takes on its way through mails, pages and consoles, and that can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from shared.diagnosis.case import Finding
from shared.diagnosis.links.decoded import encode_whole
from shared.diagnosis.links.formats import from_printf
from shared.diagnosis.links.surroundings import link_in, without_html_escapes
from shared.errors import InvalidRequest

MAX_URL_CHARACTERS = 16_384
"""Twice what servers take; nothing here takes long for less."""

_MAX_ROUNDS = 20
"""More often nothing is wrapped, each time in another way."""

_COLON_AND_SLASH = "%(?:25)*3A(?:%(?:25)*5C)*%(?:25)*2F"
_ENCODED_WHOLE = re.compile(rf"https?{_COLON_AND_SLASH}", re.I)
_ENCODED_AGAIN = re.compile(r"x-oss-credential=[^&/]*%25(?:25)*2F", re.I)
_WRAPPED = re.compile(rf"https?://[^?]*\?(?:[^&]*&)*?[^&=]*=(https?{_COLON_AND_SLASH}[^&]*x-oss-[^&]*)", re.I)
_WRAPPED_AS_IT_IS = re.compile(r"https?://[^?]*\?[^?]*?=(https?://[^?]*\?[^?]*x-oss-.*)", re.I | re.S)
_UNSEEN = re.compile(r"[\r\n\t]+ *|[\u00a0\u00ad\u200b-\u200d\u2060\ufeff]")
_JSON = re.compile(r"\\+(?:u00|x)([2-7][0-9a-f])", re.I)
_AFTER_SIGNATURE = re.compile(r"(x-oss-signature=[0-9a-f]{64})[^0-9a-zA-Z&#%][^&]*\Z")


class Repair(NamedTuple):
    """One kind of damage, and how to undo it."""

    code: str
    cause: str
    remedy: str
    undo: Callable[[str], str]


def _decode_whole(text: str) -> str:
    while _ENCODED_WHOLE.match(text):
        text = unquote(text)
    return text


def _decode_once(text: str) -> str:
    while _ENCODED_AGAIN.search(text):
        text = text.replace("%25", "%")
    return text


def _unwrap(text: str) -> str:
    """Return the URL inside a link that leads through somebody else's server."""
    found = _WRAPPED.match(text)
    if found:
        return unquote(found[1])
    as_it_is = _WRAPPED_AS_IT_IS.match(text)
    return as_it_is[1] if as_it_is else text


def _from_mail(text: str) -> str:
    """Undo quoted-printable (RFC 2045 section 6.7), where a URL's own '=' shows it."""
    if "x-oss-date=3D" not in re.sub(r"=\r?\n", "", text):
        return text
    return re.sub(r"=\r?\n", "", text).replace("=3D", "=")


def _from_json(text: str) -> str:
    return re.sub(r"\\+/", "/", _JSON.sub(lambda found: chr(int(found[1], 16)), text))


def _bare_plus(text: str) -> str:
    """Return each plus escaped: as a space where the writer escapes pluses, and writes no space otherwise."""
    is_space = re.search("%2b", text, re.I) and "%20" not in text
    return text.replace("+", "%20" if is_space else "%2B")


WRAPPINGS = (
    Repair(
        "printf",
        "A program printed the URL as a format: '(MISSING)' stands where a percent sign was taken for a verb.",
        'Print the URL as a value: fmt.Print(url), or fmt.Printf("%s", url).',
        from_printf,
    ),
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
        _from_json,
    ),
    Repair(
        "shell-escaped",
        "Backslashes stand before '?', '=' or '&': a shell put them there when the URL was pasted into it.",
        "Take them out, or leave them and take away the quotes around the URL.",
        lambda text: re.sub(r"\\([?&=%])", r"\1", text),
    ),
    Repair(
        "html-escaped",
        "The URL holds HTML's escapes, such as '&amp;': it was copied out of HTML or XML without decoding it.",
        "Decode it: '&' for each '&amp;' or '&#038;', as often as it was escaped.",
        without_html_escapes,
    ),
    Repair(
        "re-encoded",
        "The URL was percent-encoded again: its '%2F' became '%252F'.",
        "Hand it on as it is, for instance without encoding it when it is put into a request library.",
        _decode_once,
    ),
)
"""What may surround one another, in any order; undone until nothing is left of them."""

LAST = (
    Repair(
        "decoded",
        "The URL was percent-decoded: characters of the key stand bare, and the URL says something else with them.",
        "Hand it on as it is; decode no part of it, neither for a log nor for a page.",
        encode_whole,
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
"""What shows once nothing surrounds the URL."""


def repaired(url: str) -> tuple[str, list[Finding]]:
    """Return the URL with all damage undone, and a finding for each kind that was there.

    What surrounds a URL in a text, and an anchor after its signature, are no damage: no client sends them.
    Raises ``InvalidRequest`` for what is too long for a URL.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise InvalidRequest(f"a URL has at most {MAX_URL_CHARACTERS} characters")
    text, kinds = link_in(url), dict[Repair, None]()
    for _ in range(_MAX_ROUNDS):
        before = text
        text = _undone(text, WRAPPINGS, kinds)
        if text == before:
            break
    text = _undone(text, LAST, kinds)
    # Each finding shows the URL as it works: with one kind of damage undone it would still be broken.
    whole = None if "%!" in text else text
    return text, [Finding(kind.code, kind.cause, kind.remedy, whole) for kind in kinds]


def _undone(text: str, repairs: tuple[Repair, ...], kinds: dict[Repair, None]) -> str:
    """Return the text without what ``repairs`` undo, and note in ``kinds`` which of them did."""
    for repair in repairs:
        better = repair.undo(text)
        if better != text:
            kinds.setdefault(repair)
        text = better
    return text
