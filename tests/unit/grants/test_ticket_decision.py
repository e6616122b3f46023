"""The decision on tickets, where no deployment's settings have refused before it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.ticket_decision import authorize_ticket
from shared.grants.tickets import Ticket, TicketRequest
from tests.unit.grants.test_decision import ALICE, TTL, scope

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
KEY = "users/alice/a.bin"


def ticket(**fields: Any) -> Ticket:
    asked = TicketRequest(operation="Ticket", **fields)
    return authorize_ticket(
        asked,
        claims=ALICE,
        grant_scope=scope(ceiling=100),
        ttl_policy=TTL,
        longest_link=timedelta(days=30),
        now=NOON,
        id="id",
    ).ticket


@pytest.mark.parametrize(("fields", "kept"), [({"uses": 1}, True), ({"revocable": True}, True), ({}, False)])
def test_a_store_is_needed_for_what_can_change(fields: dict[str, Any], kept: bool) -> None:
    assert kept is ticket(allow=["GetObject"], key=KEY, **fields).needs_store


@pytest.mark.parametrize(
    "fields",
    [
        {"allow": ["GetObject"], "prefix": "users/alice/", "uses": 1},
        {"allow": ["GetObject", "HeadObject"], "key": KEY, "uses": 1},
        {"allow": ["PutObject"], "key": KEY, "uses": 1},
    ],
)
def test_only_links_are_counted(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="uses: goes with"):
        ticket(**fields)


def test_no_ticket_has_a_higher_ceiling_than_the_deployment() -> None:
    asked: dict[str, Any] = {"allow": ["PutObject"], "key": KEY}

    assert 100 == ticket(**asked, max_size=100).max_size
    with pytest.raises(AccessDenied, match="max_size: at most 100 bytes"):
        ticket(**asked, max_size=101)
