"""Endpoints: hosts known to be something else stop a function; odd ones that exist start it."""

from __future__ import annotations

import pytest

from shared.errors import Misconfigured
from shared.settings.functions import presign_settings, sts_settings
from shared.signing import Endpoint
from tests.world import BUCKET_ONLY

STS = BUCKET_ONLY | {"STS_ROLE_ARN": "acs:ram::1234567890123456:role/uploads"}


def known(**variables: str) -> dict[str, Endpoint]:
    return dict(presign_settings(BUCKET_ONLY | variables).bucket.endpoints)


@pytest.mark.parametrize("variable", ["OSS_ENDPOINT", "OSS_INTERNAL_ENDPOINT"])
@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("examplebucket.oss-cn-hangzhou.aliyuncs.com", "without the bucket"),
        ("otherbucket.oss-cn-hangzhou.aliyuncs.com", "without the bucket"),
        ("otherbucket.oss-cn-hangzhou-internal.aliyuncs.com", "without the bucket"),
        ("otherbucket.cn-hangzhou.oss.aliyuncs.com", "without the bucket"),
        ("otherbucket.oss-accelerate.aliyuncs.com", "without the bucket"),
        ("ecs.aliyuncs.com", "an endpoint of OSS"),
        ("sts.cn-hangzhou.aliyuncs.com", "an endpoint of OSS"),
        ("cn-hangzhou.log.aliyuncs.com", "an endpoint of OSS"),
        ("crossoss.aliyuncs.com", "an endpoint of OSS"),
        ("oss-cn-beijing.aliyuncs.com", "the region that OSS_REGION names"),
        ("oss-cn-beijing-internal.aliyuncs.com", "the region that OSS_REGION names"),
        ("eu-central-1.oss.aliyuncs.com", "the region that OSS_REGION names"),
    ],
)
def test_a_host_known_to_be_something_else_is_misconfigured(variable: str, host: str, rule: str) -> None:
    with pytest.raises(Misconfigured, match=rule) as refused:
        known(**{variable: f"https://{host}"})

    assert variable == refused.value.variable
    assert host not in str(refused.value)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-hangzhou", "oss-cn-hangzhou.aliyuncs.com"),
        ("cn-hangzhou", "oss-cn-hangzhou-internal.aliyuncs.com"),
        ("cn-hangzhou", "vpc100-oss-cn-hangzhou.aliyuncs.com"),
        ("cn-hangzhou", "cn-hangzhou.oss.aliyuncs.com"),
        ("cn-hangzhou", "oss-accelerate.aliyuncs.com"),
        ("cn-hangzhou", "oss-accelerate-overseas.aliyuncs.com"),
        ("cn-hangzhou-finance", "oss-cn-hzfinance.aliyuncs.com"),
        ("cn-shanghai-finance-1", "oss-cn-shanghai-finance-1-pub.aliyuncs.com"),
        ("cn-shanghai-finance-1", "oss-cn-shanghai-finance-1-internal.aliyuncs.com"),
        ("cn-north-2-gov-1", "oss-cn-north-2-gov-1.aliyuncs.com"),
        ("xx-nowhere-1", "oss-xx-nowhere-1.aliyuncs.com"),
        ("cn-hangzhou", "cn-hangzhou-internal.oss-data-acc.aliyuncs.com"),
    ],
)
def test_odd_hosts_that_exist_are_signed_for(region: str, host: str) -> None:
    endpoint = known(OSS_REGION=region, OSS_ENDPOINT=f"https://{host}")["public"]

    assert (host, region, "oss") == (endpoint.host, endpoint.region, endpoint.product)


def test_a_cloud_box_is_signed_with_its_own_id() -> None:
    endpoint = known(OSS_ENDPOINT="https://cb-f8z7yvzgwfkl9q0h.cn-hangzhou.oss-cloudbox.aliyuncs.com")[
        "public"
    ]

    assert ("cb-f8z7yvzgwfkl9q0h", "oss-cloudbox") == (endpoint.region, endpoint.product)


@pytest.mark.parametrize("region", ["cn-hangzhou-internal", "oss-cn-hangzhou", "hangzhou", "CN-HANGZHOU"])
def test_a_region_is_named_by_its_id(region: str) -> None:
    with pytest.raises(Misconfigured, match="OSS_REGION: a region id"):
        known(OSS_REGION=region)


@pytest.mark.parametrize(
    "domain",
    [
        "oss-cn-hangzhou.aliyuncs.com",
        "examplebucket.oss-cn-hangzhou.aliyuncs.com",
        "cn-hangzhou.oss.aliyuncs.com",
        "oss-accelerate.aliyuncs.com",
        "https://img.example.com",
        "img.example.com/",
    ],
)
def test_a_custom_domain_is_ones_own(domain: str) -> None:
    with pytest.raises(Misconfigured, match="OSS_CUSTOM_DOMAIN"):
        known(OSS_CUSTOM_DOMAIN=domain)


@pytest.mark.parametrize(
    "host", ["oss-cn-hangzhou.aliyuncs.com", "ecs.aliyuncs.com", "examplebucket.aliyuncs.com"]
)
def test_sts_is_asked_nowhere_else(host: str) -> None:
    with pytest.raises(Misconfigured, match="STS_ENDPOINT: an endpoint of STS"):
        sts_settings(STS | {"STS_ENDPOINT": f"https://{host}"})


@pytest.mark.parametrize(
    "host", ["sts.aliyuncs.com", "sts.eu-central-1.aliyuncs.com", "sts-vpc.cn-beijing.aliyuncs.com"]
)
def test_sts_may_be_another_regions(host: str) -> None:
    assert host == sts_settings(STS | {"STS_ENDPOINT": f"https://{host}"}).role.endpoint.host


@pytest.mark.parametrize(
    ("variables", "name", "host"),
    [
        ({}, "public", "oss-cn-hangzhou.aliyuncs.com"),
        ({"OSS_CUSTOM_DOMAIN": "Files.example.com"}, "custom", "files.example.com"),
        (
            {"OSS_CUSTOM_DOMAIN": "a.example.com", "OSS_DEFAULT_ENDPOINT": "public"},
            "public",
            "oss-cn-hangzhou.aliyuncs.com",
        ),
        ({"OSS_DEFAULT_ENDPOINT": "internal"}, "internal", "oss-cn-hangzhou-internal.aliyuncs.com"),
        (
            {"OSS_ACCELERATE": "true", "OSS_DEFAULT_ENDPOINT": "accelerate"},
            "accelerate",
            "oss-accelerate.aliyuncs.com",
        ),
    ],
)
def test_own_domains_come_first(variables: dict[str, str], name: str, host: str) -> None:
    bucket = presign_settings(BUCKET_ONLY | variables).bucket

    assert (name, host) == (bucket.default_endpoint, bucket.endpoint.host)


@pytest.mark.parametrize(
    ("name", "needed"), [("custom", "OSS_CUSTOM_DOMAIN"), ("accelerate", "OSS_ACCELERATE")]
)
def test_a_default_that_is_not_configured_is_refused(name: str, needed: str) -> None:
    with pytest.raises(Misconfigured, match=f"OSS_DEFAULT_ENDPOINT: '{name}' needs {needed}"):
        known(OSS_DEFAULT_ENDPOINT=name)


def test_a_domain_of_the_local_demo_has_a_scheme_and_a_port() -> None:
    insecure = {"ALLOW_INSECURE_ENDPOINTS": "true", "OSS_CUSTOM_DOMAIN": "http://localhost:9000"}
    domain = known(**insecure)["custom"]

    assert ("http", "localhost:9000", "cname") == (domain.scheme, domain.host, domain.style)
    with pytest.raises(Misconfigured):
        known(OSS_CUSTOM_DOMAIN="http://localhost:9000")
