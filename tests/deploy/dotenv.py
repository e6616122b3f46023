"""The file ``.env`` beside template.yml, read as the Serverless Devs command line reads it.

That is dotenv 16 and dotenv-expand 10, with what JavaScript means by white space, line ends and replacement; the
variables of the shell win, and are expanded too where the file names them. The command line reads the file once
for each time it takes the template apart: started beside it, twice for a preview, three times for a deployment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

ROUNDS = 2
"""How often ``s preview`` reads the file; only what holds an escaped dollar notices."""
DEPLOYMENT_ROUNDS = 3
"""How often ``s deploy`` does."""

_ENDS = "\\n\\r\\u2028\\u2029"
_SPACE = f"[\\t\\v\\f \\xa0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\ufeff{_ENDS}]"
_LINE_BEGINS, _LINE_ENDS = f"(?:(?<![\\s\\S])|(?<=[{_ENDS}]))", f"(?=[{_ENDS}]|\\Z)"
_WHITE = "\t\v\f \xa0\u1680\u202f\u205f\u3000\ufeff\n\r\u2028\u2029" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_VALUE = rf"{_SPACE}*'(?:\\'|[^'])*'|{_SPACE}*\"(?:\\\"|[^\"])*\"|{_SPACE}*`(?:\\`|[^`])*`|[^#\r\n]+"
_LINE = re.compile(
    rf"{_LINE_BEGINS}{_SPACE}*(?:export{_SPACE}+)?([A-Za-z0-9_.-]+)(?:{_SPACE}*?=|:{_SPACE}+?)"
    rf"({_VALUE})?{_SPACE}*(?:#[^{_ENDS}]*)?{_LINE_ENDS}"
)
_QUOTED = re.compile(rf"{_LINE_BEGINS}(['\"`])([\s\S]*)\1{_LINE_ENDS}")
_REFERENCE = re.compile(r"(?<!\\)\$\{?([A-Za-z0-9_]+)(?::-([^}\\]*))?\}?")
_MOST_REPLACEMENTS = 500


class BadEnvFile(Exception):
    """``.env`` cannot be read, or a variable of it means itself."""


def with_file(environ: Mapping[str, str], *, file: Path, rounds: int = ROUNDS) -> dict[str, str]:
    """Return the variables of the shell, and below them those of the file; raises ``BadEnvFile``."""
    found = dict(environ)
    if file.exists():
        parsed = parse(_text(file))
        for _ in range(rounds):
            _expand(parsed, found)
    return found


def named_in(file: Path) -> list[str]:
    """Return the names that a file sets, in its order; raises ``BadEnvFile``."""
    return list(parse(_text(file))) if file.exists() else []


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise BadEnvFile(f"{file.name}: {error.strerror}") from error


def parse(text: str) -> dict[str, str]:
    """Return the names and values of a file, before expansion (dotenv 16, ``parse``)."""
    found = {}
    for line in _LINE.finditer(re.sub(r"\r\n?", "\n", text)):
        value = (line[2] or "").strip(_WHITE)
        bare = _QUOTED.sub(lambda quoted: quoted[2], value)
        found[line[1]] = bare.replace("\\n", "\n").replace("\\r", "\r") if value[:1] == '"' else bare
    return found


def _expand(parsed: dict[str, str], environ: dict[str, str]) -> None:
    """Write the expanded values into ``environ``, as one reading of the file does (dotenv-expand 10)."""
    for name, text in parsed.items():
        if "\0" in text:
            raise BadEnvFile(f".env: {name} holds a character that no variable can hold")
        environ.setdefault(name, text)
    expanded = {name: _expanded(name, parsed, environ) for name in parsed}
    environ |= expanded


def _expanded(name: str, parsed: dict[str, str], environ: Mapping[str, str]) -> str:
    value = environ[name]
    for _ in range(_MOST_REPLACEMENTS):
        reference = _last_reference(value)
        if reference is None:
            parsed[name] = value.replace("\\$", "$")
            return parsed[name]
        new = environ.get(reference[1]) or reference[2] or parsed.get(reference[1]) or ""
        value = _replaced_first(value, reference[0], new)
    raise BadEnvFile(f".env: {name} refers to itself; put a value in place of ${name}")


def _last_reference(value: str) -> re.Match[str] | None:
    dollars = [found.start() for found in re.finditer(r"(?<!\\)\$", value)]
    return _REFERENCE.match(value, dollars[-1]) if dollars else None


def _replaced_first(value: str, old: str, new: str) -> str:
    """Return ``value.replace(old, new)`` of JavaScript: the first one, with ``$$``, ``$&``, ``$``` and ``$'``."""
    before, _, after = value.partition(old)
    meaning = {"$$": "$", "$&": old, "$`": before, "$'": after}
    return before + re.sub(r"\$[$&`']", lambda sign: meaning[sign[0]], new) + after


def unstable(file: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the names that a preview and a deployment would read differently: their dollars are escaped."""
    previewed, deployed = (
        with_file(environ, file=file, rounds=rounds) for rounds in (ROUNDS, DEPLOYMENT_ROUNDS)
    )
    return [name for name, value in deployed.items() if previewed[name] != value]
