"""The control endpoint: what tests in any language change in the cloud, and who may not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oss_emulator import Cloud, Control, Emulator, fetch

TRUST = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}],
}


@pytest.fixture
def cloud() -> Any:
    held = Cloud()
    held.create_bucket("examplebucket")
    yield held
    held.close()


def ask(cloud: Cloud, method: str, path: str, document: Any = None, **headers: str) -> tuple[int, Any]:
    body = b"" if document is None else json.dumps(document).encode()
    host = headers.pop("Host", "127.0.0.1:9001")
    answer = fetch(Control(cloud), method, f"http://{host}{path}", headers=headers, body=body)
    return answer.status_code, json.loads(answer.get_data())


def test_the_clock_stops_moves_and_goes_on(cloud: Cloud) -> None:
    stopped = ask(cloud, "PUT", "/clock", {"now": "2026-11-23T12:00:00Z"})
    moved = ask(cloud, "PUT", "/clock", {"advance_seconds": 90})
    read = ask(cloud, "GET", "/clock")
    gone_on = ask(cloud, "PUT", "/clock", {"run": True})

    assert (200, {"now": "2026-11-23T12:00:00Z"}) == stopped
    assert (200, {"now": "2026-11-23T12:01:30Z"}) == moved == read
    assert "2026-11-23T12:01" not in gone_on[1]["now"]


def test_buckets_users_roles_and_sessions_are_made(cloud: Cloud) -> None:
    made = ask(cloud, "PUT", "/buckets/media", {"versioned": True})
    user = ask(cloud, "PUT", "/users/alice")
    role = ask(cloud, "PUT", "/roles/reader", {"trust": TRUST, "policies": []})
    session = ask(cloud, "POST", "/roles/reader/session", {"duration_seconds": 900})

    assert (200, {"name": "media", "region": "cn-hangzhou", "versioned": True}) == made
    assert user[1]["AccessKeyId"].startswith("LTAI")
    assert (200, {"arn": "acs:ram::123456789012:role/reader"}) == role
    assert cloud.identities.is_issued(session[1]["SecurityToken"])


def test_faults_come_once_each_and_the_log_says_what_was_asked(cloud: Cloud) -> None:
    ordered = ask(cloud, "POST", "/faults", {"kind": "throttling", "times": 1})
    url = "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/a"
    statuses = [fetch(Emulator(cloud), "GET", url).status_code for _ in range(2)]
    status, log = ask(cloud, "GET", "/log")

    assert (200, {"ordered": "throttling"}) == ordered
    assert [503, 403] == statuses
    assert (200, [503, 403]) == (status, [line["status"] for line in log])


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("PUT", "/clock", {"now": "noon"}),
        ("PUT", "/clock", [1]),
        ("PUT", "/clock", {"advance_seconds": "x"}),
        ("PUT", "/roles/reader", {}),
        ("POST", "/roles/nobody/session", {}),
        ("POST", "/faults", {"kind": "__init__"}),
        ("POST", "/faults", {}),
        ("POST", "/faults", {"service": "ram", "kind": "slow"}),
        ("PUT", "/account", {"type_overrides_open": 1}),
        ("PUT", "/account", {"account_id": True}),
        ("PUT", "/buckets/media", {"color": "red"}),
        ("PUT", "/buckets/media", {"versioned": "false"}),
        ("PUT", "/buckets/media", {"cors": [{"origins": ["*"]}]}),
        ("PUT", "/buckets/media", {"blocks_public_access": 0}),
        ("PUT", "/buckets/media", {"custom_domain": 1}),
        ("PUT", "/buckets/a", {}),
        ("PUT", "/buckets/-media-", {}),
        ("PUT", "/clock", {"advance_seconds": 1e15}),
        ("PUT", "/clock", {"now": "9999-12-31T23:59:59Z"}),
        ("POST", "/roles/reader/session", {"duration_seconds": 10**18}),
        ("POST", "/faults", {"kind": "slow", "seconds": "1"}),
        ("POST", "/faults", {"kind": "throttling", "times": 10**12}),
        ("POST", "/faults", {"kind": "throttling", "times": -1}),
    ],
)
def test_what_cannot_be_done_is_said(cloud: Cloud, method: str, path: str, document: Any) -> None:
    cloud.identities.add_role("reader", trust=TRUST, policies=[])
    status, answer = ask(cloud, method, path, document)

    assert (400, ["error"]) == (status, list(answer))
    assert 200 == ask(cloud, "GET", "/clock")[0]


def test_what_an_account_may_do_can_be_changed(cloud: Cloud) -> None:
    status, answer = ask(cloud, "PUT", "/account", {"type_overrides_open": True})

    assert (200, {"public_endpoint_open": True, "type_overrides_open": True}) == (status, answer)
    assert cloud.type_overrides_open


def test_other_names_and_web_pages_are_sent_away(cloud: Cloud) -> None:
    by_name = ask(cloud, "GET", "/log", Host="evil.example:9001")
    by_page = ask(cloud, "GET", "/log", Origin="https://evil.example")
    unknown = ask(cloud, "GET", "/everything")

    assert [403, 403, 404] == [by_name[0], by_page[0], unknown[0]]
