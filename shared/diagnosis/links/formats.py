"""URLs that a program printed as a format: ``%2F`` is a verb with a width to ``printf`` (Go, fmt; C, printf)."""

from __future__ import annotations

import re

_VERB = re.compile(
    r"%!(?P<verb>[A-Za-z])\((?:MISSING|BADINDEX|[a-z][^()=&]*=[^()&]*)\)(?P<next>[0-9A-Fa-f]?)"
)
_EXTRA = re.compile(r"%!\(EXTRA .*\Z", re.S)
_ZERO = re.compile(r"(x-oss-credential=[^&]*?)0\.000000(?=[0-9]{8}|[a-z])")
_IN_QUERIES = {"A": "%3A", "B": "%2B", "C": "%2C", "D": "%3D", "F": "%2F"}


def from_printf(text: str) -> str:
    """Return the URL as it was before Go or C printed it; what cannot be told stays, with its ``%!``.

    Go writes ``%!F(MISSING)`` for ``%2F``, and ``%!E(MISSING)4`` for ``%E4``; C writes ``0.000000``.
    """
    while (better := _ZERO.sub(r"\1%2F", text)) != text:
        text = better
    path, mark, query = _EXTRA.sub("", text).partition("?")
    is_beyond_ascii = "%!E(" in path
    return _in_path(path, joined=is_beyond_ascii) + mark + _VERB.sub(_in_query, query)


def _in_query(found: re.Match[str]) -> str:
    known = _IN_QUERIES.get(found["verb"].upper())
    return f"{known}{found['next']}" if known else found[0]


def _in_path(path: str, *, joined: bool) -> str:
    def meant(found: re.Match[str]) -> str:
        verb, after = found["verb"], found["next"]
        if joined and verb in "CDEFAB" and after:
            return f"%{verb}{after}"
        if verb == "B":
            return f"%2B{after}"
        # Signers write upper-case digits: a small letter is the text's own, behind the width of a space.
        return f"%20{verb}{after}" if verb.islower() else found[0]

    return _VERB.sub(meant, path)
