"""Endpoints of a deployment: the hosts to sign for, each refused where it is known to be something else.

Known are OSS's own names (OSS, regions and endpoints). A host that no rule knows is taken as it is: financial
clouds, cloud boxes and new regions have names of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.errors import Misconfigured
from shared.settings.variables.granting import BucketVariables
from shared.settings.variables.reading import HOST_LABEL, checked, url
from shared.signing import Endpoint

_ID = r"[a-z]{2,}(?:-[a-z0-9]+)+"
_REGION = rf"(?!oss-)(?!.*-internal\Z){_ID}"
_BUCKET = r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"
HOST_NAME = rf"(?=.{{1,253}}\Z)(?:{HOST_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?"
_CLOUD_BOX = rf"(cb-[a-z0-9]+)\.{HOST_LABEL}\.oss-cloudbox\.aliyuncs\.com"
_OF_OSS = r"(?:.+\.)?(?:[a-z0-9-]*-)?oss(?:-[a-z0-9-]+)?\.aliyuncs\.com"
_OF_STS = r"sts(?:-[a-z0-9-]+)?(?:\.[a-z0-9-]+)?\.aliyuncs\.com"
_ENDPOINTS = (
    rf"(?:(?:vpc100-)?oss-(?!data-acc)[a-z0-9-]+|{_ID}\.oss|cb-[a-z0-9]+\.{HOST_LABEL}\.oss-cloudbox)"
)
_BELOW_AN_ENDPOINT = rf"{HOST_LABEL}\.{_ENDPOINTS}\.aliyuncs\.com"
_NAMES_REGION = rf"(?:(?:vpc100-)?oss-({_ID})|({_ID})\.oss)\.aliyuncs\.com"

REGIONS = frozenset(
    {
        *("cn-hangzhou", "cn-shanghai", "cn-nanjing", "cn-fuzhou", "cn-wuhan-lr", "cn-qingdao", "cn-beijing"),
        *("cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu", "cn-shenzhen", "cn-heyuan", "cn-guangzhou"),
        *("cn-chengdu", "cn-zhongwei", "cn-hongkong", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1"),
        *("ap-southeast-3", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "us-west-1", "us-east-1"),
        *("na-south-1", "eu-central-1", "eu-west-1", "me-east-1", "me-central-1"),
    }
)
"""Regions whose names stand in the names of their endpoints."""


def endpoints(read: BucketVariables) -> Mapping[str, Endpoint]:
    """Return the hosts that may be asked for by name; raises ``Misconfigured``."""
    region = checked(
        "OSS_REGION",
        read.oss_region,
        _REGION,
        "a region id such as 'cn-hangzhou', without 'oss-' and without '-internal'",
    )
    checked("OSS_BUCKET", read.oss_bucket, _BUCKET, "3 to 63 of a-z, 0-9 and '-', no '-' at either end")
    known = {"public": Endpoint.public(region), "internal": Endpoint.internal(region)}
    for name, variable in (("public", "OSS_ENDPOINT"), ("internal", "OSS_INTERNAL_ENDPOINT")):
        if getattr(read, variable.lower()) is not None:
            known[name] = _endpoint(variable, read, region)
    if read.oss_accelerate:
        known["accelerate"] = Endpoint.accelerate(region)
    if read.oss_custom_domain is not None:
        known["custom"] = _custom_domain(read, region=region)
    return known


def default_endpoint(read: BucketVariables, known: Mapping[str, Endpoint]) -> str:
    """Return the name of the endpoint that serves whoever asks for none; raises ``Misconfigured``."""
    chosen = read.oss_default_endpoint or ("custom" if "custom" in known else "public")
    if chosen not in known:
        needed = {"custom": "OSS_CUSTOM_DOMAIN", "accelerate": "OSS_ACCELERATE"}[chosen]
        raise Misconfigured("OSS_DEFAULT_ENDPOINT", f"{chosen!r} needs {needed}")
    return chosen


def _endpoint(variable: str, read: BucketVariables, region: str) -> Endpoint:
    given = getattr(read, variable.lower())
    scheme, host = url(variable, given, allow_insecure=read.allow_insecure_endpoints)
    if host.endswith(".aliyuncs.com"):
        _refuse_foreign(variable, host, bucket=read.oss_bucket, region=region)
    box = re.fullmatch(_CLOUD_BOX, host)
    if box:
        return Endpoint(region=box[1], host=host, scheme=scheme, product="oss-cloudbox")
    return Endpoint(region=region, host=host, scheme=scheme)


def _refuse_foreign(variable: str, host: str, *, bucket: str, region: str) -> None:
    """Raise for a host that is known to be a bucket's, another service's or another region's."""
    if host.startswith(f"{bucket}.") or re.fullmatch(_BELOW_AN_ENDPOINT, host):
        raise Misconfigured(variable, "an endpoint without the bucket: signing puts the bucket in front")
    if not re.fullmatch(_OF_OSS, host):
        raise Misconfigured(variable, "an endpoint of OSS, such as 'https://oss-cn-hangzhou.aliyuncs.com'")
    named = re.fullmatch(_NAMES_REGION, host)
    if named and (named[1] or named[2]).removesuffix("-internal") in REGIONS - {region}:
        raise Misconfigured(variable, "an endpoint of the region that OSS_REGION names")


def _custom_domain(read: BucketVariables, *, region: str) -> Endpoint:
    domain = (read.oss_custom_domain or "").lower()
    if read.allow_insecure_endpoints and "://" in domain:
        # The local demo has no certificate, and a port.
        scheme, host = url("OSS_CUSTOM_DOMAIN", domain, allow_insecure=True)
        return Endpoint(region=region, host=host, scheme=scheme, style="cname")
    checked("OSS_CUSTOM_DOMAIN", domain, HOST_NAME, "a bare host name such as 'img.example.com'")
    if domain.endswith(".aliyuncs.com"):
        raise Misconfigured("OSS_CUSTOM_DOMAIN", "a domain of your own, bound to the bucket; no endpoint")
    return Endpoint.custom_domain(domain, region=region)


def check_sts_host(host: str) -> None:
    """Raise ``Misconfigured`` for a host that is known to be another service's; any region's STS is one."""
    if host.endswith(".aliyuncs.com") and not re.fullmatch(_OF_STS, host):
        raise Misconfigured(
            "STS_ENDPOINT", "an endpoint of STS, such as 'https://sts.cn-hangzhou.aliyuncs.com'"
        )
