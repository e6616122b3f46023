"""The CDN in front of a bucket: it verifies its own signatures, and reads as a role of its own."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from oss_emulator.cdn import Cdn, Denied
from tests.unit.emulator.oss_world import BUCKET, World, world

KEY, HOST = "aliyuncdnexp1234", "http://cdn.example.com"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def address(signing: str, path: str, *, begins: Any, key: str = KEY) -> str:
    """Return path and query as the vendor's pages write them."""
    seconds = int(begins.timestamp())
    if signing == "a":
        return f"{path}?auth_key={seconds}-0-0-{md5(f'{path}-{seconds}-0-0-{key}')}"
    if signing == "b":
        minute = (begins + timedelta(hours=8)).strftime("%Y%m%d%H%M")
        return f"/{minute}/{md5(key + minute + path)}{path}"
    return f"/{md5(f'{key}{path}{seconds:x}')}/{seconds:x}{path}"


@pytest.fixture(params=["a", "b", "c"])
def signing(request: pytest.FixtureRequest) -> Literal["a", "b", "c"]:
    return request.param  # type: ignore[no-any-return]  # one of the three


@pytest.fixture
def w(tmp_path: Path, signing: Literal["a", "b", "c"]) -> World:
    made = world(tmp_path)
    made.cloud.put_cdn_before(
        BUCKET, Cdn(domain="cdn.example.com", signing=signing, key=KEY, validity_seconds=600)
    )
    made.put("a b.txt")
    made.cloud.clock.set(made.cloud.clock.now().replace(second=0, microsecond=0))
    return made


def test_a_signed_url_is_served_until_its_validity_is_over(w: World, signing: str) -> None:
    url = HOST + address(signing, "/a%20b.txt", begins=w.cloud.clock.now())
    first = w.send("GET", url)
    head = w.send("HEAD", url)
    w.cloud.clock.advance(timedelta(seconds=599))
    last = w.send("GET", url).status_code
    w.cloud.clock.advance(timedelta(seconds=1))
    over = w.send("GET", url)

    assert (200, b"hello", 200, 200, 403) == (
        first.status_code,
        first.get_data(),
        head.status_code,
        last,
        over.status_code,
    )
    assert "denied by req auth: expired timestamp" == over.headers["X-Tengine-Error"]


def test_what_is_not_signed_so_is_denied(w: World, signing: str) -> None:
    now = w.cloud.clock.now()
    good = address(signing, "/a%20b.txt", begins=now)
    other = "a" if signing != "a" else "c"
    bad = [
        address(signing, "/a%20b.txt", begins=now, key="another1"),
        address(other, "/a%20b.txt", begins=now),
        good.replace("a%20b", "b"),
        good.replace("a%20b", "a%2520b"),
        "/a%20b.txt",
    ]

    assert [403] * len(bad) == [w.send("GET", HOST + each).status_code for each in bad]
    assert 405 == w.send("PUT", HOST + good).status_code
    assert 404 == w.send("GET", HOST + address(signing, "/none", begins=now)).status_code


def test_the_query_beside_the_signature_is_not_signed_and_goes_on(w: World, signing: str) -> None:
    url = HOST + address(signing, "/a%20b.txt", begins=w.cloud.clock.now())
    joined = f"{url}{'&' if '?' in url else '?'}response-content-language=de"

    assert "de" == w.send("GET", joined).headers["Content-Language"]


def test_a_time_that_is_none_is_denied() -> None:
    text = f"/{'9' * 12}/{md5(KEY + '9' * 12 + '/a')}/a"

    with pytest.raises(Denied, match="invalid timestamp"):
        Cdn(domain="d", signing="b", key=KEY).target(text, now=None)  # type: ignore[arg-type]  # not looked at


def test_the_key_does_not_print() -> None:
    assert KEY not in repr(Cdn(domain="d", signing="a", key=KEY))
