"""Tests as a project writes them that builds on OSS: the plugin's fixtures, official SDKs, and no bucket anywhere."""

from __future__ import annotations

from datetime import timedelta

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from oss_emulator import Cloud, Principal
from oss_emulator.clock import Clock


def client(user: Principal, *, endpoint: str | None = None, region: str = "cn-hangzhou") -> oss.Client:
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        user.access_key_id, user.access_key_secret, user.security_token
    )
    config.region, config.endpoint, config.use_path_style = region, endpoint, endpoint is not None
    return oss.Client(config)


@pytest.mark.oss(bucket="media", region="cn-shanghai")
def test_an_upload_in_process(oss_cloud: Cloud, oss_user: Principal) -> None:
    talking = client(oss_user, region="cn-shanghai")
    talking.put_object(oss.PutObjectRequest(bucket="media", key="a.txt", body=b"hello"))
    got = talking.get_object(oss.GetObjectRequest(bucket="media", key="a.txt"))

    assert got.body is not None
    assert b"hello" == got.body.content
    assert ["PutObject", "GetObject"] == [line.operation for line in oss_cloud.log]


def test_an_upload_over_a_socket(oss_endpoint: str, oss_user: Principal) -> None:
    auth = oss2.AuthV4(oss_user.access_key_id, oss_user.access_key_secret)
    bucket = oss2.Bucket(auth, oss_endpoint, "examplebucket", region="cn-hangzhou", is_path_style=True)
    bucket.put_object("a.txt", b"hello")

    assert b"hello" == bucket.get_object("a.txt").read()


def test_a_session_that_may_only_read_and_ends(oss_cloud: Cloud, oss_clock: Clock) -> None:
    read = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:examplebucket/public/*"}
    trust = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}],
    }
    oss_cloud.identities.add_role("reader", trust=trust, policies=[{"Version": "1", "Statement": [read]}])
    session = client(oss_cloud.identities.role_session("reader", duration_seconds=600))
    with pytest.raises(oss.exceptions.OperationError, match="AccessDenied"):
        session.put_object(oss.PutObjectRequest(bucket="examplebucket", key="public/a", body=b"x"))
    oss_clock.advance(timedelta(seconds=601))

    with pytest.raises(oss.exceptions.OperationError, match="SecurityTokenExpired"):
        session.get_object(oss.GetObjectRequest(bucket="examplebucket", key="public/a"))


def test_a_bad_day(oss_cloud: Cloud, oss_user: Principal) -> None:
    """The SDK tries again what failed with a 5xx."""
    oss_cloud.faults.unavailable(times=2)
    talking = client(oss_user)
    done = talking.put_object(oss.PutObjectRequest(bucket="examplebucket", key="a.txt", body=b"hello"))

    assert 200 == done.status_code
    assert [503, 503, 200] == [line.status for line in oss_cloud.log]
