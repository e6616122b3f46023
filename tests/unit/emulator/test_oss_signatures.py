"""Each check of the emulated OSS bites: what the official SDK signed is accepted, and nothing beside it."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import alibabacloud_oss_v2 as oss
import pytest

from tests.unit.emulator.oss_world import BUCKET, HOST, World, code, element, world


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


def changed(url: str, **parameters: str | None) -> str:
    """Return the URL with parameters replaced, or removed by None."""
    split = urlsplit(url)
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    query |= {name.replace("_", "-"): value for name, value in parameters.items() if value is not None}
    gone = {name.replace("_", "-") for name, value in parameters.items() if value is None}
    kept = {name: value for name, value in query.items() if name not in gone}
    return urlunsplit(split._replace(query=urlencode(kept, quote_via=quote)))


def flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def test_what_the_sdk_signs_is_accepted(w: World) -> None:
    assert (
        200
        == w.put("dir/\u6587\u4ef6 +&=~*'()!.txt", content_type="text/plain", metadata={"a": "b"}).status_code
    )
    made = w.get_url("dir/\u6587\u4ef6 +&=~*'()!.txt", response_content_language="de; charset=x")
    answer = w.send("GET", made.url)

    assert (b"hello", "b", "de; charset=x") == (
        answer.get_data(),
        answer.headers["x-oss-meta-a"],
        answer.headers["Content-Language"],
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"x_oss_signature": "0" * 64}, "SignatureDoesNotMatch"),
        ({"x_oss_signature": "\u00e9"}, "SignatureDoesNotMatch"),
        ({"x_oss_signature": None}, "InvalidArgument"),
        ({"x_oss_signature_version": "OSS4-HMAC-SHA512"}, "InvalidArgument"),
        ({"x_oss_expires": "601"}, "SignatureDoesNotMatch"),
        ({"x_oss_expires": None}, "InvalidArgument"),
        ({"x_oss_expires": "0"}, "InvalidArgument"),
        ({"x_oss_expires": "604801"}, "InvalidArgument"),
        ({"x_oss_expires": "-1"}, "InvalidArgument"),
        ({"x_oss_date": "yesterday"}, "InvalidArgument"),
        ({"x_oss_date": None}, "InvalidArgument"),
        ({"x_oss_credential": "nobody"}, "InvalidArgument"),
        ({"x_oss_credential": None}, "InvalidArgument"),
        ({"x_oss_additional_headers": "host"}, "SignatureDoesNotMatch"),
        ({"x_oss_additional_headers": ""}, "InvalidArgument"),
        ({"x_oss_security_token": "made-up"}, "AccessKeyIdAndSecurityTokenNotMatch"),
        ({"response_content_language": "en"}, "SignatureDoesNotMatch"),
        ({"response_content_language": None}, "SignatureDoesNotMatch"),
        ({"response_expires": "0"}, "SignatureDoesNotMatch"),
        ({"acl": ""}, "SignatureDoesNotMatch"),
    ],
)
def test_every_parameter_of_a_url_is_checked(w: World, change: dict[str, Any], expected: str) -> None:
    w.put()
    url = w.get_url(response_content_language="de").url

    assert "OK" == code(w.send("GET", url))
    assert expected == code(w.send("GET", changed(url, **change)))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (0, "LTAInobody", "InvalidAccessKeyId"),
        (1, "20200101", "InvalidArgument"),
        (2, "cn-beijing", "InvalidArgument"),
        (3, "oss-cloudbox", "InvalidArgument"),
        (4, "aws4_request", "InvalidArgument"),
    ],
)
def test_every_field_of_the_credential_is_checked(w: World, field: int, value: str, expected: str) -> None:
    url = w.get_url().url
    parts = dict(parse_qsl(urlsplit(url).query))["x-oss-credential"].split("/")
    parts[field] = value

    assert expected == code(w.send("GET", changed(url, x_oss_credential="/".join(parts))))


def test_another_region_is_told_by_its_ec(w: World) -> None:
    url = w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"), region="cn-beijing").url
    answer = w.send("GET", url)

    assert ("InvalidArgument", "0002-00000226", "0002-00000226") == (
        code(answer),
        element(answer, "EC"),
        answer.headers["x-oss-ec"],
    )


def test_method_key_and_bucket_are_checked(w: World) -> None:
    w.cloud.create_bucket("otherbucket")
    w.put()
    url = w.get_url().url

    assert "SignatureDoesNotMatch" == code(w.send("DELETE", url))
    assert "SignatureDoesNotMatch" == code(w.send("GET", url.replace("a.txt", "b.txt")))
    assert "SignatureDoesNotMatch" == code(w.send("GET", url.replace(BUCKET, "otherbucket")))
    assert 403 == w.send("HEAD", url).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "image/gif"},
        {"Content-Type": ""},
        {"x-oss-meta-a": "c"},
        {"x-oss-meta-new": "1"},
        {"x-oss-object-acl": "public-read"},
        {"x-oss-callback": "e30="},
        {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"x-oss-forbid-overwrite": "false"},
    ],
)
def test_signed_headers_cannot_change_and_others_cannot_join(w: World, headers: dict[str, str]) -> None:
    made = w.put_url(content_type="image/png", metadata={"a": "b"}, forbid_overwrite=True)
    sent = {name.lower(): value for name, value in made.signed_headers.items()}
    sent |= {name.lower(): value for name, value in headers.items()}

    assert "SignatureDoesNotMatch" == code(w.send("PUT", made.url, headers=sent, body=b"x"))
    assert "OK" == code(w.send("PUT", made.url, headers=made.signed_headers, body=b"x"))


def test_a_bare_plus_is_a_space(w: World) -> None:
    w.put("a+b")
    url = w.get_url("a+b").url

    assert "OK" == code(w.send("GET", url))
    assert "SignatureDoesNotMatch" == code(w.send("GET", url.replace("a%2Bb", "a+b")))


def test_a_parameter_that_occurs_twice_is_refused(w: World) -> None:
    assert "InvalidArgument" == code(w.send("GET", w.get_url().url + "&x-oss-expires=600"))


def test_a_url_is_good_until_the_second_it_names(w: World) -> None:
    w.put()
    url = w.get_url().url
    query = dict(parse_qsl(urlsplit(url).query))
    begins = datetime.strptime(query["x-oss-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    ends = begins + timedelta(seconds=int(query["x-oss-expires"]))
    codes = []
    for moment in (ends - timedelta(microseconds=1), ends, ends + timedelta(days=9)):
        w.cloud.clock.set(moment)
        codes.append(code(w.send("GET", url)))

    assert ["OK", "AccessDenied", "AccessDenied"] == codes


def test_a_url_of_the_future_is_refused(w: World) -> None:
    w.put()
    url = w.get_url().url
    w.cloud.clock.advance(timedelta(minutes=-14))
    assert "OK" == code(w.send("GET", url))
    w.cloud.clock.advance(timedelta(minutes=-2))

    assert "0002-00000235" == element(w.send("GET", url), "EC")


def test_a_session_needs_its_token_and_its_life(w: World) -> None:
    trust = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}],
    }
    everything = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]}
    w.cloud.identities.add_role("reader", trust=trust, policies=[everything])
    session = w.cloud.identities.role_session("reader", duration_seconds=900)
    other = w.cloud.identities.role_session("reader")
    w.put()
    url = w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"), principal=session, life=3600).url

    assert "OK" == code(w.send("GET", url))
    assert "InvalidAccessKeyId" == code(w.send("GET", changed(url, x_oss_security_token=None)))
    assert "AccessKeyIdAndSecurityTokenNotMatch" == code(
        w.send("GET", changed(url, x_oss_security_token=other.security_token))
    )
    assert "InvalidSecurityToken" == code(
        w.send("GET", changed(url, x_oss_security_token=flipped(session.security_token or "x")))
    )
    w.cloud.clock.set(session.expires_at or w.cloud.clock.now())
    assert "SecurityTokenExpired" == code(w.send("GET", url))


def test_nobody_gets_in_without_a_signature(w: World) -> None:
    w.put()
    answer = w.send("GET", f"{HOST}/{BUCKET}/a.txt")

    assert (403, "AccessDenied") == (answer.status_code, code(answer))


def test_two_signatures_are_refused(w: World) -> None:
    headers = {"Authorization": "OSS4-HMAC-SHA256 Credential=a/20200101/r/oss/aliyun_v4_request,Signature=0"}

    assert "InvalidArgument" == code(w.send("GET", w.get_url().url, headers=headers))


def test_a_wrong_signature_teaches_its_maker(w: World) -> None:
    answer = w.send("GET", changed(w.get_url().url, x_oss_signature="0" * 64))

    assert element(answer, "StringToSign").startswith("OSS4-HMAC-SHA256\n")
    assert element(answer, "CanonicalRequest").startswith(f"GET\n/{BUCKET}/a.txt\n")
    assert element(answer, "StringToSignBytes").startswith("4F 53 53 34")


def test_a_head_carries_its_refusal_in_a_header(w: World) -> None:
    url = w.url(oss.HeadObjectRequest(bucket=BUCKET, key="nothing")).url
    answer = w.send("HEAD", url)

    assert (404, b"", "0026-00000001") == (answer.status_code, answer.get_data(), answer.headers["x-oss-ec"])
    assert b"<Code>NoSuchKey</Code>" in base64.b64decode(answer.headers["x-oss-err"])


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("Basic YTpi", "InvalidArgument"),
        ("OSS4-HMAC-SHA256 Credential=x", "InvalidArgument"),
        ("OSS4-HMAC-SHA256 Credential=x,Signature=y,Colour=red", "InvalidArgument"),
        (
            "OSS4-HMAC-SHA256 Credential=a/20200101/cn-hangzhou/oss/aliyun_v4_request,Signature=y",
            "RequestTimeTooSkewed",
        ),
    ],
)
def test_a_malformed_authorization_is_refused(w: World, authorization: str, expected: str) -> None:
    headers = {"Authorization": authorization, "x-oss-date": "20200101T000000Z"}

    assert expected == code(w.send("GET", f"{HOST}/{BUCKET}/a.txt", headers=headers))
