from __future__ import annotations

from pathlib import Path

import pytest

from oss_emulator.store.settings import CorsRule
from tests.unit.emulator.oss_world import BUCKET, HOST, World, code, element, world


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


CORS = (
    CorsRule(
        origins=["https://*.example.com"],
        methods=["PUT"],
        headers=["content-type", "x-oss-*"],
        expose=["ETag"],
    ),
)


@pytest.mark.parametrize(
    ("origin", "method", "headers", "status"),
    [
        ("https://app.example.com", "PUT", "content-type, x-oss-meta-a", 200),
        ("https://app.example.com", "PUT", "", 200),
        ("https://app.example.com", "PUT", "authorization", 403),
        ("https://app.example.com", "DELETE", "", 403),
        ("https://evil.example", "PUT", "", 403),
        ("", "PUT", "", 400),
    ],
)
def test_a_preflight_is_answered_by_the_rules(
    tmp_path: Path, origin: str, method: str, headers: str, status: int
) -> None:
    w = world(tmp_path, cors=CORS)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    answer = w.send("OPTIONS", f"{HOST}/{BUCKET}/a", headers={n: v for n, v in asked.items() if v})

    assert status == answer.status_code
    assert (origin if status == 200 else None) == answer.headers.get("Access-Control-Allow-Origin")


def test_an_answer_can_be_read_by_an_allowed_page(tmp_path: Path) -> None:
    w = world(tmp_path, cors=CORS)
    made = w.put_url()
    headers = {**made.signed_headers, "Origin": "https://app.example.com"}

    assert (
        "ETag" == w.send("PUT", made.url, headers=headers, body=b"x").headers["Access-Control-Expose-Headers"]
    )


def test_hosts_lead_to_buckets(w: World) -> None:
    w.put()
    w.cloud.custom_domains["img.example.com"] = BUCKET
    path = w.get_url().url.partition(f"/{BUCKET}")[2]
    hosts = [
        f"http://{BUCKET}.localhost",
        f"http://{BUCKET}.oss.localhost:9001",
        f"https://{BUCKET}.oss-cn-hangzhou.aliyuncs.com",
        f"https://{BUCKET}.oss-cn-hangzhou-internal.aliyuncs.com",
        f"https://{BUCKET}.cn-hangzhou.oss.aliyuncs.com",
        f"https://{BUCKET}.oss-accelerate.aliyuncs.com",
        "https://img.example.com",
        f"http://127.0.0.1:9001/{BUCKET}",
        f"http://[::1]:9001/{BUCKET}",
        f"https://oss-cn-hangzhou.aliyuncs.com/{BUCKET}",
    ]

    assert [b"hello"] * len(hosts) == [w.send("GET", host + path).get_data() for host in hosts]


def test_a_bucket_answers_at_its_own_region_only(w: World) -> None:
    w.put()
    path = w.get_url().url.partition(f"/{BUCKET}")[2]
    answer = w.send("GET", f"https://{BUCKET}.oss-cn-beijing.aliyuncs.com{path}")

    assert (403, "AccessDenied", "oss-cn-hangzhou.aliyuncs.com") == (
        answer.status_code,
        code(answer),
        element(answer, "Endpoint"),
    )


def test_a_host_that_is_not_of_oss_is_not_served(w: World) -> None:
    w.put()
    path = w.get_url().url.partition(f"/{BUCKET}")[2]

    assert "NotImplemented" == code(w.send("GET", f"https://{BUCKET}.s3.example.com{path}"))
    assert "NotImplemented" == code(w.send("GET", f"https://oss-cn-hangzhou.aliyuncs.com.example.com{path}"))


@pytest.mark.parametrize(
    ("pattern", "origin", "status"),
    [
        ("*", "https://anybody.example", 200),
        ("http://[::1]:9000", "http://[::1]:9000", 200),
        ("http://[::1]:9000", "http://::9000", 403),
        ("https://a?.example", "https://ab.example", 403),
        ("https://*.example", "https://a.b.example", 200),
        ("https://*.example", "https://a.example.evil", 403),
    ],
)
def test_a_star_is_the_only_pattern_of_an_origin(
    tmp_path: Path, pattern: str, origin: str, status: int
) -> None:
    w = world(tmp_path, cors=(CorsRule(origins=[pattern], methods=["GET"]),))
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}

    assert status == w.send("OPTIONS", f"{HOST}/{BUCKET}/a", headers=asked).status_code


def test_the_first_rule_that_fits_decides(tmp_path: Path) -> None:
    rules = (
        CorsRule(origins=["https://a.example"], methods=["PUT"], max_age_seconds=1),
        CorsRule(origins=["*"], methods=["GET"], max_age_seconds=2),
        CorsRule(origins=["https://a.example"], methods=["GET"], max_age_seconds=3),
    )
    w = world(tmp_path, cors=rules)
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}

    assert "2" == w.send("OPTIONS", f"{HOST}/{BUCKET}/a", headers=asked).headers["Access-Control-Max-Age"]


def test_a_refusal_too_can_be_read_by_an_allowed_page(tmp_path: Path) -> None:
    w = world(tmp_path, cors=(CorsRule(origins=["https://a.example"], methods=["GET"]),))
    allowed, other = (
        w.send("GET", f"{HOST}/{BUCKET}/a", headers={"Origin": origin}).headers
        for origin in ("https://a.example", "https://b.example")
    )

    assert "https://a.example" == allowed["Access-Control-Allow-Origin"]
    assert "Access-Control-Allow-Origin" not in other


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("examplebucket.oss-cn-hangzhou.aliyuncs.com", "PublicEndpointForbidden"),
        ("examplebucket.cn-hangzhou.oss.aliyuncs.com", "PublicEndpointForbidden"),
        ("examplebucket.oss-cn-hangzhou-internal.aliyuncs.com", "OK"),
        ("examplebucket.oss-accelerate.aliyuncs.com", "OK"),
        ("img.example.com", "OK"),
    ],
)
def test_a_new_account_of_the_mainland_needs_another_endpoint(w: World, host: str, expected: str) -> None:
    w.put()
    w.cloud.custom_domains["img.example.com"] = BUCKET
    w.cloud.public_endpoint_open = False
    url = w.get_url().url.replace("http://localhost/examplebucket", f"http://{host}")

    assert expected == code(w.send("GET", url))
