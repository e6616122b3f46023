"""Callbacks: OSS asks the application's server once an upload has ended, and passes its answer on."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from oss_emulator.server import serve
from oss_emulator.wire.callback_key import public_key_pem
from tests.unit.emulator.oss_world import BUCKET, World, code, element, world


class Receiver:
    """A server that keeps what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.body, self.length = 200, b'{"Status": "OK"}', True

    def url(self, path: str = "/uploads") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    port = 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append((self.path, dict(self.headers), body))
            self.send_response(kept.status)
            self.send_header("Content-Type", "application/json")
            if kept.length:
                self.send_header("Content-Length", str(len(kept.body)))
            self.end_headers()
            self.wfile.write(kept.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kept
        server.shutdown()


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


def encoded(**members: Any) -> str:
    return base64.b64encode(json.dumps(members).encode()).decode()


FORM_BODY = (
    "bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&mimeType=${mimeType}&who=${x:who}&no=${none}"
)


def test_the_server_is_asked_as_oss_asks(w: World, receiver: Receiver) -> None:
    callback = encoded(callbackUrl=receiver.url("/uploads%20x?a=b"), callbackBody=FORM_BODY)
    answer = w.put(callback=callback, callback_var=encoded(**{"x:who": "alice+1"}), content_type="text/plain")
    [(path, headers, body)] = receiver.requests

    assert (200, {"Status": "OK"}) == (answer.status_code, json.loads(answer.get_data()))
    assert "5D41402ABC4B2A76B9719D911017C592" in answer.headers["ETag"]
    assert "/uploads%20x?a=b" == path
    assert {
        "bucket": [BUCKET],
        "object": ["a.txt"],
        "etag": ['"5D41402ABC4B2A76B9719D911017C592"'],
        "size": ["5"],
        "mimeType": ["text/plain"],
        "who": ["alice+1"],
    } == parse_qs(body.decode())
    assert ("aliyun-oss-callback", "CALLBACK", "1.0", BUCKET) == (
        headers["User-Agent"],
        headers["x-oss-tag"],
        headers["x-oss-signature-version"],
        headers["x-oss-bucket"],
    )
    key: Any = load_pem_public_key(public_key_pem().encode())
    signed = b"/uploads x?a=b\n" + body
    key.verify(base64.b64decode(headers["Authorization"]), signed, padding.PKCS1v15(), hashes.MD5())  # noqa: S303  # what OSS signs with


def test_a_body_may_be_json(w: World, receiver: Receiver) -> None:
    body = '{"object": ${object}, "size": ${size}, "type": ${mimeType}}'
    w.put(
        'a "b".txt',
        callback=encoded(callbackUrl=receiver.url(), callbackBody=body, callbackBodyType="application/json"),
    )

    assert {"object": 'a "b".txt', "size": 5, "type": "application/octet-stream"} == json.loads(
        receiver.requests[0][2]
    )


@pytest.mark.parametrize(
    ("status", "body", "length", "ec", "text"),
    [
        (301, b"{}", True, "0007-00000203", "Error status : 301."),
        (502, b"{}", True, "0007-00000203", "Error status : 502."),
        (200, b"<ok/>", True, "0007-00000203", "Response body is not valid json format."),
        (200, b"\xef\xbb\xbf{}", True, "0007-00000203", "Response body is not valid json format."),
        (200, b"\xff", True, "0007-00000203", "Response body is not valid json format."),
        (200, b"[" * 50_000, True, "0007-00000203", "Response body is not valid json format."),
        (200, b"{}", False, "0007-00000203", "Response body has no Content-Length, or is too long."),
    ],
)
def test_an_answer_that_is_of_no_use_is_203_and_the_object_stays(
    w: World, receiver: Receiver, status: int, body: bytes, length: bool, ec: str, text: str
) -> None:
    receiver.status, receiver.body, receiver.length = status, body, length
    answer = w.put(callback=encoded(callbackUrl=receiver.url(), callbackBody="a=1"))

    assert (203, "CallbackFailed", ec, text) == (
        answer.status_code,
        code(answer),
        element(answer, "EC"),
        element(answer, "Message"),
    )
    assert {"ETag", "x-oss-hash-crc64ecma", "Content-MD5"} <= set(answer.headers.keys())
    assert b"hello" == w.send("GET", w.get_url().url).get_data()


def test_a_server_that_is_slow_or_elsewhere_is_203(w: World) -> None:
    def slow(*_: Any) -> Any:
        raise TimeoutError

    elsewhere = w.put(callback=encoded(callbackUrl="https://example.com/", callbackBody="a=1"))
    w.cloud.deliver = slow
    late = w.put("b.txt", callback=encoded(callbackUrl="http://127.0.0.1:1/", callbackBody="a=1"))

    assert ("0007-00000203", "0007-00000202") == (element(elsewhere, "EC"), element(late, "EC"))
    assert "can not connect" in element(elsewhere, "Message")


@pytest.mark.parametrize(("path", "host"), [("/", "a\r\nb"), ("/", "\u732b"), ("/\u732b", "a")])
def test_a_callback_that_http_cannot_carry_is_203(w: World, receiver: Receiver, path: str, host: str) -> None:
    url = receiver.url(path)
    answer = w.put(callback=encoded(callbackUrl=url, callbackBody="a=1", callbackHost=host))

    assert (203, "CallbackFailed") == (answer.status_code, code(answer))


def test_the_next_url_is_tried_where_one_does_not_answer(w: World, receiver: Receiver) -> None:
    urls = f"http://127.0.0.1:1/;{receiver.url()}"

    assert 200 == w.put(callback=encoded(callbackUrl=urls, callbackBody="a=1")).status_code


@pytest.mark.parametrize(
    "callback",
    [
        "no base64!",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b"{").decode(),
        encoded(callbackUrl="http://127.0.0.1/", callbackBody=""),
        encoded(callbackBody="a"),
        encoded(callbackUrl="http://127.0.0.1:99999/", callbackBody="a"),
        encoded(callbackUrl="ftp://127.0.0.1/", callbackBody="a"),
        encoded(callbackUrl=";".join(["http://127.0.0.1/"] * 6), callbackBody="a"),
        encoded(callbackUrl="http://127.0.0.1/", callbackBody="a", callbackBodyType="text/plain"),
        encoded(callbackUrl="http://127.0.0.1/", callbackBody="a" * 5000),
        encoded(callbackUrl="http://127.0.0.1/", callbackBody="\ud800"),
        base64.b64encode(b"[" * 2000).decode(),
    ],
)
def test_a_callback_that_is_none_is_refused_before_anything_is_stored(w: World, callback: str) -> None:
    answer = w.put(callback=callback)

    assert (400, "InvalidArgument") == (answer.status_code, code(answer))
    assert not w.bucket.exists("a.txt")


def test_two_ways_at_once_are_refused(w: World) -> None:
    text = encoded(callbackUrl="http://127.0.0.1/", callbackBody="a")
    request = oss.PutObjectRequest(bucket=BUCKET, key="a.txt", callback=text, parameters={"callback": text})
    made = w.url(request)

    assert 400 == w.send("PUT", made.url, headers=made.signed_headers, body=b"x").status_code


def test_the_official_sdks_hand_the_answer_on(w: World, receiver: Receiver) -> None:
    callback = encoded(callbackUrl=receiver.url(), callbackBody="size=${size}&op=${operation}")
    with serve(w.emulator) as host:
        client = w.sdk(host=f"http://{host}")
        put = client.put_object(
            oss.PutObjectRequest(bucket=BUCKET, key="v2.txt", body=b"12", callback=callback)
        )
        auth = oss2.AuthV4(w.user.access_key_id, w.user.access_key_secret)
        bucket = oss2.Bucket(auth, f"http://{host}", BUCKET, region="cn-hangzhou", is_path_style=True)
        old = bucket.put_object("v1.txt", b"123", headers={"x-oss-callback": callback})
        begun = bucket.init_multipart_upload("parts.txt").upload_id
        part = bucket.upload_part("parts.txt", begun, 1, b"1234")
        done = bucket.complete_multipart_upload(
            "parts.txt", begun, [oss2.models.PartInfo(1, part.etag)], headers={"x-oss-callback": callback}
        )

    assert {"Status": "OK"} == json.loads(put.callback_result)
    assert [b'{"Status": "OK"}'] * 2 == [each.resp.response.content for each in (old, done)]
    assert [
        b"size=2&op=PutObject",
        b"size=3&op=PutObject",
        b"size=4&op=CompleteMultipartUpload",
    ] == [body for _, _, body in receiver.requests]
