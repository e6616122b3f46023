"""Clients that nobody wrote for the emulator: oss2, curl, and the policies and operations they need."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import oss2
import pytest

from oss_emulator.server import serve
from tests import needed
from tests.unit.emulator.oss_world import BUCKET, EVERYTHING, World, world


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path / "cloud")


@pytest.fixture
def host(w: World) -> Iterator[str]:
    with serve(w.emulator) as served:
        yield served


def old_client(w: World, host: str, *, life: timedelta | None = None) -> Any:
    """Return an ``oss2`` bucket; with ``life`` for a session, else for the user."""
    credentials = oss2.credentials.StaticCredentialsProvider(w.user.access_key_id, w.user.access_key_secret)
    if life is not None:
        trust = {
            "Version": "1",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}],
        }
        w.cloud.identities.add_role("r", trust=trust, policies=[EVERYTHING])
        session = w.cloud.identities.role_session("r", duration_seconds=int(life.total_seconds()))
        credentials = oss2.credentials.StaticCredentialsProvider(
            session.access_key_id, session.access_key_secret, session.security_token
        )
    return oss2.Bucket(oss2.ProviderAuthV4(credentials), f"http://{host}", BUCKET, region="cn-hangzhou")


def test_oss2_walks_the_life_of_an_object(w: World, host: str) -> None:
    bucket = old_client(w, host)
    key = "dir/\u6587 +&.txt"
    bucket.put_object(key, b"hello", headers={"x-oss-meta-a": "b", "Content-Type": "text/plain"})
    got = bucket.get_object(key)
    listed = [entry.key for entry in oss2.ObjectIteratorV2(bucket, prefix="dir/")]
    meta = bucket.get_object_meta(key)
    bucket.batch_delete_objects([key])

    assert (b"hello", "b", [key], 5) == (
        got.read(),
        got.headers["x-oss-meta-a"],
        listed,
        meta.content_length,
    )
    assert not bucket.object_exists(key)


def test_oss2_uploads_in_parts_and_checks_the_sum(w: World, host: str, tmp_path: Path) -> None:
    bucket = old_client(w, host)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(range(256)) * 4096)
    oss2.resumable_upload(
        bucket, "big", str(source), multipart_threshold=1, part_size=200 * 1024, num_threads=3
    )
    oss2.resumable_download(bucket, "big", str(target), multiget_threshold=1, part_size=300 * 1024)

    assert source.read_bytes() == target.read_bytes()
    assert w.bucket.current("big").etag.endswith("-6")


def test_oss2_signs_urls_for_curl_like_clients(w: World, host: str) -> None:
    bucket = old_client(w, host)
    url = bucket.sign_url("PUT", "a b", 60, headers={"Content-Type": "text/plain"}, slash_safe=True)
    answer = bucket.put_object_with_url(url, b"x", headers={"Content-Type": "text/plain"})

    assert 200 == answer.status
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch):
        bucket.put_object_with_url(url, b"x", headers={"Content-Type": "text/html"})


def test_a_session_of_oss2_ends(w: World, host: str) -> None:
    # Begun a while ago, so that it ends well inside the 15 minutes by which the client's clock may be off.
    w.cloud.clock.advance(timedelta(minutes=-5))
    bucket = old_client(w, host, life=timedelta(minutes=15))
    bucket.put_object("a", b"x")
    w.cloud.clock.advance(timedelta(minutes=14, seconds=30))
    still = bucket.object_exists("a")
    w.cloud.clock.advance(timedelta(seconds=30))

    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.get_object("a")
    assert (True, 403, "SecurityTokenExpired") == (still, refused.value.status, refused.value.code)


def curl(*arguments: str) -> str:
    binary = needed.program("curl", leaves_out="uploads and downloads by curl")
    command = [binary, "--silent", "--show-error", "--max-time", "20", "--noproxy", "*", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_curl_uploads_and_downloads_by_url(w: World, host: str, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"\0\xff" * 500_000)
    put, get = (
        made.url.replace("localhost", host) for made in (w.put_url("a b+\u6587"), w.get_url("a b+\u6587"))
    )
    told = curl("--write-out", "%{http_code}", "--header", "Content-Type:", "--upload-file", str(source), put)
    curl("--output", str(target), get)

    assert "200" == told
    assert source.read_bytes() == target.read_bytes()


def test_curl_is_told_why_it_is_refused(w: World, host: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 5_000_000)
    put = w.put_url("a").url.replace("localhost", host)
    told = curl("--header", "Content-Type: image/png", "--upload-file", str(source), put)

    assert "<Code>SignatureDoesNotMatch</Code>" in told
    assert "content-type:image/png" in told


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_oss2_lists_uploads_behind_a_delimiter_as_one_prefix(w: World, host: str, size: int) -> None:
    bucket = old_client(w, host)
    for key in ("a/1", "a/2", "b", "b", "c/1", "d"):
        bucket.init_multipart_upload(key)
    seen: list[str] = []
    fields = {"key_marker": "", "upload_id_marker": ""}
    for _ in range(20):
        page = bucket.list_multipart_uploads(delimiter="/", max_uploads=size, **fields)
        seen += [each.key for each in page.upload_list] + page.prefix_list
        if not page.is_truncated:
            break
        fields = {"key_marker": page.next_key_marker, "upload_id_marker": page.next_upload_id_marker}

    assert ["a/", "b", "b", "c/", "d"] == sorted(seen)
