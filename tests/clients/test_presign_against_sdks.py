"""The function's URLs beside those of official SDKs, for the same request at the same second."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import alibabacloud_oss_v2 as oss
import pytest

from tests.clients import node_clients
from tests.journeys.presign_world import BUCKET, PresignWorld

LIFE = 600
KEY = "users/alice/a b+\u6587\u4ef6.bin"
OURS: dict[str, dict[str, Any]] = {
    "GetObject": {"response": {"content_type": "text/plain"}, "download_as": "\u62a5\u544a.pdf"},
    "HeadObject": {},
    "PutObject": {"content_type": "image/png", "metadata": {"a": "b"}, "storage_class": "IA"},
    "InitiateMultipartUpload": {"content_type": "image/png"},
    "UploadPart": {"upload_id": "U1", "part_number": 7},
    "CompleteMultipartUpload": {"upload_id": "U1"},
    "AbortMultipartUpload": {"upload_id": "U1"},
}
THEIRS: dict[str, Any] = {
    "GetObject": lambda d: oss.GetObjectRequest(
        bucket=BUCKET,
        key=KEY,
        response_content_type="text/plain",
        response_content_disposition=dict(parse_qsl(urlsplit(d["url"]).query))[
            "response-content-disposition"
        ],
    ),
    "HeadObject": lambda _: oss.HeadObjectRequest(bucket=BUCKET, key=KEY),
    "PutObject": lambda _: oss.PutObjectRequest(
        bucket=BUCKET,
        key=KEY,
        content_type="image/png",
        metadata={"a": "b"},
        storage_class="IA",
        forbid_overwrite=True,
    ),
    "InitiateMultipartUpload": lambda _: oss.InitiateMultipartUploadRequest(
        bucket=BUCKET,
        key=KEY,
        content_type="image/png",
        forbid_overwrite=True,
        disable_auto_detect_mime_type=True,
    ),
    "UploadPart": lambda _: oss.UploadPartRequest(bucket=BUCKET, key=KEY, upload_id="U1", part_number=7),
    "CompleteMultipartUpload": lambda _: oss.CompleteMultipartUploadRequest(
        bucket=BUCKET,
        key=KEY,
        upload_id="U1",
        forbid_overwrite=True,
        headers={"Content-Type": "application/xml"},
    ),
    "AbortMultipartUpload": lambda _: oss.AbortMultipartUploadRequest(bucket=BUCKET, key=KEY, upload_id="U1"),
}


@pytest.fixture
def w(tmp_path: Path) -> PresignWorld:
    return PresignWorld(tmp_path)


def parameters(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def signing_time(url: str) -> datetime:
    stamp = parameters(url)["x-oss-date"]
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)


def sdk(w: PresignWorld) -> Any:
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        w.session.access_key_id, w.session.access_key_secret, w.session.security_token
    )
    config.region = "cn-hangzhou"
    return oss.Client(config)


@pytest.mark.parametrize("operation", OURS)
def test_the_python_sdk_makes_the_same_url(w: PresignWorld, operation: str) -> None:
    draft = w.ask(operation, key=KEY, endpoint="public", **OURS[operation])
    theirs = sdk(w).presign(THEIRS[operation](draft), expires=timedelta(seconds=LIFE)).url
    # The SDK reads the clock itself, and twice: ask again for its second and its lifetime.
    w.cloud.clock.set(signing_time(theirs))
    life = int(parameters(theirs)["x-oss-expires"])
    ours = w.ask(operation, key=KEY, endpoint="public", expires_in=life, **OURS[operation])["url"]

    assert parameters(theirs) == parameters(ours)
    assert urlsplit(theirs)[:3] == urlsplit(ours)[:3]


@pytest.mark.parametrize("operation", ["PutObject", "CompleteMultipartUpload"])
def test_the_python_sdk_signs_the_same_callback(w: PresignWorld, operation: str) -> None:
    w.environ |= {"ON_UPLOAD_URL": "https://grants.example.com/uploads", "SEAL_KEYS": "k1:" + "b" * 42 + "A"}
    for _ in range(20):
        # Both in one second: the seal holds the end, so the SDK has to be given what we have signed.
        w.cloud.clock.set(datetime.now(timezone.utc).replace(microsecond=0))
        ours = w.ask(operation, key=KEY, endpoint="public", expires_in=LIFE, **OURS[operation])["url"]
        request = THEIRS[operation]({})
        request.parameters = {"callback": parameters(ours)["callback"]}
        theirs = sdk(w).presign(request, expiration=w.cloud.clock.now() + timedelta(seconds=LIFE + 0.999)).url
        if parameters(theirs)["x-oss-date"] == parameters(ours)["x-oss-date"]:
            break

    assert parameters(theirs) == parameters(ours)


def test_ali_oss_makes_the_same_signatures(w: PresignWorld) -> None:
    drafts = {
        operation: w.ask(operation, key=KEY, endpoint="public", **fields)
        for operation, fields in OURS.items()
    }
    signed = [name for name in OURS if name != "HeadObject"]
    requests = [
        {
            "method": drafts[name]["method"],
            "expires": LIFE,
            "key": KEY,
            "headers": drafts[name]["headers"],
            # ali-oss takes null for a parameter without a value.
            "queries": {
                n: v or None for n, v in parameters(drafts[name]["url"]).items() if not n.startswith("x-oss-")
            },
            "additional_headers": [],
        }
        for name in signed
    ]
    urls = node_clients.run(
        "presign.mjs",
        {
            "region": "cn-hangzhou",
            "bucket": BUCKET,
            "access_key_id": w.session.access_key_id,
            "access_key_secret": w.session.access_key_secret,
            "security_token": w.session.security_token,
            "requests": requests,
        },
    )
    for name, theirs in zip(signed, urls, strict=True):
        w.cloud.clock.set(signing_time(theirs))
        ours = w.ask(name, key=KEY, endpoint="public", expires_in=LIFE, **OURS[name])["url"]

        assert parameters(theirs) == parameters(ours), name
