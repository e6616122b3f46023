"""What is asked of the functions: who answers, who gets in, what pages may read, what a caller is granted."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from tests.deploy.doctor.case import Answer, Case, failed
from tests.deploy.doctor.causes import Finding

_CLOCK_SECONDS = 60


def stranger(case: Case) -> Iterator[Finding]:
    """Yield what a caller without a token finds: no TLS, no function, or an open door."""
    if not case.url.startswith("https://") and not case.is_local:
        yield Finding("no-https", case.url)
    answer = case.ask("presign", {"operation": "HeadObject", "key": "doctor/nobody"}, token="")
    yield from _who_answers(answer)
    if answer.status < 300:
        yield Finding("open", f"/presign without a token: {answer.status}")
    elif answer.status == 404:
        yield Finding("no-route", f"/presign: {answer.status} {answer.document().get('Code', '')}")
    elif not answer.document():
        yield Finding(
            "not-json", f"/presign: {answer.status}, {answer.headers.get('Content-Type', 'no type')}"
        )
    elif answer.status >= 500:
        yield failed(answer, what="/presign without a token")
    yield from _clock(case, answer)


def _who_answers(answer: Answer) -> Iterator[Finding]:
    if answer.headers.get("Content-Disposition", "").startswith("attachment"):
        yield Finding("test-domain", f"Content-Disposition: {answer.headers['Content-Disposition']}")


def _clock(case: Case, answer: Answer) -> Iterator[Finding]:
    date = answer.headers.get("Date")
    if not date:
        return
    seconds = abs((parsedate_to_datetime(date) - case.now()).total_seconds())
    if seconds > _CLOCK_SECONDS:
        yield Finding("clock", f"{seconds:.0f} s apart")


def pages(case: Case) -> Iterator[Finding]:
    """Yield what a page of the origin finds when it asks whether it may ask."""
    if not case.origin:
        case.skipped.append("web pages: no --origin")
        return
    asked = {
        "Origin": case.origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    for function in ("presign", "sts"):
        answer = case.send("OPTIONS", f"{case.url}/{function}", asked, b"")
        allowed = answer.headers.get("Access-Control-Allow-Origin", "")
        if not 200 <= answer.status < 300 or allowed not in (case.origin, "*"):
            yield Finding(
                "cors-functions", f"OPTIONS /{function}: {answer.status}, allows {allowed or 'nobody'}"
            )


def caller(case: Case) -> Iterator[Finding]:
    """Yield what the caller is refused; what is granted is kept in the case."""
    for permission in ("read-write", "read", "write"):
        answer = case.ask("sts", {"permission": permission})
        document = answer.document()
        if answer.status == 200 and "Access" in document:
            case.session, case.access = document, document["Access"]
            return
        if answer.status != 403:
            break
    yield failed(answer, what="/sts")
