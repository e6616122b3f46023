"""What is malformed is refused as the service would, and never by an error of the emulator's own."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path

import pytest

from oss_emulator.server import serve
from tests.unit.emulator.oss_world import BUCKET, HOST, World, code, element, world

DEEP = "<a>" * 5000 + "</a>" * 5000
HUGE = "9" * 5000


@pytest.fixture
def w(tmp_path: Path) -> World:
    """A world whose bucket lets everybody do everything, so that nothing here needs a signature."""
    made = world(tmp_path)
    everything = {"Effect": "Allow", "Action": "oss:*", "Principal": ["*"], "Resource": "*"}
    policy = json.dumps({"Version": "1", "Statement": [everything]})
    made.bucket.set(blocks_public=False, policy=policy)
    made.put()
    return made


def sent(w: World, method: str, path: str, body: str | bytes = b"", **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body.encode() if isinstance(body, str) else body
    return code(w.send(method, f"{HOST}/{BUCKET}{path}", headers=named, body=data))


@pytest.mark.parametrize(
    "text",
    ["[" * 15_000, '{"a":' * 3000, HUGE, '"\\ud800"', '{"Version":"1","Statement":[[[1]]]}', b"\xff\xfe"],
    ids=["lists", "objects", "a number", "half a character", "lists of lists", "no UTF-8"],
)
def test_json_that_is_none_is_no_policy(w: World, text: str | bytes) -> None:
    assert "InvalidPolicyDocument" == sent(w, "PUT", "?policy", text)


@pytest.mark.parametrize(
    "path", ["?cors", "?versioning", "?publicAccessBlock", "?lifecycle", "/a.txt?tagging"]
)
@pytest.mark.parametrize(
    "document",
    [DEEP, "<?xml version='1.0' encoding='bogus'?><a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"],
    ids=["deep", "of no encoding", "with an entity"],
)
def test_xml_that_is_none_is_refused(w: World, path: str, document: str) -> None:
    assert "MalformedXML" == sent(w, "PUT", path, document)


def test_rules_that_hold_what_is_nested_deeply_are_refused(w: World) -> None:
    does = f"<Expiration><Days>1</Days></Expiration>{DEEP}"
    rule = f"<Rule><Prefix/><Status>Enabled</Status>{does}</Rule>"

    assert "MalformedXML" == sent(
        w, "PUT", "?lifecycle", f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>"
    )


@pytest.mark.parametrize("number", [HUGE, "\u0663", "1_0", " 1 ", "-1", "+1", "1.0"])
def test_a_number_has_plain_digits_and_few(w: World, number: str) -> None:
    days = f"<Expiration><Days>{number}</Days></Expiration>"
    rule = f"<L><Rule><Prefix/><Status>Enabled</Status>{days}</Rule></L>"
    cors = f"<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>{number}</MaxAgeSeconds>"
    upload_id = element(w.send("POST", f"{HOST}/{BUCKET}/a?uploads"), "UploadId")
    part = f"<C><Part><PartNumber>{number}</PartNumber><ETag>x</ETag></Part></C>"

    assert "MalformedXML" == sent(w, "PUT", "?lifecycle", rule)
    assert "InvalidArgument" == sent(w, "PUT", "?cors", f"<C><CORSRule>{cors}</CORSRule></C>")
    assert "MalformedXML" == sent(w, "POST", f"/a?uploadId={upload_id}", part)


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "0x10"])
def test_a_length_that_is_none_stores_nothing(w: World, length: str) -> None:
    assert "InvalidArgument" == sent(w, "PUT", "/b", b"xx", Content_Length=length)
    assert not w.bucket.exists("b")


def test_a_chunked_body_is_a_body(w: World) -> None:
    upload_id = element(w.send("POST", f"{HOST}/{BUCKET}/a?uploads"), "UploadId")
    with serve(w.emulator) as host:
        connection = HTTPConnection(host, timeout=9)
        asked = {"x-oss-complete-all": "yes", "Transfer-Encoding": "chunked"}
        path = f"/{BUCKET}/a?uploadId={upload_id}"
        connection.request("POST", path, body=iter([b"<C/>"]), headers=asked, encode_chunked=True)
        answer = connection.getresponse()

    assert (400, True) == (answer.status, b"0042-00000216" in answer.read())


def test_an_append_may_begin_far_behind(w: World) -> None:
    assert "PositionNotEqualToLength" == sent(w, "POST", f"/log?append&position={5 * 1024**3}")
    assert "InvalidArgument" == sent(w, "POST", f"/log?append&position={5 * 1024**3 + 1}")


@pytest.mark.parametrize(
    "moment",
    [
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Fri, 31 Dec 2020 23:59:99999999999999 GMT",
        "Fri, 31 Dec 2020 23:59:59 +99999999999999999999",
        "soon",
    ],
)
def test_a_condition_without_a_readable_time_is_ignored(w: World, moment: str) -> None:
    source = {"x_oss_copy_source": f"/{BUCKET}/a.txt"}

    assert "OK" == sent(w, "GET", "/a.txt", If_Modified_Since=moment)
    assert "OK" == sent(w, "GET", "/a.txt", If_Unmodified_Since=moment)
    assert "OK" == sent(w, "PUT", "/b", **source, x_oss_copy_source_if_modified_since=moment)


def test_half_a_character_in_a_header_is_no_key(w: World) -> None:
    assert "InvalidArgument" == sent(w, "PUT", "/b", x_oss_copy_source=f"/{BUCKET}/%FF")
    assert "InvalidObjectName" == sent(w, "PUT", "/b?symlink", x_oss_symlink_target="%FF")
