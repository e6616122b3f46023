from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.grants.objects.keys import check_key, clean_filename, key_for_filename


@pytest.mark.parametrize(
    "key", ["a", "a/b c+d.txt", "文件/é.png", "...", "a/.../b", "k" * 1023, "%41", "a%2fb", "🦊"]
)
def test_a_plain_key_is_taken_as_it_is(key: str) -> None:
    assert key == check_key(key)


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("", "not empty"),
        ("/a", "beginning with"),
        ("\\a", "beginning with"),
        ("a\\b", "backslash"),
        ("a//b", "segment"),
        ("a/", "segment"),
        ("a/./b", "segment"),
        ("a/../b", "segment"),
        ("..", "segment"),
        ("a/%2e%2E/b", "segment"),
        ("a/.%2e", "segment"),
        ("%2e/a", "segment"),
        ("a\r\nb", "control"),
        ("a\x00", "control"),
        ("a\x7f", "control"),
        ("a\x85", "control"),
        ("a\u2028", "invisible"),
        ("a\u202egpj.exe", "bidirectional"),
        ("a\u200b", "invisible"),
        ("a\ud800", "surrogates"),
        ("k" * 1024, "1023 UTF-8 bytes"),
        ("文" * 342, "1023 UTF-8 bytes"),
    ],
)
def test_a_key_that_can_be_read_in_two_ways_is_refused(key: str, rule: str) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        check_key(key)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("cat.png", "cat.png"),
        ("my cat+dog.png", "my_cat_dog.png"),
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\temp\\x.doc", "C_temp_x.doc"),
        ("报告 1.tar.gz", "报告_1.tar.gz"),
        ("\u202egpj.exe", "gpj.exe"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("...", "file"),
        ("\x00\n", "file"),
        (".bashrc", "bashrc"),
        ("a\ud800.txt", "a.txt"),
    ],
)
def test_a_file_name_is_cleaned(filename: str, expected: str) -> None:
    assert expected == clean_filename(filename)


@given(st.text(max_size=400))
def test_a_cleaned_name_is_always_usable(filename: str) -> None:
    name = clean_filename(filename)

    assert 1 <= len(name.encode()) <= 255
    assert name == check_key(name)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)


@given(st.text(max_size=400))
def test_a_server_chosen_key_is_one_segment_below_the_prefix(filename: str) -> None:
    key = key_for_filename(filename, prefix="users/alice/", entropy=bytes(range(16)))

    assert key.startswith("users/alice/000102030405060708090a0b0c0d0e0f-")
    assert 2 == key.count("/")
    assert len(key.removeprefix("users/alice/").encode()) <= 255


def test_a_long_name_keeps_its_extension() -> None:
    name = clean_filename("文" * 300 + ".jpeg")

    assert name.endswith("文.jpeg")
    assert 255 >= len(name.encode()) > 250
