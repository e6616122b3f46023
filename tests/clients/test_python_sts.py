"""Official Python clients, unchanged, against the function and the emulator over sockets."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

# Read when the credentials package is imported: no client of these tests may look for a metadata service.
os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

from alibabacloud_credentials.client import Client as CredentialsClient
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_credentials.provider.external import ExternalCredentialsProvider

from tests.journeys.sts_world import ServedFunction, StsWorld, served_function, sts_world


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no client connect to anything but this machine."""
    connect = socket.socket.connect

    def connect_to_loopback(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith("127."):
            pytest.fail(f"a client wanted to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback)


@pytest.fixture
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        served.environ.update(
            IDENTITY_CLAIMS="", GRANT_READ_PREFIXES="shared/", GRANT_WRITE_PREFIXES="shared/in/"
        )
        yield served


@pytest.fixture
def function(world: StsWorld) -> Iterator[ServedFunction]:
    with served_function(world) as served:
        yield served


def uri_client(url: str) -> CredentialsClient:
    return CredentialsClient(CredentialsConfig(type="credentials_uri", credentials_uri=url))


def test_a_credentials_uri_client_reads_the_session(world: StsWorld, function: ServedFunction) -> None:
    credential = uri_client(f"{function.url}?permission=read").get_credential()
    session = world.identities.find(credential.access_key_id)

    assert session is not None
    assert (session.access_key_secret, session.security_token) == (
        credential.access_key_secret,
        credential.security_token,
    )


def test_a_credentials_uri_client_asks_once_for_an_hour(function: ServedFunction) -> None:
    client = uri_client(function.url)
    keys = {client.get_credential().access_key_id for _ in range(50)}

    assert (1, 1) == (len(keys), function.requests)


def test_a_credentials_uri_client_asks_once_for_a_session_that_others_have_used_for_a_while(
    world: StsWorld, function: ServedFunction
) -> None:
    world.clock.offset = timedelta(minutes=-14)
    uri_client(function.url).get_credential()
    world.clock.offset = timedelta(0)
    client = uri_client(function.url)
    for _ in range(50):
        client.get_credential()

    assert (2, 1) == (function.requests, world.sts.calls["AssumeRole"])


def test_a_session_of_fifteen_minutes_is_stale_for_a_credentials_uri_client(function: ServedFunction) -> None:
    client = uri_client(f"{function.url}?duration_seconds=900")
    for _ in range(3):
        client.get_credential()

    assert 3 == function.requests


def test_many_stale_clients_still_reach_sts_once(world: StsWorld, function: ServedFunction) -> None:
    client = uri_client(f"{function.url}?duration_seconds=900")
    for _ in range(20):
        client.get_credential()

    assert (20, 1) == (function.requests, world.sts.calls["AssumeRole"])


def test_a_credentials_uri_client_hears_of_a_refusal(function: ServedFunction) -> None:
    with pytest.raises(Exception, match="http_code=400"):
        uri_client(f"{function.url}?duration_seconds=1").get_credential()


def test_the_external_process_provider_reads_the_process_format(
    function: ServedFunction, tmp_path: Path
) -> None:
    document = tmp_path / "session.json"
    document.write_text(fetched(f"{function.url}?format=process"))
    credentials = ExternalCredentialsProvider(process_command=f"cat {document}").get_credentials()

    assert credentials.get_access_key_id().startswith("STS.")
    assert json.loads(document.read_text())["sts_token"] == credentials.get_security_token()


def test_a_shell_takes_its_variables_from_the_function(function: ServedFunction) -> None:
    script = f'eval "$(curl -fsS "{function.url}?format=env")"; env | grep ^OSS_ | sort'
    shown = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True)  # noqa: S603  # our own words
    names = [line.partition("=")[0] for line in shown.stdout.splitlines()]

    assert ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"] == names


def fetched(url: str) -> str:
    from urllib.request import urlopen

    with urlopen(url, timeout=5) as answer:  # noqa: S310  # loopback
        return str(answer.read(), "utf-8")
