from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.signing import (
    Credentials,
    Endpoint,
    ObjectRequest,
    PostPolicy,
    PresignedUrl,
    presign,
    presign_many,
    presign_parts,
    sign_post_policy,
    sign_request,
    v4,
)
from shared.values import replaced

NOW = datetime(2026, 11, 23, 12, 0, 0, 700_000, tzinfo=timezone.utc)
KEY = Credentials(access_key_id="LTAIexample", access_key_secret="secret-canary")
GET = ObjectRequest(method="GET", bucket="examplebucket", key="users/alice/cat.png")
HANGZHOU = Endpoint.public("cn-hangzhou")


def session(life: float) -> Credentials:
    return Credentials(
        access_key_id="STS.example",
        access_key_secret="secret-canary",
        security_token="token-canary+/=",
        expires_at=NOW + timedelta(seconds=life),
    )


def signed(request: ObjectRequest = GET, **options: Any) -> PresignedUrl:
    given_options = {
        "endpoint": HANGZHOU,
        "credentials": KEY,
        "expires_in": timedelta(seconds=600),
        "now": NOW,
    }
    return presign(request, **(given_options | options))


def put(**options: Any) -> ObjectRequest:
    return ObjectRequest(method="PUT", bucket="examplebucket", key="a", **options)


def parameters(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def test_the_worked_example_step_by_step() -> None:
    headers = {
        "ZAbc": "value",
        "XYZ": "value",
        "abc": "value",
        "content-type": "application/octet-stream",
        "x-oss-head1": "value",
    }
    request = ObjectRequest(
        method="PUT",
        bucket="bucket",
        key="1234+-/123/1.txt",
        headers=headers,
        query={
            "param1": "value1",
            "+param1": "value3",
            "|param1": "value4",
            "+param2": "",
            "|param2": "",
            "param2": "",
        },
        additional_headers=["ZAbc", "abc"],
    )
    made = presign(
        request,
        endpoint=HANGZHOU,
        credentials=Credentials(access_key_id="ak", access_key_secret="sk"),
        expires_in=timedelta(seconds=599),
        now=datetime(2023, 12, 17, 3, 30, 9, tzinfo=timezone.utc),
    )
    key = v4.signing_key("sk", scope=v4.CredentialScope("20231217", "cn-hangzhou", "oss"))

    assert "0e11d77e422d3484e84ee6b628fdf2a85f3788e1a597f23116b477efb407e94e" == key.hex()
    assert made.url.endswith(
        "x-oss-signature=6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7"
    )
    assert {n: v for n, v in headers.items() if n != "XYZ"} == made.headers


@pytest.mark.parametrize(
    ("life", "seconds", "limited_by"),
    [
        (3600, 600, "request"),
        (600, 600, "request"),
        (599.9, 600, "request"),
        (300, 300, "credentials"),
        (1, 1, "credentials"),
    ],
)
def test_a_url_says_when_it_or_its_session_ends(life: float, seconds: int, limited_by: str) -> None:
    made = signed(credentials=session(life))

    assert (str(seconds), limited_by) == (parameters(made.url)["x-oss-expires"], made.limited_by)
    assert NOW.replace(microsecond=0) + timedelta(seconds=seconds) == made.expires_at


@pytest.mark.parametrize("life", [0, -1, -0.5, -3600])
def test_a_session_that_is_over_signs_nothing(life: float) -> None:
    with pytest.raises(InvalidRequest, match="the session is over"):
        signed(credentials=session(life))


@pytest.mark.parametrize("seconds", [0, 0.5, -5, 604_801])
def test_a_life_that_oss_refuses_is_not_signed(seconds: float) -> None:
    with pytest.raises(InvalidRequest, match="1 to 604800 s"):
        signed(expires_in=timedelta(seconds=seconds))


def test_the_longest_life_is_signed() -> None:
    assert "604800" == parameters(signed(expires_in=timedelta(days=7)).url)["x-oss-expires"]


def test_another_time_zone_makes_the_same_url() -> None:
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))

    assert signed().url == signed(now=shanghai).url


def test_a_naive_clock_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="aware"):
        signed(now=datetime(2026, 11, 23))


@pytest.mark.parametrize(
    ("endpoint", "root"),
    [
        (Endpoint.public("cn-hangzhou"), "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/"),
        (Endpoint.internal("cn-hangzhou"), "https://examplebucket.oss-cn-hangzhou-internal.aliyuncs.com/"),
        (Endpoint.dual_stack("cn-hangzhou"), "https://examplebucket.cn-hangzhou.oss.aliyuncs.com/"),
        (Endpoint.accelerate("cn-hangzhou"), "https://examplebucket.oss-accelerate.aliyuncs.com/"),
        (
            Endpoint.accelerate("cn-hangzhou", overseas=True),
            "https://examplebucket.oss-accelerate-overseas.aliyuncs.com/",
        ),
        (Endpoint.custom_domain("img.example.com", region="cn-hangzhou"), "https://img.example.com/"),
        (
            Endpoint(region="cn-hangzhou", host="localhost:9001", scheme="http", style="path"),
            "http://localhost:9001/examplebucket/",
        ),
        (
            Endpoint(region="cn-hangzhou", host="127.0.0.1:9001", scheme="http"),
            "http://127.0.0.1:9001/examplebucket/",
        ),
        (
            Endpoint(region="cn-hangzhou", host="[::1]:9001", style="cname"),
            "https://[::1]:9001/examplebucket/",
        ),
    ],
)
def test_every_endpoint_has_its_host_and_the_same_signature(endpoint: Endpoint, root: str) -> None:
    made = signed(endpoint=endpoint)

    assert made.url.startswith(root + "users/alice/cat.png?")
    assert parameters(signed().url)["x-oss-signature"] == parameters(made.url)["x-oss-signature"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "a/b"},
        {"host": "u@h"},
        {"host": ""},
        {"host": "h?x"},
        {"host": "h", "scheme": "ftp"},
        {"host": "h", "style": "dns"},
    ],
)
def test_a_strange_endpoint_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="endpoint"):
        Endpoint(region="cn-hangzhou", **wrong)


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (put(headers={"Content-Type": "a", "content-type": "b"}), "distinct"),
        (put(headers={"x-oss-meta-a": "1\r\nx-oss-object-acl: public-read"}), "line breaks"),
        (put(headers={"x-oss-meta-a\n": "1"}), "line breaks"),
        (put(query={"x-oss-expires": "9"}), "not the caller's"),
        (put(query={"x-oss-signature": "0"}), "not the caller's"),
        (ObjectRequest(method="GET", bucket="b", key="a\ud800"), "surrogate"),
        (put(query={"a": "\udfff"}), "surrogate"),
        (put(headers={"x-oss-meta-a": "\ud800"}), "surrogate"),
    ],
)
def test_what_cannot_be_signed_without_ambiguity_is_refused(request_: ObjectRequest, rule: str) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        signed(request_)


def test_an_additional_header_that_is_not_sent_is_left_out() -> None:
    made = signed(
        put(headers={"Content-Length": "5"}, additional_headers=["content-length", "host", "Content-Type"])
    )

    assert "content-length" == parameters(made.url)["x-oss-additional-headers"]
    assert {"Content-Length": "5"} == made.headers


def test_many_urls_are_each_what_one_would_be() -> None:
    requests = [
        GET,
        put(headers={"Content-Type": "image/png"}),
        put(query={"partNumber": "1", "uploadId": "U"}),
    ]
    many = presign_many(
        requests, endpoint=HANGZHOU, credentials=KEY, expires_in=timedelta(seconds=600), now=NOW
    )

    assert [signed(request) for request in requests] == many


@pytest.mark.parametrize("key", ["a", "partNumber=0/partNumber=0", "文件"])
def test_compact_part_urls_are_the_full_ones(key: str) -> None:
    upload = ObjectRequest(method="PUT", bucket="examplebucket", key=key, query={"uploadId": "U{1}"})
    options: Any = {
        "endpoint": HANGZHOU,
        "credentials": session(60),
        "expires_in": timedelta(600),
        "now": NOW,
    }
    options["expires_in"] = timedelta(seconds=600)
    compact = presign_parts(upload, [1, 2, 10_000], **options)
    full = presign_many(
        [replaced(upload, query={"partNumber": str(n), **upload.query}) for n in (1, 2, 10_000)],
        **options,
    )
    filled = [
        compact.url.replace("{partNumber}", str(number)).replace("{signature}", signature)
        for number, signature in zip((1, 2, 10_000), compact.signatures, strict=True)
    ]

    assert [url.url for url in full] == filled == compact.urls()
    assert (full[0].expires_at, "credentials") == (compact.expires_at, compact.limited_by)


def test_a_request_is_signed_with_its_token() -> None:
    headers = sign_request(
        put(headers={"Content-Type": "a/b"}), endpoint=HANGZHOU, credentials=session(60), now=NOW
    )

    assert {
        "Content-Type": "a/b",
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
        "x-oss-date": "20261123T120000Z",
        "x-oss-security-token": "token-canary+/=",
    } == {name: value for name, value in headers.items() if name != "Authorization"}


def test_a_form_is_cut_to_the_session_and_pins_every_field() -> None:
    policy = PostPolicy(
        bucket="examplebucket",
        key="users/alice/文件.png",
        expires_in=timedelta(seconds=600),
        content_type="image/png",
        max_size=10,
        fields={"x-oss-forbid-overwrite": "true"},
    )
    form = sign_post_policy(policy, endpoint=HANGZHOU, credentials=session(300), now=NOW)

    assert "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/" == form.url
    assert ("credentials", NOW.replace(microsecond=0) + timedelta(seconds=300)) == (
        form.limited_by,
        form.expires_at,
    )
    assert ["key", "Content-Type", "x-oss-content-type", "x-oss-forbid-overwrite"] == list(form.fields)[:4]
    assert "token-canary+/=" == form.fields["x-oss-security-token"]


@pytest.mark.parametrize(
    "name", ["policy", "KEY", "x-oss-signature", "x-oss-credential", "X-OSS-Security-Token", "file"]
)
def test_a_form_does_not_take_its_own_fields_from_the_caller(name: str) -> None:
    with pytest.raises(InvalidRequest, match="not the caller's"):
        PostPolicy(bucket="b", key="k", expires_in=timedelta(seconds=60), fields={name: "x"})


def test_credentials_do_not_show_or_leave() -> None:
    secret = session(60)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    with pytest.raises(TypeError):
        vars(secret)

    assert not dataclasses.is_dataclass(secret)
    assert "canary" not in f"{secret!r}{secret}{signed(credentials=KEY)!r}"


def test_credentials_are_values() -> None:
    assert session(60) == session(60)
    assert hash(session(60)) == hash(session(60))
    assert session(60) != session(61)
    with pytest.raises(AttributeError):
        session(60).access_key_id = "other"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_key_id": "", "access_key_secret": "s"},
        {"access_key_id": "a", "access_key_secret": ""},
        {"access_key_id": "a", "access_key_secret": "s", "expires_at": datetime(2026, 1, 1)},
    ],
)
def test_half_credentials_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="credentials"):
        Credentials(**wrong)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
QUERY = st.dictionaries(
    TEXT.filter(lambda name: not name.startswith("x-oss-")),
    st.text(st.characters(exclude_categories=["Cs"])),
    max_size=4,
)


@given(key=TEXT, query=QUERY)
def test_a_url_holds_no_bare_plus_and_says_what_was_asked(key: str, query: dict[str, str]) -> None:
    url = signed(
        ObjectRequest(method="GET", bucket="examplebucket", key=key, query=query), credentials=session(900)
    ).url
    path, _, text = url.removeprefix("https://examplebucket.oss-cn-hangzhou.aliyuncs.com/").partition("?")
    found = {n: v for n, v in parse_qsl(text, keep_blank_values=True) if not n.startswith("x-oss-")}

    assert "+" not in url
    assert url.isascii()
    assert (key, query) == (unquote(path), found)


@given(query=QUERY)
def test_the_callers_order_does_not_change_the_signature(query: dict[str, str]) -> None:
    forwards, backwards = (put(query=dict(pairs)) for pairs in (query.items(), reversed(query.items())))

    assert (
        parameters(signed(forwards).url)["x-oss-signature"]
        == parameters(signed(backwards).url)["x-oss-signature"]
    )
