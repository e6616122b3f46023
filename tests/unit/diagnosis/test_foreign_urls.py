"""URLs that are no V4 URLs of OSS, and input that is no URL."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import oss2
import pytest

from shared.diagnose import diagnose
from shared.errors import InvalidRequest
from tests.unit.diagnosis.signed_world import NOW, World
from tests.unit.diagnosis.signed_world import world as new_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return new_world(tmp_path)


HOST = "https://examplebucket.oss-cn-hangzhou.aliyuncs.com"


def test_a_v1_url_of_the_official_sdk_is_recognised() -> None:
    bucket = oss2.Bucket(
        oss2.Auth("LTAIid", "secret"), "https://oss-cn-hangzhou.aliyuncs.com", "examplebucket"
    )

    found = diagnose(bucket.sign_url("GET", "a.png", 600), now=NOW)

    assert ["v1-url"] == [finding.code for finding in found]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("x-oss-signature-version=OSS2&x-oss-expires=1&x-oss-access-key-id=a&x-oss-signature=b", "v1-url"),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", "s3-url"),
        ("x-oss-process=style/thumb", "unsigned"),
        ("", "unsigned"),
    ],
)
def test_another_signature_is_named(query: str, code: str) -> None:
    assert [code] == [finding.code for finding in diagnose(f"{HOST}/a.png?{query}", now=NOW)]


@pytest.mark.parametrize(
    "text", ["", "not a url", "ftp://host/key", "https://", "https://[::1/key", "//host/key?x=1"]
)
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"URL|IPv6"):
        diagnose(text, now=NOW)


@pytest.mark.parametrize("text", ["", "403", "<html></html>", '{"Code": "AccessDenied"}', "Zm9v"])
def test_what_is_no_error_document_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="error document"):
        diagnose(f"{HOST}/a.png?x=1", now=NOW, error=text)


@pytest.mark.parametrize(
    "around",
    ["{}", "<{}>", '"{}",', "curl -X PUT '{}'", '{{"url": "{}"}}', "see {} ", "{} \\", "\t{}\n"],
)
def test_a_good_url_is_found_in_its_surroundings(world: World, around: str) -> None:
    found = diagnose(around.format(world.get().url), now=NOW)

    assert {"trailing-characters"} >= {finding.code for finding in found}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("<Code>", "<Code>\n  ").replace("</Code>", "\n</Code>"),
        html.escape,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: text.replace("<Error>", '<Error xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">'),
    ],
    ids=["CRLF", "BOM", "spaces", "HTML", "base64", "namespace"],
)
def test_an_error_document_is_read_in_many_shapes(world: World, change: Callable[[str], str]) -> None:
    issued = world.sign("PUT")
    error = world.send("PUT", issued.url, {"Content-Type": "text/plain"}).get_data(as_text=True)

    assert "content-type" == diagnose(issued.url, now=NOW, error=change(error))[0].code


@pytest.mark.parametrize(("late", "code"), [(timedelta(hours=1), "expired"), (timedelta(), "clock-skew")])
def test_an_answer_that_tells_no_time_is_judged_by_this_clock(
    world: World, late: timedelta, code: str
) -> None:
    error = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message><EC>0002-00000069</EC></Error>"

    assert code == diagnose(world.get().url, now=NOW + late, error=error)[0].code
