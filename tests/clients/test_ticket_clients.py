"""Clients that send no headers, unchanged, with nothing but a ticket: SDKs' URI providers, mobile providers, curl, a browser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

# Read when the credentials package is imported: no client of these tests may look for a metadata service.
os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

from alibabacloud_credentials.client import Client as CredentialsClient
from alibabacloud_credentials.models import Config as CredentialsConfig

from tests import needed
from tests.clients import node_clients
from tests.clients.front_world import browsing
from tests.clients.test_mobile_contract import RefusedByServer, read
from tests.local.client import ask, presigned, send
from tests.local.stack import BUCKET, REGION, Stack, running

FILE = b"the quarterly report"
KEY = "users/alice/report.pdf"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(completes=True) as up:
        grant = presigned(up, operation="PutObject", key=KEY, content_type="application/pdf")
        assert 200 == send("PUT", grant["url"], body=FILE, headers=grant["headers"]).status
        yield up


def ticket(stack: Stack, **fields: Any) -> str:
    """Return the URL of a ticket that alice made."""
    answer = ask(stack, "presign", {"operation": "Ticket", **fields})
    assert 200 == answer.status, answer.body
    return str(answer.json()["url"])


def session_of(stack: Stack, access_key_id: str) -> Any:
    return stack.cloud.identities.find(access_key_id)


def test_the_python_client_takes_a_ticket_for_its_uri(stack: Stack) -> None:
    uri = ticket(stack, permission="read-write")
    client_of_credentials = CredentialsClient(CredentialsConfig(type="credentials_uri", credentials_uri=uri))
    found = client_of_credentials.get_credential()
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        found.access_key_id, found.access_key_secret, found.security_token
    )
    config.region, config.endpoint, config.use_path_style = REGION, f"http://{stack.emulator_host}", True
    client = oss.Client(config)
    put = client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="users/alice/by-ticket.txt", body=b"x"))

    assert session_of(stack, found.access_key_id) is not None
    assert 200 == put.status_code
    with pytest.raises(oss.exceptions.OperationError, match="AccessDenied"):
        client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="users/bob/x", body=b"x"))


def test_the_node_client_takes_a_ticket_for_its_uri(stack: Stack) -> None:
    uri = ticket(stack, permission="read")
    seen = node_clients.run("credentials.mjs", {}, ALIBABA_CLOUD_CREDENTIALS_URI=uri)

    assert (True, True) == (seen["complete"], seen["same"])
    assert session_of(stack, seen["id"]) is not None


def test_a_mobile_provider_reads_a_ticket(stack: Stack) -> None:
    token = read(send("GET", f"{ticket(stack, permission='read')}?format=mobile"))

    assert session_of(stack, token.access_key_id).security_token == token.security_token


def test_a_mobile_provider_reads_that_a_ticket_is_no_good(stack: Stack) -> None:
    url = ticket(stack, permission="read", revocable=True)
    changed = url[:-4] + ("AAAA" if url[-4:] != "AAAA" else "BBBB")
    assert 200 == send("DELETE", url).status

    for refused, code in ((changed, "Unauthenticated"), (url, "Gone")):
        with pytest.raises(RefusedByServer) as said:
            read(send("GET", f"{refused}?format=mobile"))

        assert code == said.value.args[0]


def test_curl_downloads_with_nothing_but_the_url(stack: Stack, tmp_path: Path) -> None:
    curl = needed.program("curl", leaves_out="tickets by curl")
    url, saved = ticket(stack, allow=["GetObject"], key=KEY), tmp_path / "saved"
    subprocess.run([curl, "-fsSL", "-o", str(saved), url], check=True, timeout=60)

    assert FILE == saved.read_bytes()


def test_whoever_bears_a_ticket_for_a_folder_uploads_what_it_lets_in(stack: Stack) -> None:
    url = ticket(stack, allow=["PutObject"], prefix="users/alice/inbox/", max_size=100)
    answer = send(
        "POST",
        f"{url}/presign",
        body=b'{"operation": "PutObject", "filename": "x.txt", "content_length": 5}',
        headers={"Content-Type": "application/json"},
    )
    grant = answer.json()
    sent = send("PUT", grant["url"], body=b"hello", headers=grant["headers"])
    too_much = send(
        "POST",
        f"{url}/presign",
        body=b'{"operation": "PutObject", "filename": "x.txt", "content_length": 101}',
        headers={"Content-Type": "application/json"},
    )

    assert grant["key"].startswith("users/alice/inbox/")
    assert (200, 403) == (sent.status, too_much.status)


def test_a_person_opens_a_link_that_works_once(stack: Stack) -> None:
    """Without a script: the page has scripts switched off."""
    url = ticket(stack, allow=["GetObject"], key=KEY, uses=1, download_as="Bericht 猫.pdf")
    with browsing() as browser:
        context = browser.new_context(java_script_enabled=False, locale="en-GB")
        page = context.new_page()
        page.goto(url)
        page.reload()
        heading, text = page.locator("h1").inner_text(), page.locator("p").first.inner_text()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        saved = download.value.path().read_bytes()
        name = download.value.suggested_filename
        page.goto(url)
        page.get_by_role("button", name="Download").click()
        used_up = page.locator("h1").inner_text()
        zh = browser.new_context(java_script_enabled=False, locale="zh-CN").new_page()
        zh.goto(url)
        button = zh.get_by_role("button").inner_text()
        context.close()

    assert ("Bericht 猫.pdf", "This link works once: the button uses it up.") == (heading, text)
    assert (FILE, "Bericht 猫.pdf") == (saved, name)
    assert ("This link is used up", "下载") == (used_up, button)
