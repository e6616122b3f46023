"""The STS port: names, hosts, and what no request may be without."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import AccessDenied, Misconfigured
from shared.sessions.port import (
    SessionRequest,
    StsEndpoint,
    refuse_sdk_debug,
    regional_endpoint,
    role_session_name,
)

CLAIM = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", fullmatch=True)
SHORT_OR_PREFIXED = st.one_of(
    CLAIM, st.from_regex(r"(u-)*[A-Za-z0-9]{0,2}", fullmatch=True).filter(bool), st.sampled_from("abuU1")
)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("alice", "alice"),
        ("alice@example.com", "alice@example.com"),
        ("a", "u-a"),
        ("u-a", "u-u-a"),
        ("u-", "u-u-"),
        ("u", "u-u"),
        ("x" * 64, "x" * 64),
        ("u-" + "x" * 60, "u-u-" + "x" * 60),
    ],
)
def test_the_subject_names_the_session(subject: str, expected: str) -> None:
    assert expected == role_session_name(subject, function_name="sts")


@pytest.mark.parametrize(
    ("function", "expected"),
    [("oss-access-grants-sts", "oss-access-grants-sts"), ("f", "u-f"), ("f" * 80, "f" * 62)],
)
def test_without_a_subject_the_function_names_the_session(function: str, expected: str) -> None:
    assert expected == role_session_name(None, function_name=function)


def test_a_subject_for_which_no_name_is_left_is_refused() -> None:
    with pytest.raises(AccessDenied, match="too long"):
        role_session_name("u-" + "x" * 61, function_name="sts")


@given(one=SHORT_OR_PREFIXED, other=SHORT_OR_PREFIXED)
def test_no_two_subjects_share_a_session_name(one: str, other: str) -> None:
    assume(one != other)
    assume(not any(len(subject) > 62 and subject.startswith("u-") for subject in (one, other)))

    assert role_session_name(one, function_name="f") != role_session_name(other, function_name="f")


@given(SHORT_OR_PREFIXED)
def test_every_name_is_one_that_sts_takes(subject: str) -> None:
    assume(not (len(subject) > 62 and subject.startswith("u-")))

    assert re.fullmatch(r"[A-Za-z0-9.@_-]{2,64}", role_session_name(subject, function_name="f"))


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
