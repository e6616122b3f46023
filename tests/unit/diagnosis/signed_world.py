"""A cloud that verifies, and URLs that our own signer makes for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import fetch
from oss_emulator.ram.identities import Principal
from shared.signing import Credentials, Endpoint, ObjectRequest, presign, sign_request
from shared.values import replaced

BUCKET, OTHER, DOMAIN = "examplebucket", "otherbucket", "img.example.com"
KEY = "users/alice/cat.png"
NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
READ_ONLY = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}]}
EVERYTHING = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]}


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A request as it was issued."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass(kw_only=True)
class World:
    """The cloud at noon, its front door, and a user and a role that may do everything."""

    cloud: Cloud
    emulator: Emulator
    user: Principal

    def session(self, *, policy: dict[str, Any] | None = None) -> Principal:
        """Return a new session of an hour."""
        return self.cloud.identities.role_session("everything", policy=policy)

    def of_session(self) -> Signed:
        return self.sign("GET", principal=self.session())

    def get(self) -> Signed:
        return self.sign("GET")

    def sign(
        self,
        method: str,
        *,
        key: str = KEY,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        additional: Sequence[str] = (),
        principal: Principal | None = None,
        region: str = "cn-hangzhou",
        product: str = "oss",
        domain: bool = False,
        life: timedelta = timedelta(minutes=10),
    ) -> Signed:
        """Return a presigned URL of the region's public endpoint, or of the custom domain."""
        place = Endpoint.custom_domain(DOMAIN, region=region) if domain else Endpoint.public("cn-hangzhou")
        made = presign(
            ObjectRequest(
                method=method,
                bucket=BUCKET,
                key=key,
                headers=headers or {},
                query=query or {},
                additional_headers=additional,
            ),
            endpoint=replaced(place, region=region, product=product),
            credentials=_credentials(principal or self.user),
            expires_in=life,
            now=self.cloud.clock.now(),
        )
        return Signed(method=method, url=made.url, headers=dict(made.headers))

    def sign_header(self, method: str) -> Signed:
        """Return a request that is signed in its Authorization header."""
        request = ObjectRequest(method=method, bucket=BUCKET, key=KEY)
        endpoint = Endpoint.public("cn-hangzhou")
        now = self.cloud.clock.now()
        headers = sign_request(request, endpoint=endpoint, credentials=_credentials(self.user), now=now)
        return Signed(method=method, url=f"{endpoint.root(BUCKET)}{KEY}", headers=headers)

    def send(self, method: str, url: str, headers: dict[str, str]) -> Response:
        """Return the emulator's answer."""
        return fetch(self.emulator, method, url, headers=headers)


def world(folder: Path) -> World:
    """Return a new world with one object in its bucket."""
    cloud = Cloud(folder=folder)
    cloud.clock.set(NOW)
    cloud.create_bucket(BUCKET, custom_domain=DOMAIN)
    cloud.create_bucket(OTHER)
    trust = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["fc.aliyuncs.com"]}}
        ],
    }
    cloud.identities.add_role("everything", trust=trust, policies=[EVERYTHING])
    user = cloud.identities.add_user("somebody", policies=[EVERYTHING])
    made = World(cloud=cloud, emulator=Emulator(cloud), user=user)
    put = made.sign("PUT")
    assert 200 == made.send("PUT", put.url, put.headers).status_code
    return made


def _credentials(principal: Principal) -> Credentials:
    return Credentials(
        access_key_id=principal.access_key_id,
        access_key_secret=principal.access_key_secret,
        security_token=principal.security_token,
    )
