"""The STS port: names, hosts, and what no request may be without."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shared.errors import Misconfigured
from shared.sessions.port import (
    SessionRequest,
    StsEndpoint,
    refuse_sdk_debug,
    regional_endpoint,
    role_session_name,
)


@pytest.mark.parametrize("subject", ["alice", "alice@example.com", "ab", "u-", "x" * 64, "_a.b-c"])
def test_a_subject_that_sts_takes_names_the_session(subject: str) -> None:
    assert subject == role_session_name(subject, function_name="sts")


@pytest.mark.parametrize("subject", ["a", "x" * 65, "auth0~7C5f", "~2Ea"])
def test_any_other_subject_is_a_digest_that_no_subject_can_be(subject: str) -> None:
    name = role_session_name(subject, function_name="sts")

    assert re.fullmatch(r"\.[A-Za-z0-9_-]{43}", name)
    assert name == role_session_name(subject, function_name="other")


@pytest.mark.parametrize(
    ("function", "expected"), [("oss-access-grants-sts", "oss-access-grants-sts"), ("f" * 80, "f" * 64)]
)
def test_without_a_subject_the_function_names_the_session(function: str, expected: str) -> None:
    assert expected == role_session_name(None, function_name=function)


def test_the_host_is_the_regions_own() -> None:
    assert StsEndpoint(host="sts.cn-hangzhou.aliyuncs.com") == regional_endpoint(
        "cn-hangzhou", network="public"
    )


@pytest.mark.parametrize("region", ["cn-hangzhou", "cn-wuhan", "ap-southeast-2"])
def test_a_function_in_a_vpc_never_calls_a_public_host(region: str) -> None:
    assert f"sts-vpc.{region}.aliyuncs.com" == regional_endpoint(region, network="vpc").host


def test_a_session_of_the_whole_role_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="whole role"):
        SessionRequest(
            role_arn="acs:ram::1:role/r", role_session_name="alice", policy="", duration=timedelta(hours=1)
        )


@pytest.mark.parametrize("value", ["sdk", "SDK", "Sdk"])
def test_debug_output_of_the_sdk_is_refused(value: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        refuse_sdk_debug({"DEBUG": value})

    assert "DEBUG" == refused.value.variable


@pytest.mark.parametrize("environ", [{}, {"DEBUG": ""}, {"DEBUG": "1"}])
def test_other_debug_switches_are_none_of_our_business(environ: dict[str, str]) -> None:
    refuse_sdk_debug(environ)

    assert "sdk" not in environ.values()
