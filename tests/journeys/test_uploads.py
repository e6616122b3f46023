"""Uploads that say when they are done: in one piece, by form and in parts, and each way in which they are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from standardwebhooks import Webhook
from werkzeug.wrappers import Response

from tests.journeys.upload_world import KEY, SECRET, Receiver, UploadWorld, upload_world


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def w(tmp_path: Path, receiver: Receiver) -> Iterator[UploadWorld]:
    with upload_world(tmp_path, receiver=receiver) as world:
        yield world


def lines(printed: str, decision: str) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in printed.splitlines()]
    return [line for line in every if line.get("decision") == decision]


def put(w: UploadWorld, **fields: Any) -> Response:
    return w.put(b"hello", content_type="image/png", **fields)


def post(w: UploadWorld, **fields: Any) -> Response:
    return w.post(w.ask("PostObject", content_type="image/png", **fields), b"hello")


def in_parts(w: UploadWorld, **fields: Any) -> Response:
    upload_id = w.begin(content_type="image/png")
    part = w.send(w.ask("UploadPart", upload_id=upload_id, part_number=1), body=b"hello")
    return w.complete(upload_id, {1: part.headers["ETag"].strip('"')}, **fields)


WAYS = {"PutObject": put, "PostObject": post, "CompleteMultipartUpload": in_parts}


@pytest.mark.parametrize("way", WAYS)
def test_the_client_is_answered_with_what_is_stored(w: UploadWorld, way: str) -> None:
    answer = WAYS[way](w, reference="订单 42")
    document = json.loads(answer.get_data())

    assert 200 == answer.status_code
    assert 16 == len(document.pop("id"))
    assert document.pop("crc64").isdecimal()
    assert {
        "Code": "Success",
        "bucket": "examplebucket",
        "key": KEY,
        "size": 5,
        "etag": w.etag(),
        "content_type": "image/png",
        "reference": "订单 42",
        "uploaded_at": "2026-11-23T12:00:00Z",
    } == document


@pytest.mark.parametrize("way", WAYS)
def test_the_back_end_is_told_the_same_in_a_message_that_verifies(
    w: UploadWorld, receiver: Receiver, way: str
) -> None:
    document = json.loads(WAYS[way](w).get_data())
    [(headers, body)] = receiver.messages
    message = {
        "type": "upload.completed",
        "timestamp": "2026-11-23T12:00:00Z",
        **document,
        "claims": {"sub": "alice"},
    }

    assert message == json.loads(body)
    assert f"{document['id']}.{document['etag']}" == headers["Webhook-Id"]
    assert made_by_the_package(headers, body) == headers["Webhook-Signature"]


def made_by_the_package(headers: dict[str, str], body: bytes) -> str:
    """Return the signature that the standardwebhooks package makes of the same message."""
    at = datetime.fromtimestamp(int(headers["Webhook-Timestamp"]), tz=timezone.utc)
    return Webhook(SECRET).sign(headers["Webhook-Id"], at, body.decode())


def test_the_decision_is_in_the_audit(w: UploadWorld, capsys: pytest.CaptureFixture[str]) -> None:
    put(w)
    [line] = lines(capsys.readouterr().out, "uploaded")

    assert ("on_upload", {"sub": "alice"}, KEY, 5) == (
        line["function"],
        line["caller"],
        line["key"],
        line["size"],
    )
    assert 24 == len(line["oss_request_id"])


def test_without_a_webhook_nobody_is_told(w: UploadWorld, receiver: Receiver) -> None:
    w.callee["UPLOAD_WEBHOOK_URL"] = ""

    assert 200 == put(w).status_code
    assert [] == receiver.messages


def test_a_version_is_named(tmp_path: Path) -> None:
    with upload_world(tmp_path, versioned=True) as w:
        document = json.loads(put(w).get_data())

        assert w.bucket.current(KEY).version_id == document["version_id"]


def test_a_replay_carries_the_same_message_id(w: UploadWorld, receiver: Receiver) -> None:
    put(w)
    (headers, body), *_ = w.calls
    w.on_upload(body, headers=headers)
    first, second = receiver.messages

    assert first[0]["Webhook-Id"] == second[0]["Webhook-Id"]
    assert first[1] == second[1]


def oversized(w: UploadWorld) -> str:
    """Upload more than the ceiling by a grant that leaves the size open, and return the verdict."""
    w.environ |= {"ON_UPLOAD_REFUSED": "delete", "GRANT_MAX_SIZE_BYTES": "4"}
    asked = w.ask("PutObject")
    answer = w.send(asked, body=b"hello")

    assert ("callback", 200) == (asked["size_enforced_by"], answer.status_code)
    return str(json.loads(answer.get_data())["Code"])


def test_what_is_too_large_is_kept_or_deleted(w: UploadWorld, receiver: Receiver) -> None:
    assert "EntityTooLarge" == oversized(w)
    assert w.bucket.exists(KEY)
    w.environ |= {"GRANT_FORBID_OVERWRITE": "false"}
    w.callee["ON_UPLOAD_REFUSED"] = "delete"

    assert "EntityTooLarge" == oversized(w)
    assert not w.bucket.exists(KEY)
    assert ["upload.refused"] * 2 == [each["type"] for each in receiver.documents]


def test_of_a_versioned_object_that_version_is_deleted(tmp_path: Path) -> None:
    with upload_world(tmp_path, versioned=True) as w:
        w.environ["GRANT_FORBID_OVERWRITE"] = "false"
        w.put(b"ok")
        w.callee["ON_UPLOAD_REFUSED"] = "delete"

        assert "EntityTooLarge" == oversized(w)
        assert b"ok" == w.stored(KEY)


def test_parts_are_held_to_the_ceiling_as_a_whole(w: UploadWorld) -> None:
    w.environ |= {"ON_UPLOAD_REFUSED": "delete", "GRANT_MAX_SIZE_BYTES": "4"}
    w.callee["ON_UPLOAD_REFUSED"] = "delete"
    answer = in_parts(w)

    assert "EntityTooLarge" == json.loads(answer.get_data())["Code"]
    assert not w.bucket.exists(KEY)


def test_another_type_than_granted_is_refused(w: UploadWorld, capsys: pytest.CaptureFixture[str]) -> None:
    seal = w.seal_of(w.ask("PutObject", content_type="image/png"))
    w.put(b"hello", content_type="text/plain")
    status, document = w.call_with(etag=w.etag(), grant=seal)
    [line] = lines(capsys.readouterr().out, "refused")

    assert (200, "ContentTypeMismatch", "text/plain") == (
        status,
        document["Code"],
        document["content_type"],
    )
    assert ("ContentTypeMismatch", KEY) == (line["code"], line["key"])


def test_an_object_that_was_replaced_meanwhile_is_not_vouched_for(w: UploadWorld) -> None:
    w.environ["GRANT_FORBID_OVERWRITE"] = "false"
    asked = w.ask("PutObject")
    w.before = lambda: w.replace(KEY, b"other")
    document = json.loads(w.send(asked, body=b"hello").get_data())

    assert "EtagMismatch" == document["Code"]
    assert {"Code", "id", "bucket", "key", "etag"} == document.keys()
    assert b"other" == w.stored(KEY)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OSS_INTERNAL_ENDPOINT", "http://127.0.0.1:9"),
        ("UPLOAD_WEBHOOK_URL", "http://127.0.0.1:9/hook"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "another"),
    ],
)
def test_where_store_or_receiver_are_down_the_client_sees_oss_s_203(
    w: UploadWorld, variable: str, value: str
) -> None:
    w.callee[variable] = value
    answer = put(w)

    assert (203, b"CallbackFailed" in answer.get_data()) == (answer.status_code, True)
    assert (503, "1") == (w.answers[0]["statusCode"], w.answers[0]["headers"]["Retry-After"])
    assert "ServiceUnavailable" == json.loads(w.answers[0]["body"])["Code"]
    assert b"hello" == w.stored(KEY)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 410, 500])
def test_a_receiver_that_refuses_or_redirects_has_not_taken_the_message(
    w: UploadWorld, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.headers = status, {"Location": f"http://{w.receiver_host}/elsewhere"}

    assert 203 == put(w).status_code
    assert 1 == len(receiver.messages)


def test_a_receiver_that_does_not_answer_is_waited_for_2_5_seconds(
    w: UploadWorld, receiver: Receiver
) -> None:
    receiver.hold.clear()
    began = monotonic()

    assert 203 == put(w).status_code
    assert 2.4 < monotonic() - began < 4.5
    receiver.hold.set()


def test_an_object_that_is_gone_is_no_verdict(w: UploadWorld) -> None:
    seal = w.seal_of(w.ask("PutObject"))
    status, _ = w.call_with(etag="A" * 32, grant=seal)

    assert 503 == status


def test_a_refused_deletion_is_no_verdict(w: UploadWorld) -> None:
    w.callee["ON_UPLOAD_REFUSED"] = "delete"
    w.environ |= {"ON_UPLOAD_REFUSED": "delete", "GRANT_MAX_SIZE_BYTES": "4"}
    w.callee |= w.running_as("looking", "oss:GetObject")

    assert 203 == w.send(w.ask("PutObject"), body=b"hello").status_code
    assert w.bucket.exists(KEY)
