"""The doctor names what is wrong with a deployment; the local stack makes each fault."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from oss_emulator.store.settings import CorsRule
from tests.deploy.doctor.case import Answer, Case, Unanswered, send
from tests.deploy.doctor.causes import CAUSES
from tests.deploy.doctor.examination import examine, report
from tests.deploy.package import ROOT
from tests.deploy.policies import roles
from tests.local import template
from tests.local.stack import ACCOUNT, OWN_FOLDER, Stack, running

PAGE = "https://app.example.com"
SET = {"CORS_ALLOWED_ORIGINS": PAGE, "GRANT_DELETE_PREFIXES": OWN_FOLDER}
Change = Callable[[str, str, Answer], Answer]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(environ=SET) as up:
        yield up


def case_of(stack: Stack, **changes: Any) -> Case:
    address = f"http://{stack.gateway_host}"
    asked = {"url": address, "token": stack.token("alice"), "origin": PAGE, "write": True}
    return Case(**{**asked, **changes})


def codes(case: Case) -> list[str]:
    return [each.code for each in examine(case)]


def changed(change: Change) -> Callable[[str, str, Mapping[str, str], bytes], Answer]:
    """Return a way to send on which answers are changed, as a fault in front of the deployment would."""

    def through(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return change(method, url, send(method, url, headers, body))

    return through


def of_functions(url: str) -> bool:
    return urlsplit(url).path in ("/presign", "/sts")


def headers_of(answer: Answer, **changes: str | None) -> Answer:
    kept = {
        name: value
        for name, value in answer.headers.items()
        if name.lower() not in {n.lower() for n in changes}
    }
    return replace(
        answer, headers={**kept, **{name: text for name, text in changes.items() if text is not None}}
    )


def test_a_healthy_deployment_has_nothing_wrong_and_nothing_is_left_behind(stack: Stack) -> None:
    case = case_of(stack)
    found = examine(case)

    assert [] == found
    assert ["the CDN: not configured"] == case.skipped
    assert report(case, found).endswith("nothing is wrong with what was asked")
    assert [] == [each.key for each in stack.cloud.bucket(stack.bucket).listed() if "doctor" in each.key]


def test_what_was_not_looked_at_is_said(stack: Stack) -> None:
    case = case_of(stack, token="", origin="")

    assert [] == examine(case)
    assert ["web pages: no --origin", "what a caller gets: no --token"] == case.skipped


def attachment(_: str, url: str, answer: Answer) -> Answer:
    return headers_of(answer, **{"Content-Disposition": "attachment"}) if of_functions(url) else answer


def answered(status: int, body: bytes = b"{}", **headers: str) -> Change:
    return lambda _, url, answer: (
        Answer(status=status, headers=headers, body=body) if of_functions(url) else answer
    )


def from_storage(status: int, body: bytes, *, method: str = "GET") -> Change:
    def change(sent: str, url: str, answer: Answer) -> Answer:
        is_it = sent == method and not of_functions(url)
        return Answer(status=status, headers={}, body=body) if is_it else answer

    return change


def only_callers(change: Change, *, function: str = "/sts") -> Change:
    return lambda m, url, a: change(m, url, a) if urlsplit(url).path == function and m == "POST" else a


def as_of_a_callback(answer: Answer) -> Answer:
    """Return an answer of ``/presign`` as if the URL asked OSS to call somebody, and OSS's as if nobody answered."""
    if answer.document().get("operation") == "PutObject":
        return replace(answer, body=answer.body.replace(b"?x-oss", b"?callback=e30%3D&x-oss", 1))
    return answer


OWN_DOMAIN = b"<Error><Code>PublicEndpointForbidden</Code><EC>0048-00000401</EC></Error>"
IN_FRONT: dict[str, tuple[str, Change]] = {
    "the test domain": ("test-domain", attachment),
    "another site": ("not-json", answered(403, b"<html>")),
    "a path without a function": ("no-route", answered(404)),
    "a door that is open": ("open", answered(200)),
    "a function that fails": ("misconfigured", answered(500, b'{"Code": "InternalError"}')),
    "an old clock": (
        "clock",
        lambda _, __, a: headers_of(a, Date="Mon, 23 Nov 2020 12:00:00 GMT"),
    ),
    "no session": ("sts", only_callers(answered(502, b'{"Code": "BadGateway"}'))),
    "a caller with nothing": ("nothing-granted", only_callers(answered(403, b'{"Code": "AccessDenied"}'))),
    "no preflight at the gateway": (
        "cors-functions",
        lambda m, u, a: (
            headers_of(a, **{"Access-Control-Allow-Origin": None})
            if m == "OPTIONS" and of_functions(u)
            else a
        ),
    ),
    "an account without public endpoints": ("own-domain", from_storage(400, OWN_DOMAIN)),
    "a firewall before the bucket": ("oss-refused", from_storage(403, b"<html>blocked</html>")),
    "a bucket that rewrites": (
        "read-differs",
        lambda m, _, a: replace(a, body=b"other") if m == "GET" and a.status == 200 else a,
    ),
    "a versioned bucket": (
        "overwrites",
        lambda m, _, a: replace(a, status=200) if m == "PUT" and a.status == 409 else a,
    ),
    "an upload that nobody is told of": ("callback", lambda _, __, a: as_of_a_callback(a)),
    "no header exposed": (
        "cors-expose",
        lambda _, __, a: headers_of(a, **{"Access-Control-Expose-Headers": "date"}),
    ),
}


@pytest.mark.parametrize("fault", IN_FRONT)
def test_a_fault_in_front_of_the_deployment_is_named_first(fault: str, stack: Stack) -> None:
    expected, change = IN_FRONT[fault]

    assert expected == codes(case_of(stack, send=changed(change)))[0]


def unanswered(code: str, *, storage: bool = False) -> Callable[..., Answer]:
    def through(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if of_functions(url) is storage:
            return send(method, url, headers, body)
        raise Unanswered(code, "seen")

    return through


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (unanswered("certificate"), ["certificate"]),
        (unanswered("unreachable"), ["unreachable"]),
        (unanswered("unreachable", storage=True), ["oss-unreachable"]),
    ],
)
def test_a_host_that_does_not_answer_is_named(
    way: Callable[..., Answer], expected: list[str], stack: Stack
) -> None:
    found = codes(case_of(stack, send=way, write=False, origin="" if way is not None else PAGE))

    assert expected == found


def test_plain_http_is_named_and_no_token_is_sent() -> None:
    sent: list[Mapping[str, str]] = []

    def watched(_: str, __: str, headers: Mapping[str, str], ___: bytes) -> Answer:
        sent.append(headers)
        return Answer(status=401, headers={}, body=b'{"Code": "Unauthenticated"}')

    assert ["no-https"] == codes(Case(url="http://grants.example.com", token="secret", send=watched))
    assert [] == [headers for headers in sent if "Authorization" in headers]


def test_a_token_that_is_over_is_named(stack: Stack) -> None:
    over = stack.issuer.token(now=stack.cloud.clock.now() - timedelta(hours=2), sub="alice")

    assert ["token"] == codes(case_of(stack, token=over))


@contextmanager
def in_the_bucket(stack: Stack, **changes: Any) -> Iterator[None]:
    """Set the bucket otherwise while the context lasts."""
    bucket = stack.cloud.bucket(stack.bucket)
    before = {name: getattr(bucket.settings, name) for name in changes}
    bucket.set(**changes)
    try:
        yield
    finally:
        bucket.set(**before)


def test_a_bucket_without_cors_rules_is_named(stack: Stack) -> None:
    with in_the_bucket(stack, cors=()):
        assert ["cors-bucket"] == codes(case_of(stack))
    other = CorsRule(
        origins=["https://other.example"],
        methods=["PUT", "POST", "GET"],
        headers=["*"],
        expose=["ETag"],
        max_age_seconds=0,
    )
    with in_the_bucket(stack, cors=(other,)):
        assert ["cors-bucket"] == codes(case_of(stack))


def test_an_origin_that_the_functions_do_not_know_is_named(stack: Stack) -> None:
    assert ["cors-functions", "cors-functions"] == codes(case_of(stack, origin="https://other.example"))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"GRANT_FORBID_OVERWRITE": "false"}, ["overwrites"]),
        (
            {"GRANT_READ_PREFIXES": "", "GRANT_WRITE_PREFIXES": "", "GRANT_DELETE_PREFIXES": ""},
            ["nothing-granted"],
        ),
    ],
)
def test_settings_of_the_deployment_are_named(environ: dict[str, str], expected: list[str]) -> None:
    with running(environ=SET | environ) as up:
        assert expected == codes(case_of(up))


def test_a_role_that_may_do_less_is_named() -> None:
    with running(environ=SET) as up:
        nothing = {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
        of_the_cloud = {name: text for name, text in up.variables.items() if not name.endswith("_ENDPOINT")}
        for each in roles(template.resources(of_the_cloud, account_id=ACCOUNT)):
            if each.name.endswith(("-session", "-signing")):
                up.cloud.identities.add_role(each.name, trust=each.trust, policies=[nothing])
        found = examine(case_of(up))

    assert ["oss-refused", "list-refused", "oss-refused"] == [each.code for each in found]


def test_every_cause_has_a_remedy_and_every_finding_is_in_the_report(stack: Stack) -> None:
    case = case_of(stack, origin="https://other.example")
    text = report(case, examine(case))

    assert [] == [
        code for code, (cause, remedy) in CAUSES.items() if not (cause.endswith(".") and remedy[-1] in ".?")
    ]
    assert f"  remedy  {CAUSES['cors-functions'][1]}" in text


def test_the_command_says_cause_and_remedy_and_ends_with_1(stack: Stack) -> None:
    command = [sys.executable, "-m", "tests.deploy", "--env-file", os.devnull, "doctor"]
    asked = [
        f"http://{stack.gateway_host}/presign",
        "--token",
        stack.token("alice"),
        "--origin",
        PAGE,
        "--write",
    ]
    done, refused, nowhere = (
        subprocess.run(
            [*command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        for arguments in (asked, [asked[0], "--token", "x"], ["nonsense"])
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert (1, True) == (refused.returncode, refused.stdout.startswith("token: "))
    assert (1, True) == (nowhere.returncode, "name the deployment" in nowhere.stderr)
