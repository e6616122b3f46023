"""Endpoints by operations by clients: what a deployment hands out works at each address of a bucket."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as v2
import oss2
import pytest
import requests
from playwright.sync_api import sync_playwright

from oss_emulator.app import Emulator
from oss_emulator.inprocess import bridged
from tests import needed
from tests.clients import node_clients
from tests.clients.endpoint_world import (
    ENDPOINTS,
    PICTURE,
    SDK_OPERATIONS,
    URL_OPERATIONS,
    WORKED,
    Answer,
    Deployment,
    journey,
)
from tests.clients.test_page import BROWSER_OPTIONS
from tests.journeys.sts_world import BUCKET, StsWorld, sts_world
from tests.local.stack import BROWSER_RULE

FETCH = """async ({method, url, headers, body}) => {
  const sent = body.length ? new Blob([new Uint8Array(body)]) : undefined;
  const answer = await fetch(url, {method, headers, body: sent});
  return [answer.status, Array.from(new Uint8Array(await answer.arrayBuffer())), answer.headers.get("etag")];
}"""


@pytest.fixture(scope="module")
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        served.cloud.create_bucket(BUCKET, cors=[BROWSER_RULE])
        yield served


@pytest.fixture(params=ENDPOINTS)
def deployment(world: StsWorld, request: pytest.FixtureRequest) -> Deployment:
    return Deployment(world, request.param)


def address(deployment: Deployment) -> str:
    return deployment.world.environ["STS_ENDPOINT"].removeprefix("http://")


def endpoint_of(deployment: Deployment) -> tuple[str, bool]:
    """Return what /sts tells SDKs of the endpoint, with http."""
    access = deployment.session()["Access"]
    return access["Endpoint"].replace("https://", "http://"), access["Cname"]


def note(client: str, request: pytest.FixtureRequest, worked: tuple[str, ...]) -> tuple[str, ...]:
    WORKED[client, request.node.callspec.params["deployment"]] = worked
    return worked


def test_curl_works_with_urls_and_forms(
    deployment: Deployment, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    curl = needed.program("curl", leaves_out="curl at every endpoint")

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        sent, got = tmp_path / "sent", tmp_path / "got"
        sent.write_bytes(body)
        command = [
            curl,
            "-s",
            "--noproxy",
            "*",
            "--connect-to",
            f"::{address(deployment)}",
            "-o",
            str(got),
            url,
        ]
        command += ["--head"] if method == "HEAD" else ["-X", method]
        command += [each for name, text in headers.items() for each in ("-H", f"{name}: {text}")]
        # curl would name a type of its own, which OSS would take for the object's.
        command += ["--data-binary", f"@{sent}"] if body else []
        command += ["-H", "Content-Type;"] if body and "Content-Type" not in headers else []
        command += ["-w", "%{http_code} %header{etag}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        status, _, etag = done.stdout.partition(" ")
        return Answer(int(status), got.read_bytes() if got.exists() else b"", etag)

    assert URL_OPERATIONS == note("curl", request, journey(deployment, send))


def test_requests_works_with_urls_and_forms(deployment: Deployment, request: pytest.FixtureRequest) -> None:
    with requests.Session() as session:
        session.trust_env = False

        def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
            answer = session.request(method, url, headers=headers, data=body, timeout=30)
            return Answer(answer.status_code, answer.content, answer.headers.get("ETag", ""))

        with bridged(Emulator(deployment.world.cloud)):
            worked = journey(deployment, send)

    assert URL_OPERATIONS == note("Python requests", request, worked)


def test_a_browser_works_with_urls_and_forms(
    browser: Any, deployment: Deployment, request: pytest.FixtureRequest
) -> None:
    page = browser.new_page()
    # Every name leads to the emulator: its refusal is as good a page as any to fetch from.
    page.goto("http://app.example.com/")

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        asked = {"method": method, "url": url, "headers": headers, "body": list(body)}
        status, data, etag = page.evaluate(FETCH, asked)
        return Answer(status, bytes(data), etag or "")

    worked = journey(deployment, send)
    page.close()

    assert URL_OPERATIONS == note("Chromium fetch", request, worked)


@pytest.fixture(scope="module")
def browser(world: StsWorld) -> Iterator[Any]:
    chromium = needed.program("chromium", leaves_out="a browser at every endpoint")
    host = world.environ["STS_ENDPOINT"].removeprefix("http://")
    rules = f"--host-resolver-rules=MAP * {host}"
    with sync_playwright() as playwright:
        options = [*BROWSER_OPTIONS, rules, "--disable-features=HttpsUpgrades,HttpsFirstBalancedMode"]
        launched = playwright.chromium.launch(executable_path=chromium, args=options)
        yield launched
        launched.close()


def test_the_older_python_sdk_works_with_sessions(
    deployment: Deployment, request: pytest.FixtureRequest
) -> None:
    (endpoint, cname), issued = endpoint_of(deployment), deployment.session()
    keys = (issued["AccessKeyId"], issued["AccessKeySecret"], issued["SecurityToken"])
    auth = oss2.ProviderAuthV4(oss2.credentials.StaticCredentialsProvider(*keys))
    with bridged(Emulator(deployment.world.cloud)):
        bucket = oss2.Bucket(auth, endpoint, BUCKET, region="cn-hangzhou", is_cname=cname)
        key, parts = deployment.folder + "oss2", deployment.folder + "parts"
        put = bucket.put_object(key, PICTURE)
        upload = bucket.init_multipart_upload(parts).upload_id
        part = oss2.models.PartInfo(1, bucket.upload_part(parts, upload, 1, PICTURE).etag)
        worked = {
            "put": 200 == put.status,
            "head": len(PICTURE) == bucket.head_object(key).content_length,
            "get": PICTURE == bucket.get_object(key).read(),
            "list": [key] == [each.key for each in bucket.list_objects_v2(key).object_list],
            "multipart": 200 == bucket.complete_multipart_upload(parts, upload, [part]).status,
            "delete": 204 == bucket.delete_object(key).status,
        }

    assert SDK_OPERATIONS == note("oss2", request, tuple(name for name, held in worked.items() if held))


def test_the_python_sdk_works_with_sessions(deployment: Deployment, request: pytest.FixtureRequest) -> None:
    (endpoint, cname), issued = endpoint_of(deployment), deployment.session()
    keys = (issued["AccessKeyId"], issued["AccessKeySecret"], issued["SecurityToken"])
    config = v2.config.load_default()
    config.credentials_provider = v2.credentials.StaticCredentialsProvider(*keys)
    config.region, config.endpoint, config.use_cname = "cn-hangzhou", endpoint, cname
    named = {"bucket": BUCKET, "key": deployment.folder + "v2"}
    with bridged(Emulator(deployment.world.cloud)):
        client = v2.Client(config)
        put = client.put_object(v2.PutObjectRequest(**named, body=PICTURE))
        body = client.get_object(v2.GetObjectRequest(**named)).body
        listed = client.list_objects_v2(v2.ListObjectsV2Request(bucket=BUCKET, prefix=named["key"])).contents
        worked = {
            "put": 200 == put.status_code,
            "head": len(PICTURE) == client.head_object(v2.HeadObjectRequest(**named)).content_length,
            "get": body is not None and PICTURE == body.content,
            "list": [named["key"]] == [each.key for each in listed or ()],
            "multipart": 200 == _in_parts(client, deployment.folder + "parts"),
            "delete": 204 == client.delete_object(v2.DeleteObjectRequest(**named)).status_code,
        }

    assert SDK_OPERATIONS == note(
        "alibabacloud-oss-v2", request, tuple(n for n, held in worked.items() if held)
    )


def _in_parts(client: v2.Client, key: str) -> int:
    named = {"bucket": BUCKET, "key": key}
    upload = client.initiate_multipart_upload(v2.InitiateMultipartUploadRequest(**named)).upload_id
    sent = client.upload_part(v2.UploadPartRequest(**named, part_number=1, upload_id=upload, body=PICTURE))
    parts = v2.CompleteMultipartUpload(parts=[v2.UploadPart(part_number=1, etag=sent.etag)])
    asked = v2.CompleteMultipartUploadRequest(**named, upload_id=upload, complete_multipart_upload=parts)
    return int(client.complete_multipart_upload(asked).status_code)


def test_ali_oss_works_with_sessions(deployment: Deployment, request: pytest.FixtureRequest) -> None:
    (endpoint, cname), issued = endpoint_of(deployment), deployment.session()
    asked = {
        "emulator": address(deployment),
        "endpoint": endpoint,
        "cname": cname,
        "bucket": BUCKET,
        "folder": deployment.folder,
        "session": {
            "accessKeyId": issued["AccessKeyId"],
            "accessKeySecret": issued["AccessKeySecret"],
            "stsToken": issued["SecurityToken"],
        },
    }
    worked = tuple(node_clients.run("endpoints.mjs", asked))

    assert SDK_OPERATIONS == note("ali-oss", request, worked)
