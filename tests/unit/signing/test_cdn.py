"""URLs of the CDN: the vendor's published examples, and ends that are true."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any, get_args
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.signing.cdn import Cdn, CdnSigning, sign_for_cdn, signed_address
from tests.world import NOON

KEY = "aliyuncdnexp1234"
BEIJING = timezone(timedelta(hours=8))


def cdn(signing: Any, *, validity: int = 1800) -> Cdn:
    return Cdn(domain="cdn.example.com", signing=signing, key=KEY, validity=timedelta(seconds=validity))


# Alibaba Cloud CDN, "Type A signing", "Type B signing" and "Type C signing".
PUBLISHED = [
    (
        "a",
        "/video/standard/1K.html",
        datetime.fromtimestamp(1444435200, timezone.utc),
        "/video/standard/1K.html?auth_key=1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f",
    ),
    (
        "b",
        "/4/44/44c0909bcfc20a01afaf256ca99a8b8b.mp3",
        datetime(2015, 8, 15, 8, 0, tzinfo=BEIJING),
        "/201508150800/9044548ef1527deadafa49a890a377f0/4/44/44c0909bcfc20a01afaf256ca99a8b8b.mp3",
    ),
    (
        "c",
        "/test.flv",
        datetime.fromtimestamp(0x55CE8100, timezone.utc),
        "/a37fa50a5fb8f71214b1e7c95ec7a1bd/55CE8100/test.flv",
    ),
]


@pytest.mark.parametrize(("signing", "path", "begins", "expected"), PUBLISHED)
def test_the_published_examples(signing: str, path: str, begins: datetime, expected: str) -> None:
    assert expected == signed_address(path, cdn=cdn(signing), begins=begins)


def end_in(url: str, *, validity: int) -> datetime:
    """Return when the CDN refuses a URL: the time that stands in it, and the validity of its console."""
    a, b, c = (
        re.search(r"auth_key=(\d+)-", url),
        re.search(r"com/(\d{12})/", url),
        re.search(r"com/[0-9a-f]{32}/([0-9A-F]+)/", url),
    )
    if b:
        begins = datetime.strptime(b[1], "%Y%m%d%H%M").replace(tzinfo=BEIJING)
    else:
        begins = datetime.fromtimestamp(int(a[1]) if a else int(c[1], 16) if c else 0, timezone.utc)
    return begins + timedelta(seconds=validity)


@given(
    signing=st.sampled_from(get_args(CdnSigning)),
    validity=st.integers(1, 31_536_000),
    life=st.integers(1, 32_400),
    after=st.integers(0, 86_400),
)
def test_the_end_that_is_said_is_the_end(signing: str, validity: int, life: int, after: int) -> None:
    now = NOON + timedelta(seconds=after, microseconds=999_999)
    ends = now.replace(microsecond=0) + timedelta(seconds=life)
    try:
        url = sign_for_cdn(
            "a",
            cdn=cdn(signing, validity=validity),
            method="GET",
            expires_in=timedelta(seconds=life),
            now=now,
        )
    except InvalidRequest:
        assert "b" == signing
        assert life <= 60
        return

    assert url.expires_at == end_in(url.url, validity=validity)
    assert now < url.expires_at <= ends
    assert url.expires_at == ends or "b" == signing
    assert ends - url.expires_at < timedelta(minutes=1)


@pytest.mark.parametrize("signing", get_args(CdnSigning))
@pytest.mark.parametrize("key", ["users/alice/a b.png", "\u62a5\u544a+1%.pdf", "a?b#c&d"])
def test_a_key_is_percent_encoded_before_it_is_hashed(signing: str, key: str) -> None:
    url = sign_for_cdn(key, cdn=cdn(signing), method="GET", expires_in=timedelta(minutes=10), now=NOON).url
    path = url.removeprefix("https://cdn.example.com").partition("?")[0]

    assert url.isascii()
    assert "+" not in url
    assert unquote(path).endswith(f"/{key}")


def test_the_key_does_not_print() -> None:
    assert KEY not in repr(cdn("a"))
