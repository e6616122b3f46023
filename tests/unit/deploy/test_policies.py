"""The roles of `make policies`: enough for what the settings grant, and for nothing else."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from oss_emulator.ram.evaluation import evaluate
from oss_emulator.ram.identities import Identities
from tests.deploy.policies import RoleDocuments, as_json, roles
from tests.deploy.serverless import ACCOUNT_ID
from tests.local import template

GRANTS = {
    "GRANT_READ_PREFIXES": "users/{sub}/,public/",
    "GRANT_WRITE_PREFIXES": "users/{sub}/uploads/",
    "GRANT_DELETE_PREFIXES": "users/{sub}/tmp/",
}
SIGNING_ROLE = f"acs:ram::{ACCOUNT_ID}:role/signing"
HTTPS = {"acs:SecureTransport": "true"}
PRESIGN, STS, ON_UPLOAD, ON_EVENT, TICKET = (
    f"oss-access-grants-{name}" for name in ("presign", "sts", "on-upload", "presign-on-event", "ticket")
)
SESSION, SIGNING, TRIGGER = (f"oss-access-grants-{name}" for name in ("session", "signing", "trigger"))


class NoonClock:
    """Always the same noon."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def documents(**variables: str) -> dict[str, RoleDocuments]:
    rendered = template.resources(variables, account_id=ACCOUNT_ID)
    return {role.name: role for role in roles(rendered)}


def allowed(
    role: str, action: str, resource: str, *, context: dict[str, str] = HTTPS, **variables: str
) -> bool:
    identities = Identities(account_id=ACCOUNT_ID, clock=NoonClock())
    for name, each in documents(**(variables or GRANTS)).items():
        identities.add_role(name, trust=each.trust, policies=[each.policy])
    return evaluate(identities.role_session(role), action=action, resource=resource, context=context).allowed


def obj(key: str) -> str:
    return f"acs:oss:oss-cn-hangzhou:{ACCOUNT_ID}:examplebucket/{key}"


def test_every_role_of_the_template_is_there() -> None:
    assert {PRESIGN, STS, ON_UPLOAD, ON_EVENT, TICKET, SESSION, SIGNING, TRIGGER} == documents(
        **GRANTS
    ).keys()


COMPLETION = {"ON_UPLOAD_URL": "https://grants.example.com/uploads", "SEAL_KEYS": "k1:" + "b" * 42 + "A"}
UPLOADED = "users/alice/uploads/a.txt"


@pytest.mark.parametrize(
    ("variables", "action", "key", "may"),
    [
        ({}, "oss:GetObject", UPLOADED, False),
        (COMPLETION, "oss:GetObject", UPLOADED, True),
        (COMPLETION, "oss:GetObject", "users/alice/a.txt", False),
        (COMPLETION, "oss:DeleteObject", UPLOADED, False),
        (COMPLETION, "oss:PutObject", UPLOADED, False),
        (COMPLETION | {"ON_UPLOAD_REFUSED": "delete"}, "oss:DeleteObject", UPLOADED, True),
        (COMPLETION | {"ON_UPLOAD_REFUSED": "delete"}, "oss:DeleteObjectVersion", UPLOADED, True),
        (COMPLETION | {"ON_UPLOAD_REFUSED": "delete"}, "oss:DeleteObject", "public/a.txt", False),
    ],
)
def test_finished_uploads_are_looked_at_and_deleted_only_where_that_is_asked_for(
    variables: dict[str, str], action: str, key: str, may: bool
) -> None:
    assert may is allowed(ON_UPLOAD, action, obj(key), **{**GRANTS, **variables})


@pytest.mark.parametrize(
    ("role", "action", "key"),
    [
        (SIGNING, "oss:GetObject", "users/alice/a.txt"),
        (SIGNING, "oss:GetObject", "public/a.txt"),
        (SIGNING, "oss:PutObject", "users/alice/uploads/a.txt"),
        (SIGNING, "oss:ListParts", "users/alice/uploads/a.txt"),
        (SIGNING, "oss:AbortMultipartUpload", "users/alice/uploads/a.txt"),
        (SIGNING, "oss:DeleteObject", "users/alice/tmp/a.txt"),
        (SIGNING, "oss:GetObject", "incoming/a.txt"),
        (SESSION, "oss:GetObject", "users/alice/a.txt"),
        (SESSION, "oss:PutObject", "users/alice/uploads/a.txt"),
    ],
)
def test_a_role_may_do_what_is_granted(role: str, action: str, key: str) -> None:
    assert allowed(role, action, obj(key))


@pytest.mark.parametrize(
    ("role", "action", "key"),
    [
        (PRESIGN, "oss:GetObject", "public/a.txt"),
        (SIGNING, "oss:GetObject", "secret/a.txt"),
        (SIGNING, "oss:GetObjectVersion", "public/a.txt"),
        (SIGNING, "oss:PutObject", "public/a.txt"),
        (SIGNING, "oss:PutObjectAcl", "users/alice/uploads/a.txt"),
        (SIGNING, "oss:DeleteObject", "users/alice/uploads/a.txt"),
        (ON_EVENT, "oss:GetObject", "incoming/a.txt"),
        (ON_EVENT, "oss:PutObject", "incoming/a.txt"),
        (SESSION, "oss:DeleteObject", "users/alice/a.txt"),
        (SIGNING, "oss:PutObjectTagging", "users/alice/uploads/a.txt"),
        (SESSION, "oss:PutObjectTagging", "users/alice/uploads/a.txt"),
        (STS, "oss:GetObject", "public/a.txt"),
        (TRIGGER, "oss:GetObject", "public/a.txt"),
    ],
)
def test_a_role_may_do_nothing_else(role: str, action: str, key: str) -> None:
    assert not allowed(role, action, obj(key))


def test_nothing_of_the_bucket_is_had_over_plain_http() -> None:
    plain = {"acs:SecureTransport": "false"}

    assert not allowed(SIGNING, "oss:GetObject", obj("public/a.txt"), context=plain)
    assert not allowed(SESSION, "oss:GetObject", obj("public/a.txt"), context=plain)


@pytest.mark.parametrize(
    ("prefix", "listed"), [("public/", True), ("users/alice/", True), ("", False), ("us", False)]
)
def test_sessions_list_below_the_read_prefixes_only(prefix: str, listed: bool) -> None:
    bucket = f"acs:oss:oss-cn-hangzhou:{ACCOUNT_ID}:examplebucket"

    assert listed is allowed(SESSION, "oss:ListObjects", bucket, context=HTTPS | {"oss:Prefix": prefix})


def test_only_the_sts_function_may_assume_the_session_role() -> None:
    session = documents(**GRANTS)[SESSION]

    assert {"RAM": [documents(**GRANTS)[STS].arn]} == session.trust["Statement"][0]["Principal"]
    assert allowed(STS, "sts:AssumeRole", session.arn)
    assert not allowed(STS, "sts:AssumeRole", f"{session.arn}-other")
    assert not allowed(PRESIGN, "sts:AssumeRole", session.arn)


def test_an_external_id_is_asked_for() -> None:
    trusted = documents(**GRANTS, STS_EXTERNAL_ID="partner-7")[SESSION].trust["Statement"]

    assert [{"StringEquals": {"sts:ExternalId": "partner-7"}}] * 2 == [each["Condition"] for each in trusted]


TICKETS = {
    "TICKET_URL": "https://grants.example.com/t",
    "SEAL_KEYS": "k1:" + "b" * 42 + "A",
    "TICKET_CLAIMS": "oss://examplebucket/fate/",
}


def test_the_fate_of_tickets_is_written_by_those_who_decide_it_and_never_deleted() -> None:
    variables = GRANTS | TICKETS

    def may(role: str, action: str, key: str = "fate/id/1") -> bool:
        return allowed(role, f"oss:{action}", obj(key), **variables)

    assert [True, True] == [may(role, "PutObject") for role in (PRESIGN, TICKET)]
    assert [False, True] == [may(role, "GetObject") for role in (PRESIGN, TICKET)]
    assert [False] * 4 == [
        *(may(role, "DeleteObject") for role in (PRESIGN, TICKET)),
        *(may(role, "PutObject") for role in (STS, ON_EVENT)),
    ]
    assert not allowed(TICKET, "oss:PutObject", obj("fate/id/1"))


def test_tickets_are_redeemed_with_the_sessions_of_both_roles_and_nothing_else() -> None:
    session, signing = (f"acs:ram::{ACCOUNT_ID}:role/{name}" for name in (SESSION, SIGNING))

    assert allowed(TICKET, "sts:AssumeRole", session)
    assert allowed(TICKET, "sts:AssumeRole", signing)
    assert not allowed(TICKET, "oss:GetObject", obj("users/alice/a.txt"))
    assert [f"acs:ram::{ACCOUNT_ID}:role/{name}" for name in (STS, TICKET)] == [
        arn
        for statement in documents(**GRANTS)[SESSION].trust["Statement"]
        for arn in statement["Principal"]["RAM"]
    ]


def test_with_a_signing_role_a_function_holds_no_object_itself() -> None:
    variables = GRANTS | {"SIGNING_ROLE_ARN": SIGNING_ROLE}

    assert not allowed(PRESIGN, "oss:GetObject", obj("public/a.txt"), **variables)
    assert allowed(PRESIGN, "sts:AssumeRole", SIGNING_ROLE, **variables)
    assert allowed("signing", "oss:DeleteObject", obj("users/alice/tmp/a.txt"), **variables)
    assert allowed("signing", "oss:GetObject", obj("incoming/a.txt"), **variables)


def test_a_function_that_signs_as_itself_holds_the_objects() -> None:
    variables = GRANTS | {"SIGNING_SESSION": "function"}

    assert allowed(PRESIGN, "oss:GetObject", obj("public/a.txt"), **variables)
    assert allowed(ON_EVENT, "oss:GetObject", obj("incoming/a.txt"), **variables)
    assert SIGNING not in documents(**variables)


def test_a_role_lasts_as_long_as_its_longest_session() -> None:
    assert 7200 == documents(**GRANTS, STS_MAX_DURATION_SECONDS="7200")[SESSION].max_session_seconds
    assert 3600 == documents(**GRANTS, STS_MAX_DURATION_SECONDS="900")[SESSION].max_session_seconds


def test_the_trigger_role_invokes_the_event_function_only() -> None:
    function = f"acs:fc:cn-hangzhou:{ACCOUNT_ID}:functions/{ON_EVENT}"

    assert allowed(TRIGGER, "fc:InvokeFunction", function)
    assert allowed(TRIGGER, "fc:InvokeFunction", f"{function}/LATEST")
    assert not allowed(TRIGGER, "fc:InvokeFunction", f"acs:fc:cn-hangzhou:{ACCOUNT_ID}:functions/{STS}")


def test_results_go_to_the_destinations_only() -> None:
    queue = f"acs:mns:cn-hangzhou:{ACCOUNT_ID}:/queues/oss-access-grants"

    assert allowed(ON_EVENT, "mns:SendMessage", f"{queue}-links/messages")
    assert not allowed(ON_EVENT, "mns:SendMessage", f"{queue}-other/messages")
    assert not allowed(PRESIGN, "mns:SendMessage", f"{queue}-links/messages")


def test_where_nothing_is_granted_the_documents_are_still_valid_and_closed() -> None:
    nothing = {"GRANT_READ_PREFIXES": ""}

    assert not allowed(SESSION, "oss:GetObject", obj("a.txt"), **nothing)
    assert not allowed(PRESIGN, "oss:GetObject", obj("a.txt"), **nothing)


def test_they_print_as_json() -> None:
    assert '"trust_policy"' in as_json(documents(**GRANTS).values())
