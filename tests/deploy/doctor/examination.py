"""An examination: what is asked in which order, and the report with its exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shared.diagnosis.report import shown
from tests.deploy.doctor import functions, storage
from tests.deploy.doctor.case import Case, Unanswered
from tests.deploy.doctor.causes import Finding

Check = Callable[[Case], Iterator[Finding]]
FATAL = frozenset({"unreachable", "certificate", "no-route", "not-json", "open", "misconfigured", "no-https"})
"""After one of these, nothing further is worth asking, and no token is sent."""


def examine(case: Case) -> list[Finding]:
    """Return what is wrong with the deployment, the first cause first."""
    found = _asked(functions.stranger, case)
    if FATAL & {each.code for each in found}:
        return found
    found += _asked(functions.pages, case)
    if not case.token:
        case.skipped.append("what a caller gets: no --token")
        return found
    found += _asked(functions.caller, case)
    if not case.access:
        return found
    checks: list[Check] = [storage.reading, storage.listing]
    for check in [*checks, storage.writing] if case.write else checks:
        found += _asked(check, case)
        if "own-domain" in {each.code for each in found}:
            break
    return found


def _asked(check: Check, case: Case) -> list[Finding]:
    try:
        return list(check(case))
    except Unanswered as error:
        return [Finding(error.code, error.seen)]


def report(case: Case, found: Sequence[Finding]) -> str:
    """Return the findings as text: the name, what was seen, the cause, the remedy; then what was not looked at."""
    lines = []
    for each in found:
        lines += [f"{each.code}: {each.cause}"]
        lines += [f"  seen    {shown(each.seen)}"] if each.seen else []
        lines += [f"  remedy  {each.remedy}", ""]
    lines += [f"not looked at: {shown(what)}" for what in case.skipped]
    return "\n".join(lines if found else [*lines, "nothing is wrong with what was asked"])
