from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Misconfigured
from shared.fc.credentials import role_credentials
from shared.grants.claims import VerifiedClaims
from shared.settings.functions import once, presign_on_event_settings, presign_settings, sts_settings
from tests.world import BUCKET_ONLY

SESSION = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "token",
}
ROLE = "acs:ram::123456789012:role/oss-reader"


def test_the_defaults_grant_nothing() -> None:
    settings = presign_settings(BUCKET_ONLY)
    scope = settings.bucket.grant_scope

    assert {"read": (), "write": (), "delete": ()} == scope.prefixes
    assert ["public", "internal"] == list(settings.bucket.endpoints)
    assert (timedelta(seconds=1200), timedelta(seconds=3600)) == (
        settings.links.ttl_policy.default,
        settings.links.ttl_policy.maximum,
    )
    assert (True, (), ()) == (
        settings.bucket.secure_transport,
        settings.caller.cors.origins,
        scope.content.content_types,
    )


def test_prefixes_and_claims_are_read() -> None:
    environ = BUCKET_ONLY | {
        "IDENTITY_CLAIMS": "sub, tenant",
        "SIGNING_SESSION": "function",
        "GRANT_READ_PREFIXES": "t/{tenant}/{sub}/, public/",
        "GRANT_WRITE_PREFIXES": "t/{tenant}/{sub}/up/",
    }
    scope = presign_settings(environ).bucket.grant_scope
    claims = VerifiedClaims({"sub": "alice", "tenant": "t1"})

    assert ["t/t1/alice/", "public/"] == scope.expand("read", claims)
    assert ["t/t1/alice/up/"] == scope.expand("write", claims)


def test_other_endpoints_are_known_where_configured() -> None:
    environ = BUCKET_ONLY | {
        "OSS_INTERNAL_ENDPOINT": "https://oss-cn-hangzhou-internal.aliyuncs.com",
        "OSS_CUSTOM_DOMAIN": "img.example.com",
    }

    assert ["public", "internal", "custom"] == list(presign_settings(environ).bucket.endpoints)


def test_an_empty_variable_counts_as_unset() -> None:
    assert (
        1200
        == presign_settings(
            BUCKET_ONLY | {"TTL_DEFAULT_SECONDS": ""}
        ).links.ttl_policy.default.total_seconds()
    )


def test_a_lower_maximum_lowers_the_default() -> None:
    assert (
        600
        == presign_settings(BUCKET_ONLY | {"TTL_MAX_SECONDS": "600"}).links.ttl_policy.default.total_seconds()
    )


def test_a_signing_role_brings_the_regions_sts_endpoint() -> None:
    role = presign_on_event_settings(
        BUCKET_ONLY | {"SIGNING_ROLE_ARN": ROLE, "STS_NETWORK": "vpc"}
    ).links.signing_role

    assert role is not None
    assert ("https", "sts-vpc.cn-hangzhou.aliyuncs.com") == (role.endpoint.scheme, role.endpoint.host)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OSS_REGION", ""),
        ("OSS_REGION", "oss-cn-hangzhou"),
        ("OSS_REGION", "Hangzhou1"),
        ("OSS_BUCKET", ""),
        ("OSS_BUCKET", "Examplebucket"),
        ("OSS_BUCKET", "b-"),
        ("OSS_ENDPOINT", "http://oss-cn-hangzhou.aliyuncs.com"),
        ("OSS_ENDPOINT", "oss-cn-hangzhou.aliyuncs.com"),
        ("OSS_ENDPOINT", "https://evil.example.com"),
        ("OSS_ENDPOINT", "https://aliyuncs.com.evil.example"),
        ("OSS_ENDPOINT", "https://u:p@oss-cn-hangzhou.aliyuncs.com"),
        ("OSS_ENDPOINT", "https://oss-cn-hangzhou.aliyuncs.com/path"),
        ("OSS_ENDPOINT", "https://oss-cn-hangzhou.aliyuncs.com?x"),
        ("OSS_INTERNAL_ENDPOINT", "https://127.0.0.1"),
        ("OSS_CUSTOM_DOMAIN", "https://img.example.com"),
        ("OSS_CUSTOM_DOMAIN", "img.example.com/path"),
        ("OSS_CUSTOM_DOMAIN", "localhost"),
        ("OSS_CUSTOM_DOMAIN", "10.0.0.1"),
        ("GRANT_READ_PREFIXES", "users"),
        ("GRANT_WRITE_PREFIXES", "users/{email}/"),
        ("GRANT_DELETE_PREFIXES", "*/"),
        ("GRANT_CONTENT_TYPES", "images"),
        ("GRANT_MAX_SIZE_BYTES", "6e9"),
        ("GRANT_MAX_SIZE_BYTES", "0"),
        ("GRANT_FORBID_OVERWRITE", "maybe"),
        ("GRANT_PROCESS_STYLES", "image/resize,w_1"),
        ("TTL_MAX_SECONDS", "32401"),
        ("TTL_MAX_SECONDS", "1h"),
        ("TTL_DEFAULT_SECONDS", "3601"),
        ("SIGNING_ROLE_ARN", "my-role"),
        ("IDENTITY_CLAIMS", "sub,Sub"),
        ("IDENTITY_CLAIMS", "a b"),
        ("IDENTITY_SOURCE", "header"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGINS", "https://app.example.com/"),
        ("CORS_ALLOWED_ORIGINS", "null"),
        ("CORS_MAX_AGE_SECONDS", "-1"),
    ],
)
def test_a_bad_value_does_not_start_and_is_not_echoed(variable: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        presign_settings(BUCKET_ONLY | {"IDENTITY_CLAIMS": "sub"} | {variable: value})

    assert variable == refusal.value.variable
    assert not value or value not in str(refusal.value)


def test_overlapping_prefixes_do_not_start() -> None:
    environ = BUCKET_ONLY | {
        "IDENTITY_CLAIMS": "sub",
        "GRANT_READ_PREFIXES": "public/",
        "GRANT_WRITE_PREFIXES": "{sub}/",
    }

    with pytest.raises(Misconfigured, match=r"GRANT_READ_PREFIXES.*overlap"):
        presign_settings(environ)


def test_prefixes_of_the_event_function_hold_no_claims() -> None:
    with pytest.raises(Misconfigured, match="GRANT_READ_PREFIXES"):
        presign_on_event_settings(
            BUCKET_ONLY | {"IDENTITY_CLAIMS": "sub", "GRANT_READ_PREFIXES": "users/{sub}/"}
        )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STS_ROLE_ARN", ""),
        ("STS_ROLE_ARN", "acs:ram::1:user/x"),
        ("STS_MAX_DURATION_SECONDS", "43201"),
        ("STS_MAX_DURATION_SECONDS", "899"),
        ("STS_DEFAULT_DURATION_SECONDS", "3601"),
        ("STS_DEFAULT_PERMISSION", "everything"),
        ("STS_EXTERNAL_ID", "x"),
        ("STS_ENDPOINT", "http://sts.aliyuncs.com"),
        ("STS_NETWORK", "intranet"),
        ("DEBUG", "sdk"),
    ],
)
def test_a_bad_sts_value_does_not_start(variable: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        sts_settings(BUCKET_ONLY | {"STS_ROLE_ARN": ROLE} | {variable: value})

    assert variable == refusal.value.variable


def test_insecure_endpoints_need_to_be_allowed() -> None:
    environ = BUCKET_ONLY | {"OSS_ENDPOINT": "http://127.0.0.1:9001", "ALLOW_INSECURE_ENDPOINTS": "true"}
    bucket = presign_settings(environ).bucket

    assert ("http", "127.0.0.1:9001", False) == (
        bucket.endpoints["public"].scheme,
        bucket.endpoints["public"].host,
        bucket.secure_transport,
    )


def test_the_roles_credentials_are_read() -> None:
    credentials = role_credentials(SESSION)

    assert ("STS.id", "token") == (credentials.access_key_id, credentials.security_token)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "a b"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", 'a"b'),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", "a\nb"),
    ],
)
def test_half_a_credential_does_not_sign(variable: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        role_credentials(SESSION | {variable: value})

    assert variable == refusal.value.variable


def test_settings_load_once_and_only_if_they_load() -> None:
    load = once(presign_settings)
    with pytest.raises(Misconfigured):
        load({})
    first = load(BUCKET_ONLY)

    assert first is load({})


@pytest.mark.parametrize("text", ["3_600", "+3600", " 3600", "\u0663\u0666\u0660\u0660"])
def test_a_number_is_ascii_digits(text: str) -> None:
    with pytest.raises(Misconfigured, match="TTL_MAX_SECONDS: "):
        presign_settings(BUCKET_ONLY | {"TTL_MAX_SECONDS": text})


def test_further_request_headers_are_read_in_lower_case() -> None:
    settings = presign_settings(BUCKET_ONLY | {"CORS_ALLOWED_HEADERS": "Traceparent, baggage"})

    assert ("traceparent", "baggage") == settings.caller.cors.headers


@pytest.mark.parametrize("text", ["*", "a b", "x:y", "a\r\nb"])
def test_a_request_header_is_a_name(text: str) -> None:
    with pytest.raises(Misconfigured, match="CORS_ALLOWED_HEADERS: names of request headers"):
        presign_settings(BUCKET_ONLY | {"CORS_ALLOWED_HEADERS": text})
