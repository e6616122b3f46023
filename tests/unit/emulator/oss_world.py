"""A cloud with one bucket and one user, whose requests the official Python SDK v2 signs."""

from __future__ import annotations

import os

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
from werkzeug.wrappers import Response

from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import fetch
from oss_emulator.ram.identities import Principal
from oss_emulator.store.buckets import Bucket
from oss_emulator.store.settings import CorsRule

BUCKET = "examplebucket"
HOST = "http://localhost"
MIB = 1024 * 1024
STREAMING_PEAK_BYTES = 10_000_000 + 4 * MIB
"""Most that a transfer of any size may hold in memory; the first figure is a buffer of the server library's own."""
EVERYTHING = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]}


@dataclass(kw_only=True)
class World:
    """The cloud, its front door, and somebody who may do everything."""

    cloud: Cloud
    emulator: Emulator
    bucket: Bucket
    user: Principal

    def sdk(
        self, principal: Principal | None = None, *, region: str = "cn-hangzhou", host: str = HOST
    ) -> Any:
        """Return an official client that signs for a principal."""
        signer = principal or self.user
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(
            signer.access_key_id, signer.access_key_secret, signer.security_token
        )
        config.region, config.endpoint, config.use_path_style = region, host, True
        config.retry_max_attempts = 1
        return oss.Client(config)

    def unsigned(self) -> Any:
        """Return an official client that signs nothing."""
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.AnonymousCredentialsProvider()
        config.region, config.endpoint, config.use_path_style = "cn-hangzhou", HOST, True
        config.retry_max_attempts = 1
        return oss.Client(config)

    def url(self, request: Any, *, principal: Principal | None = None, life: int = 600, **client: Any) -> Any:
        """Return a presigned request of the official client."""
        return self.sdk(principal, **client).presign(request, expires=timedelta(seconds=life))

    def put_url(self, key: str = "a.txt", **fields: Any) -> Any:
        return self.url(oss.PutObjectRequest(bucket=BUCKET, key=key, **fields))

    def get_url(self, key: str = "a.txt", **fields: Any) -> Any:
        return self.url(oss.GetObjectRequest(bucket=BUCKET, key=key, **fields))

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Response:
        """Return the emulator's answer."""
        return fetch(self.emulator, method, url, headers=headers, body=body)

    def put(self, key: str = "a.txt", body: bytes = b"hello", **fields: Any) -> Response:
        """Store an object and return the answer."""
        made = self.put_url(key, **fields)
        return self.send("PUT", made.url, headers=made.signed_headers, body=body)


def world(folder: Path, *, versioned: bool = False, cors: tuple[CorsRule, ...] = ()) -> World:
    """Return a new world that keeps its objects in ``folder``."""
    cloud = Cloud(folder=folder)
    bucket = cloud.create_bucket(BUCKET, versioned=versioned, cors=cors)
    user = cloud.identities.add_user("somebody", policies=[EVERYTHING])
    return World(cloud=cloud, emulator=Emulator(cloud), bucket=bucket, user=user)


def code(response: Response) -> str:
    """Return the code of a refusal, ``OK`` for anything else."""
    text = response.get_data(as_text=True)
    return text.partition("<Code>")[2].partition("</Code>")[0] or "OK"


def element(response: Response, name: str) -> str:
    """Return the text of an element of the answer's XML."""
    return response.get_data(as_text=True).partition(f"<{name}>")[2].partition(f"</{name}>")[0]
