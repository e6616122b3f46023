"""Settings of tickets: each rule proved at load, by the variable's name and never its value."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Misconfigured
from shared.redemptions.port import OssPlace, Place
from shared.settings.functions import presign_settings, ticket_settings
from tests.world import environ

SEAL_KEYS = "k1:" + "b" * 42 + "A"
TICKETS = {"TICKET_URL": "https://grants.example.com/t", "SEAL_KEYS": SEAL_KEYS}
ROLE = "acs:ram::123456789012:role/session"


def test_without_an_address_there_are_no_tickets() -> None:
    assert (None, None) == (presign_settings(environ()).tickets, ticket_settings(environ()).tickets)


def test_both_functions_know_the_same_of_tickets() -> None:
    policy = presign_settings(environ(**TICKETS)).tickets
    assert policy is not None

    assert policy == ticket_settings(environ(**TICKETS)).tickets
    assert ("/t", timedelta(days=30)) == (policy.path, policy.longest_link)
    assert "https://grants.example.com/t/x" == policy.url_of("x")


def test_a_last_slash_of_the_address_is_no_part_of_it() -> None:
    policy = presign_settings(
        environ(**TICKETS, TICKET_MAX_SECONDS="60") | {"TICKET_URL": "https://a.example/"}
    ).tickets
    assert policy is not None

    assert ("", "https://a.example/x", timedelta(seconds=60)) == (
        policy.path,
        policy.url_of("x"),
        policy.longest_link,
    )


@pytest.mark.parametrize(
    ("variable", "changes"),
    [
        ("SEAL_KEYS", {"SEAL_KEYS": ""}),
        ("SEAL_KEYS", {"SEAL_KEYS": "k1:short"}),
        ("TICKET_URL", {"TICKET_URL": "http://grants.example.com/t"}),
        ("TICKET_URL", {"TICKET_URL": "grants.example.com/t"}),
        ("TICKET_URL", {"TICKET_URL": "https://user@grants.example.com/t"}),
        ("TICKET_URL", {"TICKET_URL": "https://grants.example.com/t?a=b"}),
        ("TICKET_URL", {"TICKET_URL": "https://grants.example.com/t%2f"}),
        ("TICKET_MAX_SECONDS", {"TICKET_MAX_SECONDS": "2592001"}),
        ("TICKET_MAX_SECONDS", {"TICKET_MAX_SECONDS": "0"}),
        ("IDENTITY_CLAIMS", {"IDENTITY_CLAIMS": "sub,Sub"}),
    ],
)
def test_what_breaks_a_rule_is_named(variable: str, changes: dict[str, str]) -> None:
    for load in (presign_settings, ticket_settings):
        with pytest.raises(Misconfigured) as refused:
            load(
                environ(**TICKETS, **changes)
                if not changes.keys() & TICKETS.keys()
                else environ(**(TICKETS | changes))
            )

        assert variable == refused.value.variable
        assert not any(value and value in str(refused.value) for value in changes.values())


def claims(place: str, **changes: str) -> Place | None:
    policy = presign_settings(environ(**TICKETS, TICKET_CLAIMS=place, **changes)).tickets
    assert policy is not None
    return policy.store


def test_a_store_in_oss_is_reached_inside_its_region() -> None:
    place = claims("oss://other-bucket/fate/of/")

    assert isinstance(place, OssPlace)
    assert ("other-bucket", "fate/of/") == (place.bucket, place.prefix)
    assert "oss-cn-hangzhou-internal.aliyuncs.com" == place.endpoint.host


@pytest.mark.parametrize(
    "place",
    [
        *("oss://examplebucket/", "oss://examplebucket", "oss://ex/fate/", "oss://examplebucket/fate"),
        *(
            "oss://examplebucket//",
            "oss://examplebucket/a//b/",
            "oss://examplebucket/../",
            "oss://examplebucket/./",
        ),
        *(
            "oss://examplebucket/fate/?x=1",
            "oss://examplebucket/f ate/",
            "oss://examplebucket/f*/",
            "s3://a-b/c/",
        ),
        *("oss://user@examplebucket/fate/", "examplebucket/fate/", "oss://examplebucket/fate/\n"),
    ],
)
def test_what_names_no_store_is_refused_and_not_repeated(place: str) -> None:
    for changes in (TICKETS, {}):
        with pytest.raises(Misconfigured, match=r"^TICKET_CLAIMS: ") as refused:
            presign_settings(environ(**changes, TICKET_CLAIMS=place))

        assert place not in str(refused.value)


GRANTED = {
    "the folders of callers": {},
    "a folder that holds it": {"GRANT_READ_PREFIXES": "users/", "GRANT_WRITE_PREFIXES": ""},
    "a folder in it": {"GRANT_READ_PREFIXES": "users/fate/public/", "GRANT_WRITE_PREFIXES": ""},
    "the whole bucket": {
        "GRANT_READ_PREFIXES": "",
        "GRANT_WRITE_PREFIXES": "",
        "GRANT_DELETE_PREFIXES": "*",
    },
    "a folder that a caller's name may stand for": {
        "GRANT_READ_PREFIXES": "{sub}/",
        "GRANT_WRITE_PREFIXES": "",
    },
    "a folder of a profile": {
        "GRANT_READ_PREFIXES": "",
        "GRANT_WRITE_PREFIXES": "",
        "GRANT_PROFILES": '{"p": {"write_prefixes": ["users/fate/"]}}',
    },
}


@pytest.mark.parametrize("case", GRANTED)
def test_nobody_may_be_granted_an_object_of_the_store(case: str) -> None:
    with pytest.raises(Misconfigured, match=r"^TICKET_CLAIMS: a prefix outside"):
        claims("oss://examplebucket/users/fate/", **GRANTED[case])

    assert claims("oss://other-bucket/users/fate/", **GRANTED[case])


@pytest.mark.parametrize("prefixes", ["users/{sub}/", "{sub}/users/", "users/other/"])
def test_a_store_beside_what_is_granted_is_taken(prefixes: str) -> None:
    granted = {"GRANT_READ_PREFIXES": prefixes, "GRANT_WRITE_PREFIXES": ""}

    # A claim's value is never written with a leading dot, but may be any other plain text.
    assert claims(
        "oss://examplebucket/.fate/" if prefixes.startswith("{") else "oss://examplebucket/fate/", **granted
    )


def test_credentials_by_ticket_need_a_role() -> None:
    settings = ticket_settings(environ(**TICKETS, STS_ROLE_ARN=ROLE))

    assert settings.sts is not None
    assert ROLE == settings.sts.role.arn
    assert ticket_settings(environ(**TICKETS)).sts is None


def test_whoever_verifies_callers_tickets_are_not_verified_by_it() -> None:
    settings = ticket_settings(environ(**TICKETS, IDENTITY_SOURCE="oidc"))

    assert (None, ("sub",)) == (settings.caller.identity.oidc, settings.caller.identity.claims)
