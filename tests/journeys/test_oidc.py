"""Callers whose JWT the function verifies itself: who they are, and that nothing outlives their token."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.sts_world import StsWorld, sts_world
from tests.unit.oidc.oidc_world import AUDIENCE, ISSUER, key_set, token
from tests.world import NOON, context, environ, http_event, instance

OIDC = {
    "IDENTITY_SOURCE": "oidc",
    "OIDC_ISSUER": ISSUER,
    "OIDC_AUDIENCE": AUDIENCE,
    "OIDC_JWKS": key_set(),
}
NOW = int(NOON.timestamp())
GET = {"operation": "GetObject", "key": "users/alice/cat.png"}
INVALID = 'Bearer error="invalid_token"'


def ask(body: Any, *, bearer: str | None = None, at: float = 0, **variables: str) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        **({} if bearer is None else {"Authorization": f"Bearer {bearer}"}),
    }
    event = http_event(body, headers={**headers, "X-Jwt-Sub": "mallory"})
    now = NOON + timedelta(seconds=at)
    return instance("presign")(
        json.dumps(event).encode(), context(), environ=environ(**{**OIDC, **variables}), now=now
    )


def document(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"])


def test_a_caller_is_who_the_token_says_whatever_headers_say(capsys: pytest.CaptureFixture[str]) -> None:
    granted = ask(GET, bearer=token())
    other = ask({**GET, "key": "users/mallory/cat.png"}, bearer=token())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert (200, 403) == (granted["statusCode"], other["statusCode"])
    assert [(ISSUER, "t-1", {"sub": "alice"})] == [
        (each["issuer"], each["jti"], each["caller"]) for each in lines[:1]
    ]


def test_names_of_identity_brokers_have_folders_of_their_own() -> None:
    granted = ask({**GET, "key": "users/auth0~7C5f/cat.png"}, bearer=token(sub="auth0|5f"))
    comma = ask({**GET, "key": "users/a~2Cb/cat.png"}, bearer=token(sub="a,b"))

    assert (200, 200) == (granted["statusCode"], comma["statusCode"])


@pytest.mark.parametrize(
    ("bearer", "challenge"), [(None, "Bearer"), ("nonsense", INVALID), (token(exp=NOW - 31), INVALID)]
)
def test_nobody_gets_a_challenge(bearer: str | None, challenge: str) -> None:
    answer = ask(GET, bearer=bearer)

    assert (401, challenge) == (answer["statusCode"], answer["headers"]["WWW-Authenticate"])
    assert "Unauthenticated" == document(answer)["Code"]


@pytest.mark.parametrize("claim", [..., "", 5, None, ["alice"]])
def test_a_wanted_claim_that_a_token_lacks_is_nobody(claim: Any) -> None:
    assert (
        401
        == ask(GET, bearer=token(sub=claim) if isinstance(claim, str) or claim is ... else _odd(claim))[
            "statusCode"
        ]
    )


def _odd(claim: Any) -> str:
    from tests.unit.oidc.oidc_world import claims, signed

    return signed({"alg": "RS256", "kid": "k1"}, {**claims(), "sub": claim})


@pytest.mark.parametrize(
    "body",
    [
        {**GET, "expires_in": 1200},
        {**GET, "dry_run": True},
        {"operation": "PostObject", "key": "users/alice/a"},
        {"operation": "UploadPart", "key": "users/alice/a", "upload_id": "U", "part_numbers": [1, 2]},
    ],
)
def test_no_grant_outlives_the_token(body: dict[str, Any]) -> None:
    cut = document(ask(body, bearer=token(exp=NOW + 600.9)))

    assert ("caller", "2026-11-23T12:10:00Z", 600) == (
        cut["limited_by"],
        cut["expires_at"],
        cut["expires_in"],
    )


def test_a_batch_is_cut_item_by_item() -> None:
    items = [{**GET, "expires_in": 60}, {**GET, "expires_in": 1200}]
    answered = document(ask({"items": items}, bearer=token(exp=NOW + 600)))["items"]

    assert [("request", 60), ("caller", 600)] == [
        (each["limited_by"], each["expires_in"]) for each in answered
    ]


def test_within_the_leeway_nothing_is_signed_any_more() -> None:
    bearer = token(exp=NOW)

    assert 401 == ask(GET, bearer=bearer, at=10)["statusCode"]
    assert 401 == ask(GET, bearer=token(exp=NOW + 0.5))["statusCode"]


def test_within_the_leeway_a_batch_and_a_malformed_key_are_401() -> None:
    bearer = token(exp=NOW)
    for body in ({"items": [GET]}, {**GET, "key": "/"}, {**GET, "profile": "nowhere"}):
        assert 401 == ask(body, bearer=bearer, at=10)["statusCode"]


def test_the_audit_says_who_was_refused(capsys: pytest.CaptureFixture[str]) -> None:
    ask({**GET, "key": "users/bob/cat.png"}, bearer=token())
    ask(GET, bearer="nonsense")
    known, unknown = (json.loads(line) for line in capsys.readouterr().out.splitlines())

    assert ({"sub": "alice"}, ISSUER, "t-1") == (known["caller"], known["issuer"], known["jti"])
    assert ({}, False) == (unknown["caller"], "issuer" in unknown)


def test_an_issuer_that_does_not_answer_is_503() -> None:
    answer = ask(
        GET,
        bearer=token(),
        OIDC_JWKS="",
        OIDC_JWKS_URL="http://127.0.0.1:9/",
        ALLOW_INSECURE_ENDPOINTS="true",
    )

    assert (503, "ServiceUnavailable", "30") == (
        answer["statusCode"],
        document(answer)["Code"],
        answer["headers"]["Retry-After"],
    )


def test_a_direct_invocation_has_no_token() -> None:
    answer = instance("presign")(json.dumps(GET).encode(), context(), environ=environ(**OIDC), now=NOON)

    assert "Unauthenticated" == answer["Code"]


@pytest.fixture
def world() -> Any:
    with sts_world() as made:
        made.environ |= OIDC
        yield made


def ending(world: StsWorld, seconds: int) -> str:
    """Return a token that ends so many seconds from now: STS's requests are signed by the real clock."""
    now = int(world.clock.now().timestamp())
    return token(iat=now - 60, nbf=now - 60, exp=now + seconds, jti=str(seconds))


def session(world: StsWorld, bearer: str, **query: str) -> tuple[int, Any]:
    event = http_event(method="GET", query=query, path="/sts", headers={"Authorization": f"Bearer {bearer}"})
    answer = world.respond(
        json.dumps(event).encode(), world.context, environ=world.environ, now=world.clock.now()
    )
    return answer["statusCode"], json.loads(answer["body"])


def test_sessions_are_bound_to_the_token_where_the_deployment_says_so(world: StsWorld) -> None:
    free = session(world, ending(world, 1001))[1]
    world.environ |= {"OIDC_BIND_SESSIONS": "true"}
    bound = session(world, ending(world, 1000))[1]
    short = session(world, ending(world, 890))
    long = session(world, ending(world, 7200))[1]

    # The clock runs on: between asking STS and answering, and until the session of before is handed out again.
    assert ("policy", "caller") == (free["LimitedBy"], bound["LimitedBy"])
    assert long["LimitedBy"] in ("policy", "credentials")
    assert [3600, 900, 3600] == [-(-each["ExpiresIn"] // 100) * 100 for each in (free, bound, long)]
    assert (401, "Unauthenticated") == (short[0], short[1]["Code"])


def test_within_the_leeway_a_token_still_says_who_asks_for_a_session(world: StsWorld) -> None:
    assert 200 == session(world, ending(world, -15))[0]


def test_nothing_of_a_token_is_written_down(capsys: pytest.CaptureFixture[str]) -> None:
    bearers = [token(), token(exp=NOW - 31), token(aud="other"), "abc.def.ghi"]
    for bearer in bearers:
        ask(GET, bearer=bearer)
    said = capsys.readouterr()

    assert not [part for bearer in bearers for part in bearer.split(".") if part in said.out + said.err]
