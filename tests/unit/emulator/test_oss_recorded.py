"""What the real services were seen to answer: the emulator, brought into the same situation, answers alike.

Recordings are of different years: `EC` and `RecommendDoc` that one lacks may be there today, the rest is compared.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Set
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import alibabacloud_oss_v2 as oss
import defusedxml.ElementTree
import pytest
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from oss_emulator.inprocess import bridged
from oss_emulator.sts.errors import ERRORS, StsError
from oss_emulator.wire.outgoing import Answer
from tests.unit.emulator.oss_world import BUCKET, EVERYTHING, HOST, World, element, world
from tests.unit.emulator.test_oss_forms import ANYBODY, post, signed
from tests.unit.emulator.test_sts import signed as sts_request
from tests.unit.emulator.test_sts import trust

RECORDED = Path(__file__).parent / "recorded"
LATER = {"EC", "RecommendDoc"}
OF_THE_CONNECTION = {"connection", "server", "date", "content-length", "x-oss-server-time", "x-oss-ec"}
CALLBACK = {"callbackUrl": "http://127.0.0.1:1/test", "callbackBody": "bucket=${bucket}&object=${object}"}


class Recorded(NamedTuple):
    """One recording of HTTP: status (0 for a request), headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: str


def recorded(name: str) -> Recorded:
    [path] = RECORDED.glob(f"{name}-*.http")
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    first, *lines = head.splitlines()
    pairs = (line.partition(": ") for line in lines)
    status = int(first.split()[1]) if first.startswith("HTTP/") else 0
    return Recorded(status, {name.lower(): value for name, _, value in pairs}, body)


def shape(element: Element) -> Any:
    """Return names and nesting in order: a name, or a name with what is in it."""
    return (element.tag, [shape(child) for child in element]) if len(element) else element.tag


def shapes(text: str, *, without: Set[str] = frozenset()) -> list[Any]:
    return [shape(child) for child in defusedxml.ElementTree.fromstring(text) if child.tag not in without]


def names(headers: Any) -> set[str]:
    return {name.lower() for name, _ in headers.items()} - OF_THE_CONNECTION


@pytest.fixture
def w(tmp_path: Path) -> World:
    made = world(tmp_path)
    made.put()
    return made


def by_header(w: World, *, region: str = "cn-hangzhou", late: timedelta = timedelta(0)) -> Response:
    stamp = (w.cloud.clock.now() - late).strftime("%Y%m%dT%H%M%SZ")
    credential = f"{w.user.access_key_id}/{stamp[:8]}/{region}/oss/aliyun_v4_request"
    value = f"OSS4-HMAC-SHA256 Credential={credential},Signature=0"
    return w.send("GET", f"{HOST}/{BUCKET}/a.txt", headers={"Authorization": value, "x-oss-date": stamp})


def expired(w: World) -> Response:
    url = w.get_url().url
    w.cloud.clock.advance(timedelta(hours=1))
    return w.send("GET", url)


def token_expired(w: World) -> Response:
    w.cloud.identities.add_role("reader", trust=ANYBODY, policies=[EVERYTHING])
    session = w.cloud.identities.role_session("reader", duration_seconds=900)
    made = w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"), principal=session, life=3600)
    w.cloud.clock.advance(timedelta(seconds=901))
    return w.send("GET", made.url)


def refused_by(w: World, *effects: str) -> Response:
    statements = [{"Effect": effect, "Action": "oss:*", "Resource": "*"} for effect in effects]
    policies = [{"Version": "1", "Statement": statements}] if statements else []
    poor = w.cloud.identities.add_user("poor", policies=policies)
    made = w.url(oss.PutObjectRequest(bucket=BUCKET, key="a.txt"), principal=poor)
    return w.send("PUT", made.url, headers=made.signed_headers)


def begun(w: World) -> str:
    made = w.url(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="a.txt"))
    return element(w.send("POST", made.url, headers=made.signed_headers), "UploadId")


def part(w: World, upload_id: str, number: int) -> Response:
    asked = oss.UploadPartRequest(bucket=BUCKET, key="a.txt", upload_id=upload_id, part_number=number)
    return w.send("PUT", w.url(asked).url, body=b"part")


def completed(w: World, *parts: tuple[int, str], upload_id: str, body: str | None = None) -> Response:
    asked = oss.CompleteMultipartUploadRequest(bucket=BUCKET, key="a.txt", upload_id=upload_id)
    listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>" for n, tag in parts)
    made = w.url(asked)
    text = body if body is not None else f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
    return w.send("POST", made.url, headers=made.signed_headers, body=text.encode())


def too_small(w: World) -> Response:
    upload_id = begun(w)
    tags = [(number, part(w, upload_id, number).headers["ETag"]) for number in (1, 2)]
    return completed(w, *tags, upload_id=upload_id)


def unknown_part(w: World) -> Response:
    upload_id = begun(w)
    return completed(w, (1, "undefined"), upload_id=upload_id)


def with_callback(w: World) -> Response:
    w.cloud.deliver = lambda *_: Answer(301, {}, b"")
    return w.put(callback=base64.b64encode(json.dumps(CALLBACK).encode()).decode())


def of_nobody(w: World) -> Response:
    url = w.get_url().url.replace(w.user.access_key_id, "LTAInobody")
    return w.send("GET", url)


def without_rules(w: World) -> Response:
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    return w.send("OPTIONS", f"{HOST}/{BUCKET}/a.txt", headers=headers)


def unsigned_otherwise(w: World) -> Response:
    url = w.get_url().url
    return w.send("GET", url[:-1] + ("0" if url[-1] != "0" else "1"))


def of_another_method(w: World) -> Response:
    return w.send("ABC", w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt")).url)


def against_condition(w: World) -> Response:
    return post(w, {**signed(w, ["eq", "$success_action_status", "200"]), "success_action_status": "201"})


REFUSALS: Mapping[str, Callable[[World], Response]] = {
    "s20": lambda w: w.send("GET", w.get_url("b.txt").url),
    "s21": lambda w: w.send("GET", w.url(oss.GetObjectRequest(bucket="no-such-bucket", key="a")).url),
    "s22": unsigned_otherwise,
    "s24": expired,
    "s25": token_expired,
    "s26": lambda w: by_header(w, late=timedelta(days=1)),
    "s28": lambda w: by_header(w, region="cn-beijing"),
    "s29": of_nobody,
    "s30": refused_by,
    "s31": lambda w: refused_by(w, "Allow", "Deny"),
    "s32": lambda w: w.send("GET", f"{HOST}/"),
    "s34": lambda w: w.put(content_md5="2c6d3039a7c38bffd146cf420f3b53d2"),
    "s35": lambda w: completed(w, upload_id=begun(w), body="no XML"),
    "s36": unknown_part,
    "s37": too_small,
    "s38": with_callback,
    "s39": without_rules,
    "s50": against_condition,
    "s51": lambda w: post(w, signed(w, ["content-length-range", "0", "9"])),
}
OF_V4 = {"s22": {"CanonicalRequest"}}
"""Elements that came with V4; the recording is of V1."""


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_as_recorded(w: World, name: str) -> None:
    seen, answer = recorded(name), REFUSALS[name](w)
    text = answer.get_data(as_text=True)
    document = defusedxml.ElementTree.fromstring(seen.body)
    absent_then = {each for each in LATER if document.find(each) is None} | OF_V4.get(name, set())
    compared = ["Code", "Message", *(["EC"] if "EC" not in absent_then else [])]

    assert seen.status == answer.status_code
    assert [document.findtext(each) for each in compared] == [
        defusedxml.ElementTree.fromstring(text).findtext(each) for each in compared
    ]
    assert shapes(seen.body) == shapes(text, without=absent_then)


def test_a_failed_callback_still_tells_of_the_object(w: World) -> None:
    assert names(recorded("s38").headers) == names(with_callback(w).headers) | {"x-oss-request-id"}


def caught(w: World, ask: Callable[[Any], Any]) -> Response:
    """Return the whole answer to what an official client asks for and does not presign."""
    answers: list[Response] = []

    def application(environ: Any, start_response: Any) -> Any:
        chunks, status, headers = run_wsgi_app(w.emulator, environ, buffered=True)
        answer = Response(b"".join(chunks), status)
        answer.headers = headers
        answers.append(answer)
        return answer(environ, start_response)

    with bridged(application):
        ask(w.sdk())
    return answers[-1]


def deleted(w: World) -> Response:
    return caught(w, lambda client: client.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key="a.txt")))


def ranged(w: World) -> Response:
    made = w.get_url(range_header="bytes=0-2")
    return w.send("GET", made.url, headers={**made.signed_headers, "Range": "bytes=0-2"})


def form_of_200(w: World) -> Response:
    return post(w, {**signed(w, {"success_action_status": "200"}), "success_action_status": "200"})


def meta(w: World) -> Response:
    asked = oss.GetObjectMetaRequest(bucket=BUCKET, key="a.txt")
    return caught(w, lambda client: client.get_object_meta(asked))


@pytest.mark.parametrize(
    ("name", "situation", "since"),
    [
        ("s01", form_of_200, set()),
        ("s02", ranged, set()),
        ("s03", meta, set()),
        ("s04", deleted, set()),
        ("s06", lambda w: part(w, begun(w), 1), {"content-md5"}),
    ],
)
def test_headers_are_as_recorded(
    w: World, name: str, situation: Callable[[World], Response], since: set[str]
) -> None:
    seen, answer = recorded(name), situation(w)

    assert seen.status == answer.status_code
    assert names(seen.headers) == names(answer.headers) - since


def listed_v1(w: World) -> Response:
    asked = oss.ListObjectsRequest(bucket=BUCKET, marker="test1.txt", max_keys=2, encoding_type="url")
    return caught(w, lambda client: client.list_objects(asked))


def listed_v2(w: World) -> Response:
    asked = oss.ListObjectsV2Request(bucket=BUCKET, start_after="b", max_keys=1, encoding_type="url")
    return caught(w, lambda client: client.list_objects_v2(asked))


def deleted_many(w: World) -> Response:
    objects = [oss.DeleteObject(key="hello"), oss.DeleteObject(key="world")]
    asked = oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=objects, encoding_type="url")
    return caught(w, lambda client: client.delete_multiple_objects(asked))


def initiated(w: World) -> Response:
    made = w.url(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="a.txt"))
    return w.send("POST", made.url, headers=made.signed_headers)


@pytest.mark.parametrize(
    ("name", "situation", "newer"),
    [
        ("s05", initiated, set()),
        ("s07", listed_v1, set()),
        ("s08", listed_v2, {"Type"}),
        ("s09", deleted_many, set()),
    ],
)
def test_documents_are_as_recorded(
    w: World, name: str, situation: Callable[[World], Response], newer: set[str]
) -> None:
    for key in ("test10.txt", "test100.txt", "test2.txt"):
        w.put(key)
    seen = defusedxml.ElementTree.fromstring(recorded(name).body)
    got = defusedxml.ElementTree.fromstring(situation(w).get_data())

    assert kinds(seen, newer=set()) == kinds(got, newer=newer)


def kinds(document: Element, *, newer: set[str]) -> Any:
    """Return the names in order with what stands below each; neighbours that are alike count once."""
    found = [
        (child.tag, [each.tag for each in child if each.tag not in newer])
        for child in document
        if child.tag not in newer
    ]
    return [document.tag, *(each for each, _ in groupby(found))]


def test_a_callback_comes_with_the_recorded_headers(w: World) -> None:
    sent: list[Mapping[str, str]] = []

    def deliver(_: str, headers: Mapping[str, str], __: bytes) -> Answer:
        sent.append(headers)
        return Answer(200, {"Content-Length": "2"}, b"{}")

    w.cloud.deliver = deliver
    w.put(callback=base64.b64encode(json.dumps(CALLBACK).encode()).decode())
    seen = recorded("s70").headers

    assert [list(seen)] == [[name.lower() for name in headers] for headers in sent]
    assert [seen["x-oss-pub-key-url"]] == [headers["x-oss-pub-key-url"] for headers in sent]


def test_errors_of_sts_are_as_recorded() -> None:
    seen = json.loads((RECORDED / "s63-sts-errors.json").read_text())

    assert seen == {
        code: [error.status, error.message]
        for code in ERRORS
        if code in seen
        for error in [StsError(code, detail="1hr")]
    }


def test_an_account_that_is_disabled_is_refused_as_recorded(w: World) -> None:
    w.cloud.faults.user_disabled()
    answer = w.send("GET", w.get_url().url)
    seen = recorded("s41")

    assert seen.status == answer.status_code
    assert shapes(seen.body) == shapes(answer.get_data(as_text=True))
    assert ("UserDisable", "UserDisable", "0003-00000801") == tuple(
        element(answer, name) for name in ("Code", "Message", "EC")
    )


def test_a_session_is_issued_as_recorded(w: World) -> None:
    seen = json.loads(recorded("s60").body)
    everything = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    caller = w.cloud.identities.add_user("app", policies=[everything])
    arn = w.cloud.identities.add_role("Oss", trust=trust(caller.arn), policies=[]).arn
    request = sts_request(caller, query={"RoleArn": arn, "RoleSessionName": "cbox"})
    issued = json.loads(w.cloud.sts(request).get_data())

    assert members(seen) == members(issued)
    for form in (
        r"[0-9A-F-]{36}",
        r"acs:ram::[0-9]+:role/oss/cbox",
        r"[0-9]{18}:cbox",
        r"CAIS[\w+/=]+",
        r"STS\.N\w+",
    ):
        assert all(re.search(f'"{form}"', json.dumps(each)) for each in (seen, issued)), form


def members(document: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the names of a document, and of what is in it."""
    return {name: set(value) if isinstance(value, dict) else set() for name, value in document.items()}


def test_a_session_s_role_is_in_lower_case(w: World) -> None:
    w.cloud.identities.add_role("OssReader", trust=ANYBODY, policies=[])

    assert "acs:ram::123456789012:role/ossreader/cbox" == (
        w.cloud.identities.role_session("OssReader", session_name="cbox").arn
    )


def test_a_request_id_begins_with_the_time(w: World) -> None:
    answer = by_header(w)

    assert int(w.cloud.clock.now().timestamp()) - int(element(answer, "RequestId")[:8], 16) in range(60)


def test_a_delete_marker_cannot_be_read(tmp_path: Path) -> None:
    w = world(tmp_path, versioned=True)
    w.put()
    marker = deleted(w).headers["x-oss-version-id"]
    answer = w.send("GET", w.get_url(version_id=marker).url)

    assert (405, "true") == (answer.status_code, answer.headers["x-oss-delete-marker"])


def test_an_object_of_parts_says_so(w: World) -> None:
    upload_id = begun(w)
    completed(w, (1, part(w, upload_id, 1).headers["ETag"]), upload_id=upload_id)

    assert "Multipart" == w.send("GET", w.get_url().url).headers["x-oss-object-type"]
