"""Official Python clients, unchanged, against the function and the emulator over sockets."""

from __future__ import annotations

import io
import json
import os
import shlex
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import alibabacloud_oss_v2 as oss
import oss2
import pytest

# Read when the credentials package is imported: no client of these tests may look for a metadata service.
os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

from alibabacloud_credentials.client import Client as CredentialsClient
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_credentials.provider.external import ExternalCredentialsProvider

from tests.journeys.sts_world import BUCKET, ServedFunction, StsWorld, served_function, sts_world


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
    world.clock.advance(timedelta(minutes=-14))
    uri_client(function.url).get_credential()
    world.clock.run()
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
    shown = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, check=True, text=True
    )  # our own words
    names = [line.partition("=")[0] for line in shown.stdout.splitlines()]

    assert {"ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SESSION_TOKEN", "REGION", "ENDPOINT"} == {
        name.removeprefix("OSS_") for name in names
    }


def environment(function: ServedFunction, **query: str) -> dict[str, str]:
    """Return the variables that a shell takes from the function, as OSS clients read them."""
    lines = fetched(f"{function.url}?{urlencode({'format': 'env', **query})}").splitlines()
    return {name: shlex.split(value)[0] for name, _, value in (line[7:].partition("=") for line in lines)}


class OssV2:
    """The official Python SDK v2, set up from the environment's names."""

    def __init__(self, world: StsWorld, variables: dict[str, str]) -> None:
        provider = oss.credentials.StaticCredentialsProvider(
            variables["OSS_ACCESS_KEY_ID"],
            variables["OSS_ACCESS_KEY_SECRET"],
            variables["OSS_SESSION_TOKEN"],
        )
        config = oss.config.load_default()
        config.credentials_provider, config.region = provider, "cn-hangzhou"
        config.endpoint, config.retry_max_attempts = world.environ["OSS_ENDPOINT"], 1
        self.client = oss.Client(config)

    def put(self, key: str) -> int:
        return status_of(lambda: self.client.put_object(oss.PutObjectRequest(BUCKET, key, body=b"a cat")))

    def get(self, key: str) -> int:
        return status_of(lambda: self.client.get_object(oss.GetObjectRequest(BUCKET, key)))

    def delete(self, key: str) -> int:
        return status_of(lambda: self.client.delete_object(oss.DeleteObjectRequest(BUCKET, key)))

    def list(self, prefix: str) -> int:
        return status_of(lambda: self.client.list_objects_v2(oss.ListObjectsV2Request(BUCKET, prefix=prefix)))

    def upload_in_parts(self, key: str) -> int:
        uploader = self.client.uploader(part_size=100 * 1024)
        body = io.BytesIO(b"x" * 250 * 1024)
        return status_of(lambda: uploader.upload_from(oss.PutObjectRequest(BUCKET, key), body))


class Oss2:
    """The older official Python SDK, with V4 signatures."""

    def __init__(self, world: StsWorld, variables: dict[str, str]) -> None:
        provider = oss2.credentials.StaticCredentialsProvider(
            variables["OSS_ACCESS_KEY_ID"],
            variables["OSS_ACCESS_KEY_SECRET"],
            variables["OSS_SESSION_TOKEN"],
        )
        endpoint = world.environ["OSS_ENDPOINT"]
        self.bucket = oss2.Bucket(oss2.ProviderAuthV4(provider), endpoint, BUCKET, region="cn-hangzhou")

    def put(self, key: str) -> int:
        return status_of(lambda: self.bucket.put_object(key, b"a cat"))

    def get(self, key: str) -> int:
        return status_of(lambda: self.bucket.get_object(key))

    def delete(self, key: str) -> int:
        return status_of(lambda: self.bucket.delete_object(key))

    def list(self, prefix: str) -> int:
        return status_of(lambda: self.bucket.list_objects_v2(prefix=prefix))

    def upload_in_parts(self, key: str) -> int:
        upload_id = self.bucket.init_multipart_upload(key).upload_id
        part = self.bucket.upload_part(key, upload_id, 1, b"x" * 1000)
        parts = [oss2.models.PartInfo(1, part.etag)]
        return status_of(lambda: self.bucket.complete_multipart_upload(key, upload_id, parts))


def status_of(call: Callable[[], Any]) -> int:
    """Return the HTTP status with which OSS answered."""
    try:
        answer = call()
    except oss2.exceptions.OssError as error:
        return int(error.status)
    except oss.exceptions.OperationError as error:
        return int(error.unwrap().status_code)
    return int(getattr(answer, "status_code", None) or answer.status)


@pytest.mark.parametrize("sdk", [OssV2, Oss2])
def test_an_sdk_does_what_its_session_may_and_nothing_else(
    world: StsWorld, function: ServedFunction, sdk: Any
) -> None:
    client = sdk(world, environment(function, permission="read-write"))
    allowed = [client.put("shared/in/a"), client.get("shared/in/a"), client.list("shared/")]
    refused = [
        client.put("shared/a"),
        client.put("other/a"),
        client.get("other/a"),
        client.list(""),
        client.list("other/"),
        client.delete("shared/in/a"),
    ]

    assert [200] * 3 == allowed
    assert [403] * 6 == refused


@pytest.mark.parametrize("sdk", [OssV2, Oss2])
def test_an_sdk_uploads_in_parts_with_a_write_session(
    world: StsWorld, function: ServedFunction, sdk: Any
) -> None:
    client = sdk(world, environment(function, permission="write"))

    assert 200 == client.upload_in_parts("shared/in/big")
    assert 403 == client.get("shared/in/big")


@pytest.mark.parametrize("sdk", [OssV2, Oss2])
def test_a_session_is_refused_once_it_is_over(world: StsWorld, function: ServedFunction, sdk: Any) -> None:
    world.clock.advance(timedelta(minutes=-14))
    client = sdk(world, environment(function, permission="write", duration_seconds="900"))
    before = client.put("shared/in/a")
    world.clock.advance(timedelta(minutes=15, seconds=1))

    assert [200, 403] == [before, client.put("shared/in/b")]


@pytest.mark.parametrize("left_out", ["OSS_SESSION_TOKEN", "OSS_ACCESS_KEY_SECRET"])
def test_a_session_is_worth_nothing_without_all_its_parts(
    world: StsWorld, function: ServedFunction, left_out: str
) -> None:
    variables = environment(function, permission="write") | {left_out: "wrong"}

    assert 403 == OssV2(world, variables).put("shared/in/a")


def fetched(url: str) -> str:
    with urlopen(url, timeout=5) as answer:  # noqa: S310  # loopback
        return str(answer.read(), "utf-8")
