"""Settings of tickets: each rule proved at load, by the variable's name and never its value."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Misconfigured
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


def test_credentials_by_ticket_need_a_role() -> None:
    settings = ticket_settings(environ(**TICKETS, STS_ROLE_ARN=ROLE))

    assert settings.sts is not None
    assert ROLE == settings.sts.role.arn
    assert ticket_settings(environ(**TICKETS)).sts is None


def test_whoever_verifies_callers_tickets_are_not_verified_by_it() -> None:
    settings = ticket_settings(environ(**TICKETS, IDENTITY_SOURCE="oidc"))

    assert (None, ("sub",)) == (settings.caller.identity.oidc, settings.caller.identity.claims)
