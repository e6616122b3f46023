"""A deployment whose default endpoint is a domain of its own: every client, every operation that it has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oss2
import pytest

from oss_emulator.app import Emulator
from oss_emulator.inprocess import bridged
from tests.clients import node_clients
from tests.clients.test_snippets import PICTURE, folder, run, shell, snippet, stored  # noqa: F401  # a fixture
from tests.local.client import send
from tests.local.stack import BUCKET, Stack, running
from tests.world import ROOT

DOMAIN = "localhost"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(custom_domain=DOMAIN) as up:
        yield up


def ask(stack: Stack, **fields: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {stack.token('alice')}", "Content-Type": "application/json"}
    document: dict[str, Any] = send(
        "POST", stack.url("presign"), headers=headers, body=json.dumps(fields).encode()
    ).json()
    return document


def session(stack: Stack) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {stack.token('alice')}"}
    document: dict[str, Any] = send(
        "GET", f"{stack.url('sts')}?permission=read-write", headers=headers
    ).json()
    return document


def test_sessions_name_the_domain(stack: Stack) -> None:
    access = session(stack)["Access"]

    assert (True, True) == (access["Cname"], access["Endpoint"].startswith(f"http://{DOMAIN}:"))


def test_urls_and_forms_go_to_the_domain(stack: Stack) -> None:
    put = ask(stack, operation="PutObject", key="users/alice/put.bin")
    stored_by_put = send(put["method"], put["url"], headers=put["headers"], body=PICTURE)
    got = ask(stack, operation="GetObject", key="users/alice/put.bin")
    head = ask(stack, operation="HeadObject", key="users/alice/put.bin")
    form = ask(stack, operation="PostObject", key="users/alice/form.bin")

    assert 200 == stored_by_put.status
    assert PICTURE == send("GET", got["url"]).body
    assert 200 == send("HEAD", head["url"]).status
    assert f"http://{DOMAIN}:" in form["url"]
    assert "/examplebucket/" not in form["url"]


def test_the_ali_oss_snippet_uploads_to_it(stack: Stack, folder: Path) -> None:  # noqa: F811
    node = node_clients.install()
    (folder / "node_modules").symlink_to(node_clients.HERE / "node_modules")
    (folder / "snippet.mjs").write_text(snippet("Node.js and browser: ali-oss", "js"), encoding="utf-8")
    run([node, "snippet.mjs"], stack, folder)

    assert PICTURE == stored(stack, "users/alice/ali-oss.png")


def test_the_python_snippet_uploads_to_it(stack: Stack, folder: Path) -> None:  # noqa: F811
    code = snippet("Python", "python").replace("# config.use_cname", "config.use_cname")
    assert "\nconfig.use_cname = True" in code
    (folder / "snippet.py").write_text(code, encoding="utf-8")
    shell(stack, folder, snippet("Python", "sh") + "python snippet.py\n")

    assert PICTURE == stored(stack, "users/alice/python.png")


def test_the_older_python_sdk_uses_it(stack: Stack) -> None:
    issued = session(stack)
    provider = oss2.credentials.StaticCredentialsProvider(
        issued["AccessKeyId"], issued["AccessKeySecret"], issued["SecurityToken"]
    )
    # This SDK takes localhost for an address, whatever it is told.
    stack.cloud.custom_domains["files.example.com"] = BUCKET
    auth, endpoint = oss2.ProviderAuthV4(provider), "http://files.example.com"
    with bridged(Emulator(stack.cloud)):
        bucket = oss2.Bucket(auth, endpoint, BUCKET, region="cn-hangzhou", is_cname=True)
        bucket.put_object("users/alice/oss2.bin", PICTURE)
        upload = bucket.init_multipart_upload("users/alice/parts.bin").upload_id
        part = bucket.upload_part("users/alice/parts.bin", upload, 1, PICTURE)
        bucket.complete_multipart_upload(
            "users/alice/parts.bin", upload, [oss2.models.PartInfo(1, part.etag)]
        )
        listed = [each.key for each in bucket.list_objects_v2("users/alice/").object_list]
        got = bucket.get_object("users/alice/oss2.bin").read()

    assert PICTURE == got
    assert PICTURE == stored(stack, "users/alice/parts.bin")
    assert "users/alice/oss2.bin" in listed


def test_the_shell_snippet_uploads_to_it(stack: Stack, folder: Path) -> None:  # noqa: F811
    (folder / "curl.sh").write_bytes((ROOT / "docs" / "clients" / "curl.sh").read_bytes())
    shell(stack, folder, "sh curl.sh cat.png users/alice/curl.png image/png\n")

    assert PICTURE == stored(stack, "users/alice/curl.png")
