"""Issuing credentials: what may be asked, what STS is asked for, and the shapes of the answer."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import StsRejected, StsUnavailable, Throttled
from shared.fc.frame import Call, Function, over_http
from shared.fc.http import Reply
from shared.fc.invocation import Invocation
from shared.fc.role_sessions import RoleSessions
from shared.sessions.cache import SessionCache
from shared.sessions.port import SessionRequest
from shared.settings.functions import StsSettings, sts_settings
from shared.signing import Credentials
from shared.sts.documents import IssuedSession, environment_lines
from shared.sts.operation import METHODS, answer_from, good_for, refuse
from tests.world import NOON, context, environ, http_event

ENVIRON = environ(
    STS_ROLE_ARN="acs:ram::1234567890123456:role/uploads",
    GRANT_READ_PREFIXES="users/{sub}/,public/",
    GRANT_WRITE_PREFIXES="users/{sub}/uploads/",
)
SECRET, TOKEN = "IssuedSecret0123456789", "issued+token/0123=="
CONTEXT = context("sts-function")


@dataclass
class FakeSts:
    """Issues what it is asked for, at most ``longest`` long; or raises ``error``."""

    error: Exception | None = None
    longest: timedelta = timedelta(hours=12)
    token: str = TOKEN

    def __post_init__(self) -> None:
        self.requests: list[SessionRequest] = []

    def __call__(self, request: SessionRequest, *, now: datetime, **_: Any) -> Credentials:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return Credentials(
            access_key_id="STS.issued",
            access_key_secret=SECRET,
            security_token=self.token,
            expires_at=now + min(request.duration, self.longest),
        )


@dataclass
class Deployment:
    """The function with a fake STS behind it."""

    sts: FakeSts
    environ: dict[str, str]
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.cache = SessionCache()

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        def answer(invocation: Invocation, call: Call[StsSettings]) -> Reply:
            sessions = RoleSessions(
                role=call.settings.role,
                credentials=Credentials(access_key_id="STS.function", access_key_secret="own"),
                function_name="sts-function",
                timeout=timedelta(seconds=5),
                cache=self.cache,
                assume_role=self.sts,
                now=self.now,
            )
            return answer_from(sessions, invocation, call)

        function = Function("sts", load=sts_settings, answer=over_http(answer, allow=METHODS, refuse=refuse))
        return function.respond(json.dumps(event).encode(), CONTEXT, environ=self.environ, now=self.now)

    def get(self, sub: str | None = "alice", **query: str) -> dict[str, Any]:
        return self.call(http_event(method="GET", sub=sub, query=query, headers=identity(sub)))

    def post(self, body: str, sub: str | None = "alice", **headers: str) -> dict[str, Any]:
        return self.call(http_event(body, headers=identity(sub) | headers))


def identity(sub: str | None) -> dict[str, str]:
    return {"X-Jwt-Sub": sub} if sub else {}


def deployed(*, sts: FakeSts | None = None, **variables: str) -> Deployment:
    return Deployment(sts=sts or FakeSts(), environ={**ENVIRON, **variables})


def body(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"])


def granted_resources(request: SessionRequest) -> dict[str, list[str]]:
    """Return the object patterns of a session policy by action, without the bucket."""
    by_action: dict[str, list[str]] = {}
    for statement in json.loads(request.policy)["Statement"]:
        actions, resources = (
            [value] if isinstance(value, str) else value
            for value in (statement["Action"], statement["Resource"])
        )
        for action in actions:
            by_action.setdefault(action, []).extend(
                r.removeprefix("acs:oss:*:*:examplebucket") for r in resources
            )
    return by_action


def test_the_document_is_the_one_that_every_client_reads() -> None:
    answer = deployed().get(duration_seconds="3600", permission="read-write")

    assert 200 == answer["statusCode"]
    assert {
        "StatusCode": 200,
        "Code": "Success",
        "RequestId": "req-1",
        "AccessKeyId": "STS.issued",
        "AccessKeySecret": SECRET,
        "SecurityToken": TOKEN,
        "Expiration": "2026-11-23T13:00:00Z",
        "ExpiresIn": 3600,
        "RefreshAfter": "2026-11-23T12:54:00Z",
        "LimitedBy": "request",
        "Access": {
            "Region": "cn-hangzhou",
            "Endpoint": "https://oss-cn-hangzhou.aliyuncs.com",
            "Cname": False,
            "Bucket": "examplebucket",
            "ReadPrefixes": ["users/alice/", "public/"],
            "WritePrefixes": ["users/alice/uploads/"],
            "DeletePrefixes": [],
        },
    } == body(answer)


def test_nobody_may_store_the_answer() -> None:
    headers = deployed().get()["headers"]

    assert "no-store" == headers["Cache-Control"]


@pytest.mark.parametrize(
    ("permission", "actions"),
    [
        ("read", {"oss:GetObject", "oss:ListObjects"}),
        ("write", {"oss:PutObject", "oss:ListParts", "oss:AbortMultipartUpload"}),
        (
            "read-write",
            {
                "oss:GetObject",
                "oss:ListObjects",
                "oss:PutObject",
                "oss:ListParts",
                "oss:AbortMultipartUpload",
            },
        ),
    ],
)
def test_a_permission_is_its_actions_and_no_others(permission: str, actions: set[str]) -> None:
    deployment = deployed()
    deployment.get(permission=permission)

    assert actions == granted_resources(deployment.sts.requests[0]).keys()


@pytest.mark.parametrize(("insecure", "conditional"), [("false", True), ("true", False)])
def test_a_session_works_over_https_only_unless_the_deployment_says_otherwise(
    insecure: str, conditional: bool
) -> None:
    deployment = deployed(ALLOW_INSECURE_ENDPOINTS=insecure)
    deployment.get()

    assert conditional == ("acs:SecureTransport" in deployment.sts.requests[0].policy)


def test_each_caller_gets_their_own_prefixes() -> None:
    deployment = deployed()
    for sub in ("alice", "bob"):
        deployment.get(sub=sub, permission="write")

    assert [["/users/alice/uploads/*"], ["/users/bob/uploads/*"]] == [
        granted_resources(request)["oss:PutObject"] for request in deployment.sts.requests
    ]


def test_the_session_is_named_after_the_subject() -> None:
    deployment = deployed()
    for sub in ("alice", "a", "auth0|5f"):
        deployment.get(sub=sub)
    names = [request.role_session_name for request in deployment.sts.requests]

    assert ["alice", ".", "."] == [names[0], names[1][0], names[2][0]]
    assert 3 == len({*names})


def test_a_source_identity_is_sent_where_the_deployment_says_so() -> None:
    requests = []
    for variables in ({}, {"STS_SOURCE_IDENTITY": "true"}):
        deployment = deployed(**variables)
        deployment.get()
        requests += deployment.sts.requests

    assert [None, "alice"] == [request.source_identity for request in requests]


def test_without_claims_the_session_is_named_after_the_function() -> None:
    deployment = deployed(IDENTITY_CLAIMS="", GRANT_READ_PREFIXES="public/", GRANT_WRITE_PREFIXES="")
    deployment.get(sub=None)

    assert "sts-function" == deployment.sts.requests[0].role_session_name


def test_role_external_id_and_duration_are_those_of_the_settings() -> None:
    deployment = deployed(STS_EXTERNAL_ID="partner-1", STS_DEFAULT_DURATION_SECONDS="1800")
    answer = body(deployment.get())
    request = deployment.sts.requests[0]

    assert (ENVIRON["STS_ROLE_ARN"], "partner-1") == (request.role_arn, request.external_id)
    assert (1800, "policy") == (answer["ExpiresIn"], answer["LimitedBy"])


@pytest.mark.parametrize(
    ("prefixes", "permission"),
    [
        ({"GRANT_WRITE_PREFIXES": ""}, "write"),
        ({"GRANT_WRITE_PREFIXES": ""}, "read-write"),
        ({"GRANT_READ_PREFIXES": ""}, "read-write"),
        ({"GRANT_READ_PREFIXES": "", "GRANT_WRITE_PREFIXES": "", "GRANT_DELETE_PREFIXES": "x/"}, "read"),
    ],
)
def test_what_the_scope_does_not_grant_is_refused(prefixes: dict[str, str], permission: str) -> None:
    deployment = deployed(**prefixes)
    answer = deployment.get(permission=permission)

    assert (403, "AccessDenied") == (answer["statusCode"], body(answer)["Code"])
    assert [] == deployment.sts.requests


@pytest.mark.parametrize("seconds", ["899", "3601", "1", "99999999999999999999", "0", "-1", "900.5", "x", ""])
def test_a_duration_outside_the_limits_is_refused(seconds: str) -> None:
    deployment = deployed()
    answer = deployment.get(duration_seconds=seconds)

    assert (400, "InvalidArgument") == (answer["statusCode"], body(answer)["Code"])
    assert [] == deployment.sts.requests


@pytest.mark.parametrize("seconds", ["899", "7201"])
def test_the_refusal_names_both_limits(seconds: str) -> None:
    message = body(deployed(STS_MAX_DURATION_SECONDS="7200").get(duration_seconds=seconds))["Message"]

    assert "900" in message
    assert "7200" in message


@pytest.mark.parametrize("seconds", ["900", "3600"])
def test_both_limits_are_inside(seconds: str) -> None:
    assert int(seconds) == body(deployed().get(duration_seconds=seconds))["ExpiresIn"]


@pytest.mark.parametrize(
    "query",
    [
        {"permission": "write-read"},
        {"permission": "READ"},
        {"format": "xml"},
        {"scope": "x"},
        {"claims": "{}"},
    ],
)
def test_what_is_no_field_or_no_value_of_one_is_refused(query: dict[str, str]) -> None:
    assert 400 == deployed().get(**query)["statusCode"]


def test_an_empty_body_asks_for_the_defaults() -> None:
    answer = deployed().post("")

    assert ["users/alice/", "public/"] == body(answer)["Access"]["ReadPrefixes"]


def test_a_body_is_json() -> None:
    deployment = deployed()
    right = deployment.post('{"permission": "write"}', **{"Content-Type": "application/json"})
    wrong = deployment.post("permission=write", **{"Content-Type": "application/x-www-form-urlencoded"})

    assert [200, 415] == [right["statusCode"], wrong["statusCode"]]


@pytest.mark.parametrize(
    ("sub", "status"), [(None, 401), ("a" * 201, 403), ("\u00e4" * 34, 403), ("a,b", 401)]
)
def test_a_caller_nobody_vouches_for_gets_nothing(sub: str | None, status: int) -> None:
    deployment = deployed()
    answer = deployment.get(sub=sub)

    assert status == answer["statusCode"]
    assert [] == deployment.sts.requests


def test_a_trusted_back_end_states_the_claims_itself() -> None:
    deployment = deployed(IDENTITY_SOURCE="caller")
    answer = deployment.call({"permission": "write", "claims": {"sub": "carol"}})

    assert ["users/carol/uploads/"] == answer["Access"]["WritePrefixes"]


def test_a_direct_invocation_has_no_claims_of_a_trigger() -> None:
    answer = deployed().call({"permission": "read"})

    assert "Unauthenticated" == answer["Code"]


def test_other_methods_are_told_which_exist() -> None:
    answer = deployed().call(http_event(method="PUT"))

    assert (405, "GET, POST") == (answer["statusCode"], answer["headers"]["Allow"])


def test_a_policy_that_does_not_fit_is_refused_before_sts() -> None:
    deployment = deployed(GRANT_READ_PREFIXES=",".join(f"{'x' * 200}{n}/" for n in range(12)))
    answer = deployment.get()

    assert (500, "InternalError") == (answer["statusCode"], body(answer)["Code"])
    assert [] == deployment.sts.requests


def test_a_repeated_request_gets_the_same_session_with_its_true_rest() -> None:
    deployment = deployed()
    deployment.get(duration_seconds="3600")
    deployment.now = NOON + timedelta(minutes=20)
    answer = body(deployment.get(duration_seconds="3600"))

    assert (2400, "credentials") == (answer["ExpiresIn"], answer["LimitedBy"])
    assert ("2026-11-23T13:00:00Z", "2026-11-23T12:56:00Z") == (answer["Expiration"], answer["RefreshAfter"])


def test_a_client_that_asks_early_always_gets_half_an_hour() -> None:
    deployment = deployed()
    lives = []
    for minute in range(0, 240, 7):
        deployment.now = NOON + timedelta(minutes=minute)
        lives.append(body(deployment.get())["ExpiresIn"])

    assert min(lives) >= 1800
    assert len(deployment.sts.requests) <= 8


def test_a_thousand_equal_issues_reach_sts_once() -> None:
    deployment = deployed()
    for second in range(1000):
        deployment.now = NOON + timedelta(seconds=second)
        deployment.get()

    assert 1 == len(deployment.sts.requests)


def test_an_issued_session_has_half_of_its_duration_left() -> None:
    assert timedelta(minutes=30) == good_for(timedelta(hours=1))


def test_a_shorter_session_than_asked_for_is_said_to_be_one() -> None:
    sts = FakeSts(longest=timedelta(hours=1))
    answer = body(deployed(sts=sts, STS_MAX_DURATION_SECONDS="7200").get(duration_seconds="7200"))

    assert (3600, "credentials") == (answer["ExpiresIn"], answer["LimitedBy"])


ROWS = [
    (Throttled(retry_after=timedelta(seconds=7)), 429, "Throttling"),
    (StsRejected(sts_code="NoPermission"), 502, "BadGateway"),
    (StsUnavailable(reason="deadline"), 502, "BadGateway"),
    (ZeroDivisionError(SECRET), 500, "InternalError"),
]


@pytest.mark.parametrize(("error", "status", "code"), ROWS)
def test_each_failure_has_its_row_in_the_table(error: Exception, status: int, code: str) -> None:
    answer = deployed(sts=FakeSts(error=error)).get()

    assert (status, code, "req-1") == (answer["statusCode"], body(answer)["Code"], body(answer)["RequestId"])


@pytest.mark.parametrize(("error", "status", "code"), ROWS)
def test_mobile_clients_read_failures_from_a_200(error: Exception, status: int, code: str) -> None:
    answer = deployed(sts=FakeSts(error=error)).get(format="mobile")

    assert 200 == answer["statusCode"]
    assert (status, code) == (body(answer)["StatusCode"], body(answer)["ErrorCode"])
    assert body(answer)["ErrorMessage"]


def test_mobile_clients_read_refusals_from_a_200_whatever_refuses() -> None:
    deployment = deployed(GRANT_WRITE_PREFIXES="")
    answers = [
        deployment.get(format="mobile", sub=None),
        deployment.get(format="mobile", permission="write"),
        deployment.get(format="mobile", duration_seconds="1"),
        deployment.post(
            '{"format": "mobile", "permission": "write"}', **{"Content-Type": "application/json"}
        ),
    ]

    assert [200] * 4 == [answer["statusCode"] for answer in answers]
    assert [401, 403, 400, 403] == [body(answer)["StatusCode"] for answer in answers]


def test_a_request_that_cannot_be_read_is_not_known_to_be_mobile() -> None:
    answer = deployed().post('{"format": "mobile"', **{"Content-Type": "application/json"})

    assert 400 == answer["statusCode"]


def test_callers_are_told_when_to_come_back() -> None:
    headers = deployed(sts=FakeSts(error=ROWS[0][0])).get()["headers"]

    assert "7" == headers["Retry-After"]


def test_process_output_is_what_the_credentials_sdks_read() -> None:
    answer = deployed().get(format="process")

    assert {
        "mode": "StsToken",
        "access_key_id": "STS.issued",
        "access_key_secret": SECRET,
        "sts_token": TOKEN,
        "expiration": "2026-11-23T13:00:00Z",
    } == body(answer)


def test_mobile_success_is_the_one_document() -> None:
    deployment = deployed()

    assert body(deployment.get()) == body(deployment.get(format="mobile"))


def test_env_output_is_plain_text_lines() -> None:
    answer = deployed().get(format="env")

    assert "text/plain; charset=utf-8" == answer["headers"]["Content-Type"]
    assert [
        "OSS_ACCESS_KEY_ID",
        "OSS_ACCESS_KEY_SECRET",
        "OSS_SESSION_TOKEN",
        "OSS_REGION",
        "OSS_ENDPOINT",
    ] == [line.removeprefix("export ").partition("=")[0] for line in answer["body"].splitlines()]
    assert "OSS_ENDPOINT='https://oss-cn-hangzhou.aliyuncs.com'\n" in answer["body"]


def test_a_direct_invocation_gets_json_in_place_of_text() -> None:
    answer = deployed(IDENTITY_SOURCE="caller").call({"format": "env", "claims": {"sub": "carol"}})

    assert "STS.issued" == answer["AccessKeyId"]


@settings(max_examples=25, deadline=None)
@given(token=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_shell_evaluates_env_output_to_exactly_the_values(token: str) -> None:
    lines = environment_lines(issued(token))
    script = 'eval "$1"; printf %s "$OSS_SESSION_TOKEN"'
    command = ["/bin/sh", "-c", script, "sh", lines]
    shown = subprocess.run(command, capture_output=True, check=True)

    assert (token, b"") == (shown.stdout.decode(), shown.stderr)


@pytest.mark.parametrize(
    "token", ["'; echo gone; '", "$(echo gone)", "`echo gone`", '"\\', "a\nb", "-n", "!!", "~"]
)
def test_hostile_tokens_run_nothing(token: str) -> None:
    command = [
        "/bin/sh",
        "-c",
        'eval "$1"; printf %s "$OSS_SESSION_TOKEN"',
        "sh",
        environment_lines(issued(token)),
    ]
    shown = subprocess.run(command, capture_output=True, check=True)

    assert token == shown.stdout.decode()


def issued(token: str) -> IssuedSession:
    session = Credentials(access_key_id="STS.issued", access_key_secret=SECRET, security_token=token)
    return IssuedSession(
        session=session,
        times={},
        access={"Region": "cn-hangzhou", "Endpoint": "https://a"},
        request_id="req-1",
    )


def test_the_audit_trail_names_the_grant_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    deployed().get(permission="write")
    printed = capsys.readouterr().out
    line = json.loads(printed)

    assert ("granted", "write", {"sub": "alice"}) == (line["decision"], line["permission"], line["caller"])
    assert ("STS.issued", ["users/alice/uploads/"]) == (line["access_key_id"], line["write_prefixes"])
    assert [] == [secret for secret in (SECRET, TOKEN) if secret in printed]


@pytest.mark.parametrize("error", [row[0] for row in ROWS])
def test_failures_leave_a_line_without_secrets(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    answer = deployed(sts=FakeSts(error=error)).get()
    printed = capsys.readouterr().out

    assert "req-1" in printed
    assert [] == [secret for secret in (SECRET, TOKEN) if secret in printed + answer["body"]]


def test_the_code_of_sts_reaches_the_log_and_not_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    answer = deployed(sts=FakeSts(error=StsRejected(sts_code="NoPermission"))).get()

    assert "NoPermission" in capsys.readouterr().out
    assert "NoPermission" not in answer["body"]


@pytest.mark.parametrize(
    ("permission", "read", "write", "delete"),
    [
        ("read", True, False, False),
        ("write", False, True, False),
        ("read-write", True, True, False),
        ("delete", False, False, True),
        ("read-write-delete", True, True, True),
    ],
)
def test_a_session_holds_what_its_permission_says(
    permission: str, read: bool, write: bool, delete: bool
) -> None:
    deployment = deployed(GRANT_DELETE_PREFIXES="users/{sub}/tmp/")
    access = body(deployment.get(permission=permission))["Access"]
    actions = json.dumps(json.loads(deployment.sts.requests[0].policy))

    assert (read, write, delete) == tuple(
        bool(access[f"{each}Prefixes"]) for each in ("Read", "Write", "Delete")
    )
    assert (read, write, delete) == tuple(
        f'"oss:{each}Object"' in actions for each in ("Get", "Put", "Delete")
    )


def test_deleting_that_is_not_granted_is_refused() -> None:
    assert 403 == deployed().get(permission="delete")["statusCode"]


def test_a_custom_domain_is_where_sessions_are_used() -> None:
    access = body(deployed(OSS_CUSTOM_DOMAIN="files.example.com").get())["Access"]

    assert ("https://files.example.com", True) == (access["Endpoint"], access["Cname"])


def test_a_hundred_durations_are_a_few_sessions() -> None:
    deployment = deployed()
    answers = [body(deployment.get(duration_seconds=str(seconds))) for seconds in range(900, 1000)]

    assert 1 == len(deployment.sts.requests)
    assert ["request", *["credentials"] * 99] == [answer["LimitedBy"] for answer in answers]


def test_a_body_that_says_no_type_is_refused_since_a_foreign_page_can_send_it() -> None:
    deployment = deployed()
    answers = [deployment.post('{"permission": "read"}'), deployment.post("")]

    assert [415, 200] == [answer["statusCode"] for answer in answers]


AVATARS = json.dumps({"avatars": {"read_prefixes": ["avatars/{sub}/"], "write_prefixes": ["avatars/{sub}/"]}})


def test_a_profile_narrows_the_session_to_its_own_prefixes() -> None:
    here = deployed(GRANT_PROFILES=AVATARS)
    answer = body(here.get(profile="avatars", permission="read-write"))

    assert (["avatars/alice/"], ["avatars/alice/"]) == (
        answer["Access"]["ReadPrefixes"],
        answer["Access"]["WritePrefixes"],
    )
    assert ["/avatars/alice/*"] == granted_resources(here.sts.requests[0])["oss:PutObject"]


@pytest.mark.parametrize(
    ("query", "variables", "status", "message"),
    [
        ({"profile": "other"}, {}, 403, "profile: not granted"),
        ({"profile": "Other"}, {}, 400, "profile: 1 to 32"),
        (
            {"permission": "write"},
            {"GRANT_OPERATIONS": "GetObject,PostObject"},
            403,
            "permission: not granted",
        ),
        ({"permission": "read"}, {"GRANT_OPERATIONS": "PutObject"}, 403, "permission: not granted"),
        ({"permission": "write"}, {"GRANT_MAX_SIZE_BYTES": "1000"}, 400, "ask /presign for PostObject"),
        ({"permission": "read-write"}, {"GRANT_MAX_SIZE_BYTES": "1000"}, 400, "limited to 1000 bytes"),
    ],
)
def test_what_a_scope_does_not_let_credentials_do_is_refused(
    query: dict[str, str], variables: dict[str, str], status: int, message: str
) -> None:
    here = deployed(GRANT_PROFILES=AVATARS, **variables)
    answer = here.get(**query)

    assert status == answer["statusCode"]
    assert message in body(answer)["Message"]
    assert [] == here.sts.requests


@pytest.mark.parametrize("size", ["", "5368709120", "6000000000"])
def test_without_a_ceiling_below_that_of_oss_credentials_may_write(size: str) -> None:
    assert 200 == deployed(GRANT_MAX_SIZE_BYTES=size).get(permission="write")["statusCode"]


def test_sessions_tag_where_the_deployment_lets_tags_be_set() -> None:
    here = deployed(GRANT_TAGGING="true")
    here.get(permission="write")

    assert "oss:PutObjectTagging" in granted_resources(here.sts.requests[0])
