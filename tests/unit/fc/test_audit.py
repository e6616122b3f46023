"""Audit lines: who, what, from where; never longer than 4 KiB, whatever was asked for."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from shared.errors import InvalidRequest
from shared.fc.audit import MAX_LINE_BYTES, Trail
from tests.world import context, environ, http_event, instance

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
FACE = "\U0001f600"


def trail() -> Trail:
    client = {"source_ip": "192.0.2.7", "user_agent": FACE * 128}
    return Trail(now=NOON, request_id="req-1", function="presign", client=client)


def test_a_line_says_who_asked_and_from_where(capsys: pytest.CaptureFixture[str]) -> None:
    trail().of({"sub": "alice"}).granted(key="a")
    line = json.loads(capsys.readouterr().out)

    assert {"sub": "alice"} == line["caller"]
    assert ("192.0.2.7", FACE * 128) == (line["source_ip"], line["user_agent"])


def test_no_line_is_longer_than_it_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    long = FACE * 5000
    trail().refused(InvalidRequest(long), key=long, filename=long, expires_in=10**4000, endpoint=[long])
    trail().granted(key=long, read_prefixes=[long[:50]] * 500, urls=1)
    printed = capsys.readouterr().out.splitlines()

    assert 2 == len(printed)
    assert MAX_LINE_BYTES > max(map(len, printed))
    assert ["refused", "granted"] == [json.loads(line)["decision"] for line in printed]


@pytest.mark.parametrize("claims", [20, 200])
def test_a_caller_of_many_long_claims_is_cut_as_well(claims: int, capsys: pytest.CaptureFixture[str]) -> None:
    trail().of({f"claim-{number}": "x" * 200 for number in range(claims)}).granted(key="a")
    line = capsys.readouterr().out

    assert MAX_LINE_BYTES > len(line)
    assert "granted" == json.loads(line)["decision"]


def test_a_line_says_how_long_it_took_and_whether_the_instance_is_new(
    capsys: pytest.CaptureFixture[str],
) -> None:
    presign, event = (
        instance("presign"),
        json.dumps(http_event({"operation": "GetObject", "key": "users/alice/a"})),
    )
    for _ in range(2):
        presign(event.encode(), context(), environ=environ(), now=NOON)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [True, False] == [line["cold"] for line in lines]
    assert all(0 <= line["ms"] < 10_000 for line in lines)
