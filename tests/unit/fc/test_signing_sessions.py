"""What signs URLs: the function's own role, or a session as narrow as the grant scope."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.errors import Misconfigured
from shared.fc.audit import Trail
from shared.fc.credentials import role_credentials
from shared.fc.frame import Call, Kept
from shared.fc.invocation import Runtime
from shared.fc.role_sessions import LONGEST_WAIT, RoleSessions, role_sessions, signing_session
from shared.fc.signers import signing_credentials
from shared.grants.claims import VerifiedClaims
from shared.sessions.cache import SessionCache
from shared.sessions.port import SessionRequest
from shared.settings.functions import PresignSettings, presign_settings
from shared.signing import Credentials
from tests.world import NOON, environ, own_credentials

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
OWN = own_credentials()
ENVIRON = environ(
    SIGNING_SESSION="",
    SIGNING_ROLE_ARN="acs:ram::1234567890123456:role/signing",
    GRANT_WRITE_PREFIXES="users/{sub}/uploads/",
    GRANT_DELETE_PREFIXES="users/{sub}/trash/",
)
STATIC = {
    "GRANT_READ_PREFIXES": "public/",
    "GRANT_WRITE_PREFIXES": "inbox/",
    "GRANT_DELETE_PREFIXES": "",
}
ROOTED = {"GRANT_READ_PREFIXES": "{sub}/", "GRANT_WRITE_PREFIXES": "", "GRANT_DELETE_PREFIXES": ""}
ALICE = VerifiedClaims({"sub": "alice"})


class Signing:
    """Signing sessions with a fake STS, whose requests are kept."""

    def __init__(self, **variables: str) -> None:
        self.settings: PresignSettings = presign_settings({**ENVIRON, **variables})
        self.requests: list[SessionRequest] = []
        self.cache = SessionCache()

    def session(
        self,
        *,
        at: datetime = NOON,
        good_for: timedelta = 20 * MINUTE,
        claims: VerifiedClaims | None = ALICE,
    ) -> Credentials:
        role = self.settings.links.signing_role
        assert role is not None
        own = Credentials(access_key_id="STS.function", access_key_secret="own-secret")
        sessions = RoleSessions(
            role=role,
            credentials=own,
            function_name="presign",
            timeout=timedelta(seconds=5),
            cache=self.cache,
            assume_role=self.assume_role,
            now=at,
        )
        scope = self.settings.bucket.grant_scope
        return signing_session(sessions, scope, claims=claims, good_for=good_for, secure_transport=True)

    def assume_role(self, request: SessionRequest, *, now: datetime, **_: Any) -> Credentials:
        self.requests.append(request)
        return Credentials(
            access_key_id=f"STS.{len(self.requests)}",
            access_key_secret="secret",
            security_token="token",
            expires_at=now + request.duration,
        )

    def statements(self) -> dict[str, Any]:
        """Return the last policy's object patterns by action."""
        by_action: dict[str, Any] = {}
        for statement in json.loads(self.requests[-1].policy)["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            by_action.update(dict.fromkeys(actions, statement["Resource"]))
        return by_action


def call(settings: PresignSettings, *, own: dict[str, str]) -> Call[PresignSettings]:
    runtime = Runtime(request_id="req-1", function="presign", timeout=MINUTE, account_id="")
    trail = Trail(now=NOON, request_id="req-1", function="presign")
    return Call(
        settings=settings,
        runtime=runtime,
        trail=trail,
        credentials=role_credentials(own),
        kept=Kept(),
        now=NOON,
    )


def test_without_a_signing_role_the_functions_own_role_signs() -> None:
    settings = presign_settings({**ENVIRON, "SIGNING_SESSION": "function"})
    credentials = signing_credentials(
        call(settings, own=OWN), settings.bucket.grant_scope, claims=ALICE, good_for=MINUTE
    )

    assert ("STS.function", "own-token", None) == (
        credentials.access_key_id,
        credentials.security_token,
        credentials.expires_at,
    )


def test_a_session_that_signs_may_do_what_the_caller_may_ask_for() -> None:
    signing = Signing()
    signing.session()
    base = "acs:oss:*:*:examplebucket/users/alice/"

    assert {
        "oss:GetObject": f"{base}*",
        "oss:PutObject": f"{base}uploads/*",
        "oss:ListParts": f"{base}uploads/*",
        "oss:AbortMultipartUpload": f"{base}uploads/*",
        "oss:DeleteObject": f"{base}trash/*",
    } == signing.statements()


def test_tags_may_be_set_where_they_may_be_asked_for() -> None:
    signing = Signing(GRANT_TAGGING="true")
    signing.session()

    assert "oss:PutObjectTagging" in signing.statements()


def test_versions_may_be_read_where_they_may_be_asked_for() -> None:
    signing = Signing(GRANT_VERSIONS="true")
    signing.session()

    assert "oss:GetObjectVersion" in signing.statements()


def test_the_session_is_named_after_the_caller() -> None:
    signing = Signing()
    signing.session()

    assert "alice" == signing.requests[0].role_session_name


def test_urls_within_the_life_of_a_session_share_it() -> None:
    signing = Signing()
    names = {signing.session(at=NOON + n * MINUTE).access_key_id for n in range(41)}

    assert {"STS.1"} == names


def test_a_url_that_would_outlive_the_session_renews_it() -> None:
    signing = Signing()
    signing.session()
    session = signing.session(at=NOON + 41 * MINUTE)

    assert NOON + 101 * MINUTE == session.expires_at


@pytest.mark.parametrize(("minutes", "seconds"), [(30, 3600), (31, 14400), (60, 14400)])
def test_long_urls_are_signed_with_a_long_session(minutes: int, seconds: int) -> None:
    signing = Signing(STS_MAX_DURATION_SECONDS="14400", STS_DEFAULT_DURATION_SECONDS="3600")
    signing.session(good_for=minutes * MINUTE)

    assert timedelta(seconds=seconds) == signing.requests[0].duration


def test_twenty_long_urls_of_one_caller_take_one_session() -> None:
    signing = Signing()
    ends = [signing.session(at=NOON + n * SECOND, good_for=HOUR).expires_at for n in range(20)]

    assert 1 == len(signing.requests)
    assert {NOON + HOUR} == set(ends)


def test_a_session_of_the_deployment_covers_what_any_caller_may_ask_for() -> None:
    signing = Signing(SIGNING_SESSION="deployment")
    signing.session(claims=None)
    base = "acs:oss:*:*:examplebucket/users/"

    assert {f"{base}*"} == set(signing.statements().values())
    assert "presign" == signing.requests[0].role_session_name


@pytest.mark.parametrize(
    ("variables", "session"),
    [
        ({}, "caller"),
        ({"SIGNING_SESSION": "deployment"}, "deployment"),
        ({"SIGNING_SESSION": "function"}, "function"),
        ({"SIGNING_SESSION": "function", "SIGNING_ROLE_ARN": ""}, "function"),
        (STATIC, "deployment"),
        (STATIC | {"SIGNING_ROLE_ARN": ""}, "function"),
        (STATIC | {"SIGNING_SESSION": "caller"}, "caller"),
    ],
)
def test_whose_session_signs_follows_from_prefixes_and_role(variables: dict[str, str], session: str) -> None:
    links = presign_settings({**ENVIRON, **variables}).links

    assert session == links.signing_session
    assert (session == "function") is (links.signing_role is None)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SIGNING_ROLE_ARN": ""}, "SIGNING_ROLE_ARN"),
        (STATIC | {"SIGNING_ROLE_ARN": "", "SIGNING_SESSION": "caller"}, "SIGNING_ROLE_ARN"),
        (STATIC | {"SIGNING_ROLE_ARN": "", "SIGNING_SESSION": "deployment"}, "SIGNING_ROLE_ARN"),
        ({**ROOTED, "SIGNING_SESSION": "deployment"}, "SIGNING_SESSION"),
        ({"SIGNING_SESSION": "everybody"}, "SIGNING_SESSION"),
    ],
)
def test_a_signer_that_cannot_be_is_misconfigured(variables: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        presign_settings({**ENVIRON, **variables})

    assert named == refused.value.variable


def test_credentials_are_read_once_per_invocation_and_by_name() -> None:
    role = Signing().settings.links.signing_role
    assert role is not None
    settings = Signing().settings
    with pytest.raises(Misconfigured) as refused:
        role_credentials({})
    sessions = role_sessions(role, call(settings, own=OWN))

    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" == refused.value.variable
    assert LONGEST_WAIT == sessions.timeout
