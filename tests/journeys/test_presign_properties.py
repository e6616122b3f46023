"""Any key, any metadata, any file name: asked for, sent, stored, and read back the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.grants.objects.keys import check_key, is_plain
from tests.journeys.presign_world import PresignWorld

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
SHOWN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=200).filter(
    is_plain
)
PRINTABLE = st.text([chr(c) for c in range(0x21, 0x7F)], min_size=1, max_size=40)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
MANY = settings(max_examples=150, deadline=None)


@pytest.fixture(scope="module")
def w() -> PresignWorld:
    world = PresignWorld(Path(tempfile.mkdtemp(prefix="presign-")))
    world.environ["GRANT_FORBID_OVERWRITE"] = "false"
    return world


@MANY
@given(name=TEXT, body=st.binary(max_size=50))
def test_any_key_survives(w: PresignWorld, name: str, body: bytes) -> None:
    key = f"users/alice/{name}"
    try:
        check_key(key)
    except InvalidRequest:
        assume(False)
    put, get = w.ask("PutObject", key=key), w.ask("GetObject", key=key)
    status = w.send(put, body=body).status_code

    assert "+" not in put["url"] + get["url"]
    assert (200, body) == (status, w.send(get).get_data())
    assert body == w.stored(key)


@MANY
@given(metadata=st.dictionaries(NAMES, PRINTABLE, max_size=5))
def test_any_metadata_survives(w: PresignWorld, metadata: dict[str, str]) -> None:
    w.put(metadata=metadata)
    got = w.send(w.ask("HeadObject")).headers

    assert metadata == {name: got[f"x-oss-meta-{name}"] for name in metadata}


@MANY
@given(filename=TEXT)
def test_any_file_name_makes_a_key_that_works(w: PresignWorld, filename: str) -> None:
    form = w.ask("PostObject", key=None, filename=filename)

    assert 204 == w.post(form, b"x").status_code
    assert b"x" == w.stored(form["key"])


@MANY
@given(name=SHOWN)
def test_any_download_name_survives(w: PresignWorld, name: str) -> None:
    w.put()
    document = w.ask("GetObject", download_as=name)
    header = w.send(document).headers["Content-Disposition"]
    plain, _, extended = header.partition("filename*=UTF-8''")

    assert "+" not in document["url"]
    assert name == (unquote(extended) if extended else plain[len('attachment; filename="') : -1])


def test_two_hundred_chinese_characters_name_a_download(w: PresignWorld) -> None:
    w.put()
    header = w.send(w.ask("GetObject", download_as="\u6587" * 200)).headers["Content-Disposition"]

    assert "\u6587" * 200 == unquote(header.partition("UTF-8''")[2])


@MANY
@given(
    tags=st.dictionaries(
        st.text("ab1 +-=._:/", min_size=1, max_size=9), st.text("ab1 +-=._:/", max_size=9), max_size=5
    )
)
def test_any_tags_survive(w: PresignWorld, tags: dict[str, str]) -> None:
    w.put(tagging=tags)

    assert tags == w.bucket.current("users/alice/a.bin").tags
