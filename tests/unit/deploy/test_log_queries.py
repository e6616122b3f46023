"""The log queries and alerts of docs/sls, run over lines that the functions themselves write."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.world import NOON, context, environ, http_event, instance

FOLDER = Path(__file__).parents[3] / "docs" / "sls"
QUERIES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.sql"))}
ALERTS = json.loads((FOLDER / "alerts.json").read_text())
GET = {"operation": "GetObject", "key": "users/alice/a.png"}


class _Percentile:
    """``approx_percentile`` of the log service, exact."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._share = 0.0

    def step(self, value: float | None, share: float) -> None:
        self._share = share
        if value is not None:
            self._values.append(value)

    def finalize(self) -> float | None:
        ordered = sorted(self._values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * self._share))] if ordered else None


def _member(text: str, path: str) -> str | None:
    """Return ``json_extract_scalar`` of the log service: the text of a scalar, or NULL."""
    found: Any = json.loads(text)
    for step in path.removeprefix("$.").split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return None if found is None or isinstance(found, (dict, list)) else json.dumps(found).strip('"')


def rows(query: str, lines: list[str]) -> list[dict[str, Any]]:
    """Return what a query answers, its search part left out: it only narrows."""
    with sqlite3.connect(":memory:") as database:
        database.create_function("json_extract_scalar", 2, _member)
        database.create_aggregate("approx_percentile", 2, _Percentile)
        database.execute("CREATE TABLE log (message TEXT)")
        database.executemany("INSERT INTO log VALUES (?)", [(line,) for line in lines])
        cursor = database.execute(query.partition("|")[2])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Lines of granted, refused, cut and failed requests."""
    presign, sts = instance("presign"), instance("sts")

    def ask(body: Any, respond: Any = presign, **variables: str) -> None:
        respond(json.dumps(http_event(body)).encode(), context(), environ=environ(**variables), now=NOON)

    for _ in range(3):
        ask(GET)
    ask({"operation": "UploadPart", "key": "users/alice/b", "upload_id": "U", "part_numbers": [1, 2, 3]})
    ask({**GET, "key": "users/bob/a.png"})
    ask({**GET, "expires_in": 99_999})
    ask(GET, OSS_BUCKET="NO")
    nobody = {"STS_ENDPOINT": "http://127.0.0.1:9", "ALLOW_INSECURE_ENDPOINTS": "true"}
    ask({}, sts, STS_ROLE_ARN="acs:ram::123456789012:role/x", **nobody)
    said = capsys.readouterr().out.splitlines()
    said.append(
        json.dumps(
            {
                "function": "presign",
                "decision": "granted",
                "operation": "GetObject",
                "limited_by": "credentials",
            }
        )
    )
    for caller in ("alice", "bob"):
        said.append(_throttled(caller, "STS is throttling this account; try again later"))
    return said


def _throttled(caller: str, rule: str) -> str:
    line = {"time": "2026-11-23T12:00:00Z", "decision": "refused", "code": "Throttling", "rule": rule}
    return json.dumps({**line, "caller": {"sub": caller}})


def test_there_are_six_queries_and_four_alerts() -> None:
    assert (6, 4) == (len(QUERIES), len(ALERTS))


def test_grants_are_counted_by_operation(lines: list[str]) -> None:
    found = {
        (row["function"], row["operation"]): (row["grants"], row["urls"])
        for row in rows(QUERIES["grants-by-operation"], lines)
    }

    assert (4, 4) == (found["presign", "GetObject"])
    assert (1, 3) == found["presign", "UploadPart"]


def test_refusals_are_counted_by_rule(lines: list[str]) -> None:
    found = {row["rule"]: (row["code"], row["refusals"]) for row in rows(QUERIES["refusals-by-rule"], lines)}

    assert ("AccessDenied", 1) == found["key: outside the prefixes granted for this operation"]
    assert ("InvalidArgument", 1) == found["expires_in: at most 3600 s, not 99999 s"]


def test_failures_name_the_variable_or_what_sts_said(lines: list[str]) -> None:
    found = {row["failure"]: row["detail"] for row in rows(QUERIES["failures"], lines)}

    assert "OSS_BUCKET" == found["Misconfigured"]
    assert "BadGateway" in found


def test_latency_has_percentiles(lines: list[str]) -> None:
    found = rows(QUERIES["latency"], lines)

    assert {"true", "false"} == {row["cold"] for row in found}
    assert all(0 <= row["p50"] <= row["p99"] for row in found)


def test_throttling_is_counted_by_minute(lines: list[str]) -> None:
    (found,) = rows(QUERIES["sts-throttling"], lines)

    assert ("2026-11-23T12:00", 2, 2) == (found["minute"], found["refusals"], found["callers"])


def test_grants_that_were_cut_are_counted(lines: list[str]) -> None:
    assert [1] == [row["cut"] for row in rows(QUERIES["cut-by-credentials"], lines)]


FIRES = {
    "oss-access-grants-failures": [json.dumps({"error": "Misconfigured"})] * 6,
    "oss-access-grants-refusals": [json.dumps({"decision": "refused", "code": "AccessDenied"})] * 101,
    "oss-access-grants-sts-throttling": [
        _throttled("alice", "STS is throttling this account; try again later")
    ],
    "oss-access-grants-slow": [json.dumps({"decision": "granted", "cold": False, "ms": 1500.0})],
}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["name"])
def test_an_alert_fires_for_its_own_lines_and_not_for_a_quiet_day(alert: dict[str, Any]) -> None:
    name, _, bound = alert["condition"].split()
    quiet = [json.dumps({"decision": "granted", "operation": "GetObject", "cold": False, "ms": 1.0})] * 100
    calm, loud = (rows(alert["query"], each)[0][name] for each in (quiet, FIRES[alert["name"]]))

    assert (calm or 0) <= float(bound) < loud
    assert alert["name"].startswith("oss-access-grants-")
    assert alert["meaning"]
    assert alert["remedy"]
