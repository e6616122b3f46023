"""Findings as text for a terminal, in which nothing that was pasted can do anything."""

from __future__ import annotations

from shared.diagnosis.case import Finding
from shared.grants.objects.keys import is_plain


def report(found: list[Finding], *, colour: bool) -> str:
    """Return the findings as text, the most likely first."""
    if not found:
        good = _painted("Nothing is wrong with this URL", "32", colour)
        return f"{good}, as far as it shows without the secret."
    return "\n\n".join(_entry(number, finding, colour) for number, finding in enumerate(found, start=1))


def _entry(number: int, finding: Finding, colour: bool) -> str:
    style = "31;1" if number == 1 else "33"
    lines = [
        f"{number}. {_painted(finding.code, style, colour)}: {shown(finding.cause)}",
        f"   {_painted('Remedy:', '36', colour)} {shown(finding.remedy)}",
    ]
    if finding.repaired is not None:
        lines.append(f"   {_painted('Repaired:', '36', colour)} {shown(finding.repaired)}")
    return "\n".join(lines)


def shown(text: str) -> str:
    """Return pasted text as a terminal may show it: what moves the cursor, or cannot be seen, is escaped."""
    return "".join(
        c if is_plain(c) else c.encode("unicode_escape", "backslashreplace").decode() for c in text
    )


def _painted(text: str, style: str, colour: bool) -> str:
    return f"\033[{style}m{text}\033[0m" if colour else text
