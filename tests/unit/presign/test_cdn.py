"""Reads through the CDN: when its key signs, what it cannot sign, and that no session is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.errors import Misconfigured
from shared.settings.functions import presign_on_event_settings, presign_settings
from tests.world import BUCKET_ONLY, NOON, context, environ, http_event, instance

CDN = {"CDN_DOMAIN": "cdn.example.com", "CDN_SIGNING": "a", "CDN_KEY": "aliyuncdnexp1234"}
GET = {"operation": "GetObject", "key": "users/alice/cat.png"}
PUT = {"operation": "PutObject", "key": "users/alice/cat.png"}


def ask(body: dict[str, Any], **variables: str) -> tuple[int, dict[str, Any]]:
    # Where sessions sign, STS would be asked: nobody answers there.
    signing = {"SIGNING_SESSION": "", "SIGNING_ROLE_ARN": "acs:ram::123456789012:role/signing"}
    answer = instance("presign")(
        json.dumps(http_event(body)).encode(),
        context(),
        environ=environ(**{**CDN, **signing, **variables}),
        now=NOON,
    )
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_a_read_is_signed_with_the_key_of_the_cdn(operation: str) -> None:
    status, document = ask({**GET, "operation": operation, "endpoint": "cdn", "expires_in": 600})

    assert (200, "request", "2026-11-23T12:10:00Z") == (
        status,
        document["limited_by"],
        document["expires_at"],
    )
    assert document["url"].startswith("https://cdn.example.com/users/alice/cat.png?auth_key=")
    assert {} == document["headers"]


def test_the_end_of_type_b_is_said_to_be_a_minute() -> None:
    _, document = ask({**GET, "endpoint": "cdn", "expires_in": 630}, CDN_SIGNING="b")

    assert ("2026-11-23T12:10:00Z", 600) == (document["expires_at"], document["expires_in"])


def test_a_type_b_url_without_a_minute_left_is_refused() -> None:
    status, document = ask({**GET, "endpoint": "cdn", "expires_in": 59}, CDN_SIGNING="b")

    assert (400, "InvalidArgument") == (status, document["Code"])


def test_a_dry_run_says_the_same_without_the_url() -> None:
    asked = {**GET, "endpoint": "cdn", "expires_in": 630}
    _, wet = ask(asked, CDN_SIGNING="b")
    _, dry = ask({**asked, "dry_run": True}, CDN_SIGNING="b")

    assert {**dry, "url": wet["url"]} == wet


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"operation": "PutObject"}, "endpoint"),
        ({"operation": "DeleteObject"}, "endpoint"),
        ({"response": {"content_type": "text/plain"}}, "response"),
        ({"download_as": "x"}, "download_as"),
        ({"traffic_limit": 819_200}, "traffic_limit"),
        ({"process": "thumb"}, "process"),
        ({"version_id": "v"}, "version_id"),
    ],
)
def test_what_the_cdn_would_not_sign_is_refused(fields: dict[str, Any], named: str) -> None:
    variables = {"GRANT_VERSIONS": "true", "GRANT_PROCESS_STYLES": "thumb", "READ_ENDPOINT": "cdn"}
    status, document = ask({**GET, **fields, "endpoint": "cdn"}, **variables)

    assert 400 == status
    assert document["Message"].startswith(f"{named}:")


def test_without_a_cdn_nobody_gets_its_urls() -> None:
    status, document = ask({**GET, "endpoint": "cdn"}, CDN_DOMAIN="", CDN_SIGNING="", CDN_KEY="")

    assert (400, "endpoint: this deployment does not have it") == (status, document["Message"])


def test_reads_go_through_the_cdn_by_default_where_it_can_serve_them() -> None:
    own = {"READ_ENDPOINT": "cdn", "SIGNING_SESSION": "function"}
    hosts = [
        ask(body, **own)[1]["url"].split("/")[2]
        for body in (GET, PUT, {**GET, "download_as": "x"}, {**GET, "endpoint": "public"})
    ]
    bucket = "examplebucket.oss-cn-hangzhou.aliyuncs.com"

    assert ["cdn.example.com", bucket, bucket, bucket] == hosts


def test_event_links_follow_the_default_of_reads() -> None:
    event = {"keys": ["users/alice/cat.png"]}
    variables = {**BUCKET_ONLY, **CDN, "GRANT_READ_PREFIXES": "users/", "READ_ENDPOINT": "cdn"}
    own = {name: text for name, text in environ().items() if name.startswith("ALIBABA")}
    result = instance("presign_on_event")(
        json.dumps(event).encode(), context(), environ={**variables, **own}, now=NOON
    )

    assert [] == result["failed"]
    assert result["links"][0]["url"].startswith("https://cdn.example.com/users/alice/cat.png?auth_key=")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"CDN_DOMAIN": "https://cdn.example.com"}, "CDN_DOMAIN"),
        ({"CDN_DOMAIN": "oss-cn-hangzhou.aliyuncs.com"}, "CDN_DOMAIN"),
        ({"CDN_DOMAIN": ""}, "CDN_DOMAIN"),
        ({"CDN_SIGNING": ""}, "CDN_SIGNING"),
        ({"CDN_SIGNING": "d"}, "CDN_SIGNING"),
        ({"CDN_KEY": ""}, "CDN_KEY"),
        ({"CDN_KEY": "short"}, "CDN_KEY"),
        ({"CDN_KEY": "with-hyphens-inside"}, "CDN_KEY"),
        ({"CDN_KEY": "x" * 129}, "CDN_KEY"),
        ({"CDN_VALIDITY_SECONDS": "0"}, "CDN_VALIDITY_SECONDS"),
        ({"CDN_VALIDITY_SECONDS": "31536001"}, "CDN_VALIDITY_SECONDS"),
        ({"READ_ENDPOINT": "public"}, "READ_ENDPOINT"),
        ({"CDN_SIGNING": "b", "TTL_DEFAULT_SECONDS": "59"}, "TTL_DEFAULT_SECONDS"),
    ],
)
def test_a_cdn_that_is_half_described_does_not_start(variables: dict[str, str], named: str) -> None:
    for load in (presign_settings, presign_on_event_settings):
        known = environ(IDENTITY_CLAIMS="", GRANT_READ_PREFIXES="a/", GRANT_WRITE_PREFIXES="")
        with pytest.raises(Misconfigured) as refusal:
            load({**known, **CDN, **variables})

        assert named == refusal.value.variable
        assert "aliyuncdnexp1234" not in str(refusal.value)
