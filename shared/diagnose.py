"""Why 403? Names the cause of a refused URL, without any secret.

python -m shared.diagnose 'https://…' [--error answer.xml] [--method PUT] [--header 'Content-Type: image/png']
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from shared.diagnosis.answers import oss_error, pasted
from shared.diagnosis.case import Case, Finding, read
from shared.diagnosis.links.repairs import repaired
from shared.diagnosis.report import report, shown
from shared.diagnosis.rules import (
    answer_rules,
    canonical_rules,
    cdn_rules,
    credential_rules,
    form_rules,
    sdk_rules,
    sent_rules,
    time_rules,
    url_rules,
)
from shared.errors import InvalidRequest

_RULES: tuple[Callable[[Case], Iterable[Finding]], ...] = (
    url_rules.renamed,
    url_rules.truncated,
    url_rules.removed,
    url_rules.doubled,
    url_rules.added,
    url_rules.malformed,
    url_rules.lifetime,
    credential_rules.scope,
    sdk_rules.mixed_session,
    credential_rules.tokens,
    time_rules.expired,
    time_rules.session_over,
    time_rules.not_yet_valid,
    sent_rules.two_signatures,
    sent_rules.method,
    sent_rules.additional_headers,
    sdk_rules.untrimmed_header,
    sdk_rules.empty_header,
    canonical_rules.differences,
    sdk_rules.locale_order,
    sdk_rules.empty_parameter,
    url_rules.path_style,
    sent_rules.keys,
    answer_rules.said,
)
"""Most likely first, as far as a URL alone tells; OSS's answer moves to the front what explains it."""


def diagnose(
    url: str,
    *,
    now: datetime,
    error: str | None = None,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return what is wrong with a presigned URL, the most likely cause first; empty where nothing is.

    ``error``: OSS's error document, or the base64 of it that a HEAD answers in ``x-oss-err``, or a text with
    either in it, or what an SDK says of it; the list is not empty then. ``method`` and ``headers``: the
    request as it was meant to be sent. Raises ``InvalidRequest`` for what is no URL or no error document.
    """
    text, damage = repaired(url)
    case = _case(text, now=now, error=error, method=method, headers=headers)
    of_a_cdn = cdn_rules.of_a_cdn(case)
    if of_a_cdn is not None:
        return [*damage, *(answer_rules.alone(case) if cdn_rules.is_of_the_origin(case) else of_a_cdn)]
    foreign = url_rules.other_signature(case)
    if foreign is not None:
        return [*damage, *_without_a_signature_of_v4(foreign, case)]
    found = [*damage, *(finding for rule in _RULES for finding in rule(case))]
    if not any(answer_rules.explains(finding, case) for finding in found):
        found += answer_rules.otherwise(case)
    return _ranked(found, case)


def _without_a_signature_of_v4(foreign: Finding, case: Case) -> list[Finding]:
    """Return what is said of a form's address, of another signature, or of none, with OSS's answer."""
    if foreign.code == "unsigned" and form_rules.is_a_form(case):
        return form_rules.about_a_form(case)
    return [foreign, *(finding for finding in answer_rules.alone(case) if finding.code != "query-lost")]


def _case(
    text: str, *, now: datetime, error: str | None, method: str | None, headers: Mapping[str, str] | None
) -> Case:
    try:
        return Case(
            url=read(text),
            now=now,
            method=method and method.upper(),
            headers=None if headers is None else {name.lower(): value for name, value in headers.items()},
            answer=None if error is None else oss_error.read(error),
        )
    except ValueError as problem:
        raise InvalidRequest(str(problem)) from problem


def _ranked(found: Iterable[Finding], case: Case) -> list[Finding]:
    """Return one finding for each cause, first those that explain the answer."""
    distinct: dict[str, Finding] = {}
    for finding in found:
        distinct.setdefault(finding.code, finding)
    return sorted(distinct.values(), key=lambda finding: not answer_rules.explains(finding, case))


def main(arguments: list[str], *, now: datetime, colour: bool) -> int:
    """Print the findings; return 0 where nothing is wrong, 1 where something is, 2 for unreadable input."""
    options = _parser().parse_args(arguments)
    if options.url == options.error == "-":
        _parser().error("only one of URL and --error comes from standard input")
    try:
        found = diagnose(
            sys.stdin.read() if options.url == "-" else options.url,
            now=options.now or now,
            error=None if options.error is None else _text(options.error),
            method=options.method,
            headers=dict(options.header) if options.header else None,
        )
    except InvalidRequest as problem:
        print(f"diagnose: {shown(str(problem))}; see --help", file=sys.stderr)
        return 2
    print(report(found, colour=colour))
    return 1 if found else 0


def _text(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else pasted.text_of(Path(path).read_bytes())
    except OSError as problem:
        raise InvalidRequest(f"cannot read {path}: {problem.strerror}") from problem


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError("a header is written 'Name: value'")
    return name.strip(), value.removeprefix(" ")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError("a time is written 2026-11-23T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared.diagnose",
        description="Name the cause of a refused presigned URL of OSS, most likely first. Needs no secret.",
        epilog="Exit status: 0 nothing is wrong, 1 something is, 2 the input cannot be read. Quote the URL: "
        "a shell cuts it at the first '&'. NO_COLOR switches colours off.",
    )
    parser.add_argument("url", help="the URL as it was sent; - reads it from standard input")
    parser.add_argument("--error", metavar="FILE", help="OSS's answer: its XML, an SDK's exception, or a log")
    parser.add_argument("--method", help="the method that was meant to be sent, such as PUT")
    parser.add_argument(
        "--header",
        action="append",
        type=_header,
        default=[],
        metavar="'NAME: VALUE'",
        help="a header that was meant to be sent; repeat it for each of the grant's 'headers'",
    )
    parser.add_argument("--now", type=_moment, metavar="TIME", help="judge as of 2026-11-23T12:00:00Z, say")
    return parser


if __name__ == "__main__":
    # A reader that has seen enough ends the command; a character that cannot be read or shown does not.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in filter(None, (sys.stdin, sys.stdout)):
        stream.reconfigure(errors="backslashreplace")
    on_a_terminal = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    sys.exit(main(sys.argv[1:], now=datetime.now(timezone.utc), colour=on_a_terminal))
