"""How a bucket is set, by official SDKs: info, location, CORS and versioning; held to permissions, kept over restarts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import bridged
from oss_emulator.server import serve
from tests.unit.emulator.oss_world import BUCKET, World, world
from tests.unit.emulator.test_oss_copies import refused

RULE = oss.CORSRule(
    allowed_origins=["https://*.example.com"],
    allowed_methods=["PUT", "GET"],
    allowed_headers=["*"],
    expose_headers=["ETag"],
    max_age_seconds=60,
)


@pytest.fixture
def w(tmp_path: Path) -> Iterator[World]:
    made = world(tmp_path)
    with bridged(made.emulator):
        yield made


def put_cors(w: World, *rules: oss.CORSRule, principal: Any = None) -> Any:
    configuration = oss.CORSConfiguration(cors_rules=list(rules))
    return w.sdk(principal).put_bucket_cors(
        oss.PutBucketCorsRequest(bucket=BUCKET, cors_configuration=configuration)
    )


def test_a_bucket_says_where_and_what_it_is(w: World) -> None:
    client = w.sdk()
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=BUCKET)).bucket_info
    where = client.get_bucket_location(oss.GetBucketLocationRequest(bucket=BUCKET))

    assert (BUCKET, "oss-cn-hangzhou", "private") == (info.name, info.location, info.acl)
    assert "oss-cn-hangzhou" == where.location


def test_cors_rules_are_put_and_a_preflight_heeds_them(w: World) -> None:
    put_cors(w, RULE)
    kept = w.sdk().get_bucket_cors(oss.GetBucketCorsRequest(bucket=BUCKET)).cors_configuration.cors_rules
    with serve(w.emulator) as address:
        asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}
        let_in = requests.options(f"http://{address}/{BUCKET}/a", headers=asked, timeout=10)
        asked["Origin"] = "https://example.org"
        kept_out = requests.options(f"http://{address}/{BUCKET}/a", headers=asked, timeout=10)

    assert [["https://*.example.com"]] == [rule.allowed_origins for rule in kept]
    assert (200, "60") == (let_in.status_code, let_in.headers["Access-Control-Max-Age"])
    assert 403 == kept_out.status_code


def test_deleted_rules_let_nobody_in(w: World) -> None:
    put_cors(w, RULE)
    deleted = w.sdk().delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=BUCKET))

    assert 204 == deleted.status_code
    assert (404, "NoSuchCORSConfiguration") == refused(
        lambda: w.sdk().get_bucket_cors(oss.GetBucketCorsRequest(bucket=BUCKET))
    )


@pytest.mark.parametrize(
    "rule",
    [
        oss.CORSRule(allowed_origins=["https://*.*.example.com"], allowed_methods=["PUT"]),
        oss.CORSRule(allowed_origins=["*"], allowed_methods=["PATCH"]),
        oss.CORSRule(allowed_origins=[], allowed_methods=["PUT"]),
    ],
)
def test_a_malformed_rule_is_refused(w: World, rule: oss.CORSRule) -> None:
    assert (400, "MalformedXML") == refused(lambda: put_cors(w, rule))


def test_versioning_is_switched_on(w: World) -> None:
    client = w.sdk()
    before = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=BUCKET)).version_status

    client.put_bucket_versioning(
        oss.PutBucketVersioningRequest(
            bucket=BUCKET, versioning_configuration=oss.VersioningConfiguration(status="Enabled")
        )
    )
    after = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=BUCKET)).version_status
    stored = client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="a", body=b"x"))

    assert (None, "Enabled") == (before or None, after)
    assert stored.version_id


def test_settings_survive_a_restart(w: World, tmp_path: Path) -> None:
    put_cors(w, RULE)
    w.bucket.set(versioning="Enabled")
    again = Cloud(folder=tmp_path).create_bucket(BUCKET)

    assert (True, w.bucket.cors) == (again.versioned, again.cors)


def test_who_may_write_objects_may_not_set_the_bucket(w: World) -> None:
    policy = {"Effect": "Allow", "Action": ["oss:PutObject", "oss:GetObject"], "Resource": "*"}
    writer = w.cloud.identities.add_user("writer", policies=[{"Version": "1", "Statement": [policy]}])
    client = w.sdk(writer)
    for call in (
        lambda: put_cors(w, RULE, principal=writer),
        lambda: client.get_bucket_info(oss.GetBucketInfoRequest(bucket=BUCKET)),
        lambda: client.get_bucket_location(oss.GetBucketLocationRequest(bucket=BUCKET)),
        lambda: client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=BUCKET)),
        lambda: client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=BUCKET)),
    ):
        assert (403, "AccessDenied") == refused(call)


def test_oss2_sets_and_reads(w: World) -> None:
    with serve(w.emulator) as address:
        auth = oss2.AuthV4(w.user.access_key_id, w.user.access_key_secret)
        bucket = oss2.Bucket(auth, f"http://{address}", BUCKET, region="cn-hangzhou", is_path_style=True)
        rule = oss2.models.CorsRule(allowed_origins=["*"], allowed_methods=["GET"], max_age_seconds=5)
        bucket.put_bucket_cors(oss2.models.BucketCors([rule]))

        assert [["*"]] == [each.allowed_origins for each in bucket.get_bucket_cors().rules]
        assert BUCKET == bucket.get_bucket_info().name
        assert "oss-cn-hangzhou" == bucket.get_bucket_location().location
