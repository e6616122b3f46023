from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.objects.content import attachment
from shared.grants.objects.media_types import PASSIVE, check_content_type, check_type_pattern, passive_type

ACTIVE = [
    "text/html",
    "TEXT/HTML; charset=utf-8",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/xml",
    "application/rss+xml",
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/ecmascript",
    "application/x-shockwave-flash",
    "multipart/x-mixed-replace",
    "message/rfc822",
]


@pytest.mark.parametrize(
    "content_type", ["image/png", "text/plain; charset=utf-8", "application/pdf", 'a/b;c="d e"']
)
def test_anything_but_active_content_is_granted_by_default(content_type: str) -> None:
    assert content_type == check_content_type(content_type, allowed=(), field="content_type")


@pytest.mark.parametrize("content_type", ACTIVE)
def test_active_content_is_not_granted_by_default(content_type: str) -> None:
    with pytest.raises(AccessDenied, match="content_type: this media type is not granted"):
        check_content_type(content_type, allowed=(), field="content_type")


def test_a_wildcard_does_not_grant_active_content() -> None:
    with pytest.raises(AccessDenied):
        check_content_type("image/svg+xml", allowed=("image/*",), field="content_type")


def test_active_content_is_granted_by_name() -> None:
    granted = check_content_type("image/svg+xml", allowed=("image/svg+xml",), field="content_type")

    assert "image/svg+xml" == granted


def test_a_list_grants_nothing_beside_it() -> None:
    assert "image/png" == check_content_type("image/png", allowed=("image/*",), field="content_type")
    with pytest.raises(AccessDenied):
        check_content_type("text/plain", allowed=("image/*",), field="content_type")


@pytest.mark.parametrize(
    "content_type",
    ["png", "image/", "/png", "image/png\r\nx: y", "image/png, text/html", "image/png;", "é/b", ""],
)
def test_what_is_not_a_media_type_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidRequest, match="not a media type"):
        check_content_type(content_type, allowed=(), field="content_type")


@pytest.mark.parametrize("pattern", ["*", "image", "*/*", "image/png; q=1", ""])
def test_a_bad_entry_of_the_allow_list_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="media type"):
        check_type_pattern(pattern)


ASKED_OF_CHROMIUM = json.loads((Path(__file__).parent / "active_types.json").read_text())["active"]


@pytest.mark.parametrize("content_type", ASKED_OF_CHROMIUM)
def test_what_chromium_runs_is_not_granted_by_default_nor_by_a_wildcard(content_type: str) -> None:
    wildcard = content_type.partition("/")[0] + "/*"
    for allowed in ((), (wildcard,)):
        with pytest.raises((AccessDenied, InvalidRequest)):
            check_content_type(content_type, allowed=allowed, field="content_type")


def test_the_table_holds_what_is_known_to_run() -> None:
    assert {"text/html", "image/svg+xml", "unknown/unknown", "text/javascript1.5"} <= ASKED_OF_CHROMIUM.keys()


def test_no_extension_stands_for_what_chromium_runs() -> None:
    types = {f"{kind}/{subtype}" for kind, each in PASSIVE.items() for subtype in each.values()}

    assert set() == types & ASKED_OF_CHROMIUM.keys()


@pytest.mark.parametrize(
    ("key", "allowed", "expected"),
    [
        ("a/x.png", (), "image/png"),
        ("a/x.JPG", (), "image/jpeg"),
        ("a.png/x", (), None),
        ("a/png", (), None),
        ("a/x.svg", ("image/svg+xml",), None),
        ("a/x.txt", ("image/*",), None),
        ("a/x.mp4", ("video/mp4",), "video/mp4"),
    ],
)
def test_an_extension_stands_for_a_passive_type(
    key: str, allowed: tuple[str, ...], expected: str | None
) -> None:
    assert expected == passive_type(key, allowed=allowed)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ("报告.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf"),
        ('a"b;c\\d.txt', "attachment; filename=\"a_b_c_d.txt\"; filename*=UTF-8''a%22b%3Bc%5Cd.txt"),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
    ],
)
def test_a_download_is_named_in_any_script(name: str, expected: str) -> None:
    assert expected == attachment(name)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_a_download_name_survives_the_header(name: str) -> None:
    header = attachment(name)
    plain, _, extended = header.partition("filename*=UTF-8''")

    assert header.isascii()
    assert name == (unquote(extended) if extended else plain[len('attachment; filename="') : -1])


@pytest.mark.parametrize("pattern", ["image", "image/", "/png", "*/*", "image/p*", "image/png; a=b", "a b/c"])
def test_an_entry_of_the_allow_list_is_a_media_type_or_a_kind(pattern: str) -> None:
    with pytest.raises(ValueError, match="each entry is a media type"):
        check_type_pattern(pattern)


def test_an_entry_of_the_allow_list_is_kept_in_lower_case() -> None:
    assert ["image/*", "text/csv"] == [check_type_pattern(text) for text in ("Image/*", "TEXT/csv")]
