"""Attacks on finished uploads: none is vouched for, none deletes what another grant wrote, none makes us call out."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared.seals.keys import seal_keys
from shared.seals.sealing import seal
from tests.journeys.upload_world import KEY, SEAL_KEYS, Receiver, UploadWorld, upload_world
from tests.world import context, instance

METADATA = base64.b64encode(b"http://100.100.100.200/latest/meta-data/").decode()
FACTS = {"id": "A" * 16, "key": KEY, "claims": {"sub": "alice"}, "exp": 2_000_000_000, "max": 10}


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def w(tmp_path: Path, receiver: Receiver) -> Iterator[UploadWorld]:
    with upload_world(tmp_path, receiver=receiver) as world:
        yield world


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the hosts that anybody in this process connects to."""
    hosts: list[str] = []
    honest = socket.create_connection

    def noted(address: tuple[str, int], *rest: Any, **named: Any) -> socket.socket:
        hosts.append(address[0])
        return honest(address, *rest, **named)

    monkeypatch.setattr(socket, "create_connection", noted)
    return hosts


def by_own_key(body: bytes) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signed = key.sign(b"/uploads\n" + body, padding.PKCS1v15(), hashes.MD5())  # noqa: S303  # as OSS signs
    return base64.b64encode(signed).decode()


def sealed(keys: str = SEAL_KEYS, purpose: Any = "upload", **changes: Any) -> str:
    return seal({**FACTS, **changes}, purpose=purpose, keys=seal_keys(keys))


def body_of(w: UploadWorld, seal: str | None = None, **fields: str) -> bytes:
    grant = w.seal_of(w.ask("PutObject")) if seal is None else seal
    return urlencode({"etag": w.etag(), "grant": grant, **fields}).encode()


Sent = tuple[bytes, dict[str, str]]
FORGED: dict[str, Callable[[UploadWorld], Sent]] = {
    "no signature": lambda w: (b := body_of(w), w.signed(b, Authorization="")),
    "a made-up signature": lambda w: (b := body_of(w), w.signed(b, Authorization="A" * 172)),
    "an OSS V4 signature": lambda w: (
        b := body_of(w),
        w.signed(b, Authorization="OSS4-HMAC-SHA256 Credential=x,Signature=y"),
    ),
    "another key, and where to fetch it": lambda w: (
        b := body_of(w),
        w.signed(b, **{"Authorization": by_own_key(b), "x-oss-pub-key-url": METADATA}),
    ),
    "another key at the vendor's address": lambda w: (
        b := body_of(w),
        w.signed(
            b,
            **{
                "Authorization": by_own_key(b),
                "x-oss-pub-key-url": base64.b64encode(
                    b"https://gosspublic.alicdn.com/callback_pub_key_v1.pem"
                ).decode(),
            },
        ),
    ),
    "a signature for another path": lambda w: (b := body_of(w), w.signed(b, path="/other")),
    "a signature for the path with a query": lambda w: (b := body_of(w), w.signed(b, path="/uploads?a=b")),
    "a signature for another body": lambda w: (body_of(w), w.signed(body_of(w))),
    "no seal": lambda w: (b := body_of(w, ""), w.signed(b)),
    "a seal of another deployment": lambda w: (
        b := body_of(w, sealed("k2:" + "d" * 42 + "A")),
        w.signed(b),
    ),
    "a ticket's seal": lambda w: (b := body_of(w, sealed(purpose="ticket")), w.signed(b)),
    "a seal with a changed letter": lambda w: (b := body_of(w, sealed()[:-1] + "-"), w.signed(b)),
    "a seal without an end": lambda w: (b := body_of(w, sealed(exp=None)), w.signed(b)),
    "a seal over a day after its end": lambda w: (
        b := body_of(w, sealed(exp=int(w.cloud.clock.now().timestamp()) - 86_401)),
        w.signed(b),
    ),
    "two seals": lambda w: (b := body_of(w) + b"&grant=" + sealed().encode(), w.signed(b)),
    "no ETag": lambda w: (b := body_of(w, etag=""), w.signed(b)),
    "an ETag that would be a line of its own": lambda w: (b := body_of(w, etag="A\nB"), w.signed(b)),
    "a thousand fields": lambda w: (b := body_of(w) + b"&a=b" * 1000, w.signed(b)),
    "no form at all": lambda w: (b := b"\xff\xfe", w.signed(b)),
}


@pytest.mark.parametrize("attack", FORGED)
def test_a_forged_callback_is_refused_before_anybody_is_asked(
    w: UploadWorld, receiver: Receiver, connected: list[str], attack: str
) -> None:
    w.put(b"hello")
    w.cloud.log.clear()
    connected.clear()
    receiver.messages.clear()
    body, headers = FORGED[attack](w)
    answer = w.on_upload(body, headers=headers)

    assert (403, "AccessDenied") == (answer["statusCode"], json.loads(answer["body"])["Code"])
    assert ([], [], []) == (connected, receiver.messages, [*w.cloud.log])


def test_the_honest_callback_of_the_same_make_passes(w: UploadWorld) -> None:
    w.put(b"hello")
    body = body_of(w)

    assert 200 == w.on_upload(body, headers=w.signed(body))["statusCode"]


def test_a_seal_is_good_through_the_day_after_its_end(w: UploadWorld) -> None:
    w.put(b"hello")
    fields = {"etag": w.etag(), "grant": w.seal_of(w.ask("PutObject", expires_in=600))}
    statuses = [w.call_with(late=timedelta(seconds=600 + 86_400 + more), **fields)[0] for more in (0, 1)]

    # The last one is refused; the first is asked of OSS with the clock so far off, which OSS refuses.
    assert [503, 403] == statuses


ELSEWHERE: dict[str, dict[str, str]] = {
    "another bucket": {"bucket": "foreign"},
    "another object": {"object": "users/bob/secret.bin"},
    "another size": {"size": "1"},
    "another type": {"mimeType": "text/html"},
    "an address to call": {"callbackUrl": "http://100.100.100.200/", "url": "file:///etc/passwd"},
}


@pytest.mark.parametrize("attack", ELSEWHERE)
def test_what_else_the_body_says_is_not_even_asked_for(
    w: UploadWorld, connected: list[str], attack: str
) -> None:
    w.put(b"hello")
    w.cloud.log.clear()
    body = body_of(w, **ELSEWHERE[attack])
    answer = w.on_upload(body, headers=w.signed(body, **{"x-oss-pub-key-url": METADATA, "Host": "evil"}))
    document = json.loads(answer["body"])

    assert ("Success", KEY, 5, "examplebucket") == tuple(
        document[name] for name in ("Code", "key", "size", "bucket")
    )
    assert [("HEAD", KEY)] == [(each.method, each.key) for each in w.cloud.log]
    assert {"127.0.0.1"} == set(connected)


def test_a_replay_for_an_object_that_changed_is_not_vouched_for(w: UploadWorld, receiver: Receiver) -> None:
    w.put(b"hello")
    (headers, body), *_ = w.calls
    w.replace(KEY, b"something else")
    answer = w.on_upload(body, headers=headers)

    assert "EtagMismatch" == json.loads(answer["body"])["Code"]
    assert "upload.refused" == receiver.documents[-1]["type"]


def test_an_invented_etag_neither_deletes_nor_takes_the_message_id_of_the_true_one(
    w: UploadWorld, receiver: Receiver
) -> None:
    w.callee["ON_UPLOAD_REFUSED"] = "delete"
    w.put(b"hello")
    seal = w.seal_of(w.ask("PutObject"))
    status, document = w.call_with(etag="F" * 32, grant=seal)

    assert (200, "EtagMismatch") == (status, document["Code"])
    assert b"hello" == w.stored(KEY)
    assert "size" not in document
    assert f"{document['id']}.{'F' * 32}" == receiver.messages[-1][0]["Webhook-Id"]


def test_a_link_in_the_object_s_place_is_not_followed(w: UploadWorld) -> None:
    w.put(b"secret", key="users/alice/secret.bin")
    w.put(b"hello")
    w.replace(KEY, b"", object_type="Symlink", symlink_target="users/alice/secret.bin")
    status, document = w.call_with(etag=w.etag("users/alice/secret.bin"), grant=w.seal_of(w.ask("PutObject")))

    assert (200, "EtagMismatch") == (status, document["Code"])


def test_a_client_cannot_leave_the_callback_out_of_a_url_or_change_it(w: UploadWorld) -> None:
    asked = w.ask("PutObject")
    scheme, host, path, query, _ = urlsplit(asked["url"])
    pairs = dict(parse_qsl(query))
    without = {name: value for name, value in pairs.items() if name != "callback"}
    own = {
        **pairs,
        "callback": base64.b64encode(b'{"callbackUrl":"http://127.0.0.1/","callbackBody":"x"}').decode(),
    }
    statuses = [
        w.send(asked, url=urlunsplit((scheme, host, path, urlencode(each), "")), body=b"x").status_code
        for each in (without, own)
    ]

    assert ([403, 403], []) == (statuses, w.calls)


def test_a_client_cannot_leave_the_callback_out_of_a_form_or_change_it(w: UploadWorld) -> None:
    form = w.ask("PostObject")
    fields = form["fields"]
    without = {name: value for name, value in fields.items() if name != "callback"}
    own = {
        **fields,
        "callback": base64.b64encode(b'{"callbackUrl":"http://127.0.0.1/","callbackBody":"x"}').decode(),
    }
    statuses = [w.post(form, b"x", fields=each).status_code for each in (without, own)]

    assert ([403, 403], []) == (statuses, w.calls)


@pytest.mark.parametrize(
    ("status", "method", "media_type", "length"),
    [
        (405, "GET", "application/x-www-form-urlencoded", 10),
        (405, "PUT", "application/x-www-form-urlencoded", 10),
        (415, "POST", "application/json", 10),
        (413, "POST", "application/x-www-form-urlencoded", 16 * 1024 + 1),
        (413, "POST", "application/x-www-form-urlencoded", 1024 * 1024),
    ],
)
def test_what_is_no_callback_at_all_is_refused_by_its_frame(
    w: UploadWorld, status: int, method: str, media_type: str, length: int
) -> None:
    body = b"a" * length
    headers = w.signed(body, **{"Content-Type": media_type})

    assert status == w.on_upload(body, headers=headers, method=method)["statusCode"]


def test_a_body_that_is_not_what_the_event_says_is_malformed(w: UploadWorld) -> None:
    assert 400 == w.on_upload("not base64!", headers=w.signed(b""))["statusCode"]


def test_a_direct_invocation_is_no_callback(w: UploadWorld) -> None:
    answer = instance("on_upload")(
        json.dumps({"etag": "x", "grant": sealed()}).encode(),
        context("on_upload"),
        environ=w.callee,
        now=w.cloud.clock.now(),
    )

    assert "UnsupportedMediaType" == answer["Code"]


def test_nothing_secret_is_written_down(w: UploadWorld, capsys: pytest.CaptureFixture[str]) -> None:
    w.put(b"hello")
    body = body_of(w)
    w.on_upload(body, headers=w.signed(body, Authorization="A" * 172))
    printed = capsys.readouterr().out

    assert "on_upload" in printed
    assert [] == [
        secret
        for secret in (w.seal_of(w.ask("PutObject"))[:40], "A" * 100, w.callee["UPLOAD_WEBHOOK_SECRET"])
        if secret in printed
    ]
