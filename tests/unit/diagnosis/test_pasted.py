"""What people hold when an upload is refused: documents and links as viewers, programs and SDKs write them."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.diagnose import diagnose, main, report
from shared.errors import InvalidRequest
from shared.signing import Credentials, Endpoint, ObjectRequest, presign
from tests.world import NOON

KEYS = Credentials(access_key_id="LTAI5tExample", access_key_secret="secret")
RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.http"))


def url(method: str, *, key: str = "users/alice/cat.png", headers: dict[str, str] | None = None) -> str:
    request = ObjectRequest(method=method, bucket="examplebucket", key=key, headers=headers or {})
    return presign(
        request,
        endpoint=Endpoint.public("cn-hangzhou"),
        credentials=KEYS,
        expires_in=timedelta(minutes=20),
        now=NOON,
    ).url


def codes(text: str, error: str | None = None, **more: Any) -> list[str]:
    return [finding.code for finding in diagnose(text, now=NOON, error=error, **more)]


def refused(code: str, message: str = "", ec: str = "") -> str:
    return f"<Error><Code>{code}</Code><Message>{message}</Message><EC>{ec}</EC></Error>"


GET, PUT = url("GET"), url("PUT")
FORM = "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/"
QUERY = "&".join(sorted(part for part in PUT.split("?")[1].split("&") if "x-oss-signature=" not in part))
ARRIVED = f"PUT\n/examplebucket/users/alice/cat.png\n{QUERY}\ncontent-type:image/png\n\n\nUNSIGNED-PAYLOAD"
TO_SIGN = "OSS4-HMAC-SHA256\n20261123T120000Z\n20261123/cn-hangzhou/oss/aliyun_v4_request\n"


def mismatch(canonical: str, pad: str = "") -> str:
    shown = canonical.replace("&", "&amp;")
    return (
        f"<Error>{pad}<Code>{pad}SignatureDoesNotMatch{pad}</Code>"
        f"<CanonicalRequest>{pad}{shown}{pad}</CanonicalRequest></Error>"
    )


def hashed(content_type: str) -> str:
    from hashlib import sha256

    canonical = ARRIVED.replace("image/png", content_type)
    return sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize("pad", ["", "\n    ", " ", "\t", "\r\n  "])
def test_blanks_around_values_change_nothing(pad: str) -> None:
    assert "content-type" == codes(PUT, mismatch(ARRIVED, pad=pad))[0]


@pytest.mark.parametrize(
    "canonical",
    [
        ARRIVED.replace("\n", " "),
        " ".join(ARRIVED.split()),
        ARRIVED.replace("\n", "\n      "),
        ARRIVED.replace("image/png", "text/plain; charset=utf-8").replace("\n", " "),
        ARRIVED.replace("\n\n\n", "\nx-oss-meta-a:b c\n\n\n").replace("\n", " "),
    ],
)
def test_a_canonical_request_on_one_line_is_read(canonical: str) -> None:
    found = diagnose(PUT, now=NOON, error=mismatch(canonical))

    assert "content-type" == found[0].code
    assert ("text/plain; charset=utf-8" if "charset" in canonical else "image/png") in found[0].cause


def test_where_nothing_can_be_told_apart_nothing_is_said_to_have_arrived() -> None:
    (found,) = diagnose(PUT, now=NOON, error=mismatch("who knows"))

    assert "signed-otherwise" == found.code
    assert "could not be found out" in found.cause


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; charset=utf-8",
        "application/json; charset=utf-8",
        "video/mp4",
        "application/pdf",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded; charset=utf-8",
    ],
)
@pytest.mark.parametrize("as_bytes", [False, True])
def test_the_hash_alone_is_tried_against_usual_types(content_type: str, as_bytes: bool) -> None:
    to_sign = TO_SIGN + hashed(content_type)
    shown = (
        f"<StringToSignBytes>{to_sign.encode().hex(' ').upper()}</StringToSignBytes>"
        if as_bytes
        else f"<StringToSign>{to_sign}</StringToSign>"
    )
    found = diagnose(PUT, now=NOON, error=f"<Error><Code>SignatureDoesNotMatch</Code>{shown}</Error>")

    assert "content-type" == found[0].code
    assert content_type in found[0].cause


def test_a_hash_that_nothing_fits_says_so() -> None:
    error = (
        f"<Error><Code>SignatureDoesNotMatch</Code><StringToSign>{TO_SIGN}{'0' * 64}</StringToSign></Error>"
    )
    (found,) = diagnose(PUT, now=NOON, error=error)

    assert "could not be found out" in found.cause


XML = refused("AccessDenied", "You are denied by bucket referer policy.", "0003-00000501")
SDKS = {
    "oss2": "{'status': 403, 'x-oss-request-id': '6A', 'details': {'Code': 'AccessDenied', 'Message': 'You are "
    "denied by bucket referer policy.', 'EC': '0003-00000501'}}",
    "Python v2": "Error returned by Service.\nHttp Status Code: 403.\nError Code: AccessDenied.\nRequest Id: 6A.\n"
    "Message: You are denied by bucket referer policy..\nEC: 0003-00000501.\nTimestamp: 2026-11-23",
    "Go v1": 'oss: service returned error: StatusCode=403, ErrorCode=AccessDenied, ErrorMessage="You are denied by '
    'bucket referer policy.", RequestId=6A, Ec=0003-00000501',
    "Go v2": "operation error GetObject: Error returned by Service. Http Status Code: 403. Error Code: AccessDenied. "
    "Request Id: 6A. Message: You are denied by bucket referer policy.. EC: 0003-00000501.",
    "Java": "com.aliyun.oss.OSSException: You are denied by bucket referer policy.\n[ErrorCode]: AccessDenied\n"
    f"[RequestId]: 6A\n[HostId]: x\n[ResponseError]:\n{XML}",
    "Node.js": "AccessDeniedError: You are denied by bucket referer policy.\n  status: 403,\n  code: 'AccessDenied',\n"
    "  ecCode: '0003-00000501'",
    "PHP": "AccessDenied: You are denied by bucket referer policy. RequestId: 6A EC: 0003-00000501",
    ".NET": "Aliyun.OSS.Common.OssException: You are denied by bucket referer policy.\n ErrorCode: AccessDenied, EC 0003-00000501",
    "a log line": f"2026-11-23T12:00:00Z WARN upload failed: {XML} (attempt 3)",
    "JSON in a log": json.dumps({"level": "error", "body": XML}),
    "JSON twice": json.dumps(json.dumps({"body": XML})),
    "an HTML page": f"<html><body><pre>{escape(XML)}</pre></body></html>",
    "HTML, escaped twice": escape(escape(XML)),
    "base64": base64.b64encode(XML.encode()).decode(),
    "base64 on lines": "\n".join(
        base64.b64encode(XML.encode()).decode()[i : i + 40] for i in range(0, 400, 40)
    ),
    "several": f"{refused('NoSuchKey')}\nthen\n{XML}",
    "a browser's page": f"This XML file does not appear to have any style information.\n{XML}",
}


@pytest.mark.parametrize("name", SDKS)
def test_a_refusal_is_read_however_it_is_pasted(name: str) -> None:
    assert ["referer"] == codes(GET, SDKS[name])


def test_a_refusal_by_an_sdk_without_an_ec_is_read_too() -> None:
    assert ["expired"] != codes(GET, 'StatusCode=403, ErrorCode=SignatureDoesNotMatch, ErrorMessage="x"')
    assert ["signed-otherwise"] == codes(GET, "StatusCode=403, ErrorCode=SignatureDoesNotMatch")
    assert ["no-such-key"] == codes(GET, "[ErrorCode]: NoSuchKey")


@pytest.mark.parametrize(
    "written",
    [
        GET.replace("&", "&#038;"),
        GET.replace("&", "&amp;"),
        GET.replace("&", "&AMP;"),
        GET.replace("&", "&#x26;"),
        GET.replace("&", "&#38;"),
        GET.replace("&", "&amp;amp;amp;"),
        GET.replace("/", "&#x2F;").replace("=", "&#61;").replace("https:", "https:"),
        escape(escape(escape(GET))),
        GET.replace("%", "&#37;").replace("&x-oss", "&amp;x-oss"),
    ],
)
def test_what_html_escaped_is_repaired(written: str) -> None:
    found = diagnose(written, now=NOON)

    assert ["html-escaped"] == [each.code for each in found]
    assert GET == found[0].repaired


def test_what_a_program_printed_as_a_format_has_a_cause_of_its_own() -> None:
    found = diagnose(GET.replace("%2F", "%!F(MISSING)"), now=NOON)

    assert "printf" == found[0].code
    assert "(MISSING)" in found[0].cause
    assert GET == found[-1].repaired


@pytest.mark.parametrize(
    "written",
    [
        f"[{GET}]({GET})",
        f"https://[{GET[8:]}]({GET})",
        f"[a link]({GET})",
        f"see [it]({GET})",
        f"<{GET}>",
        f"<{GET}|cat.png>",
        f"\u201c{GET}\u201d",
        f"'{GET}'",
        f'"{GET}",',
    ],
)
def test_a_link_is_taken_out_of_what_surrounds_it(written: str) -> None:
    assert [] == codes(written)


def test_what_is_no_url_is_refused_in_our_words() -> None:
    with pytest.raises(InvalidRequest, match="paste it whole"):
        diagnose("https://[not a host/", now=NOON)


@pytest.mark.parametrize("key", ["a b.txt", "a+b.txt", "a b+c.txt", "\u62a5\u544a.pdf", "100%.txt", "a#b?c"])
@pytest.mark.parametrize(
    "damage",
    [
        unquote,
        escape,
        lambda text: escape(escape(text)),
        lambda text: text.replace("%20", "+"),
        lambda text: text.replace("%2F", "%!F(MISSING)"),
        lambda text: quote(text, safe=""),
        lambda text: f"[x]({text})",
        lambda text: json.dumps(text).replace("/", "\\/"),
    ],
)
def test_a_repaired_url_is_not_broken_itself(key: str, damage: Any) -> None:
    good = url("GET", key=key)
    try:
        found = diagnose(damage(good), now=NOON)
    except InvalidRequest:
        return
    for finding in found:
        if finding.repaired is not None:
            again = diagnose(finding.repaired, now=NOON)

            assert finding.code not in [each.code for each in again]


def test_a_plus_beside_an_escaped_one_was_a_space() -> None:
    good = url("GET", key="a b+c.txt")
    found = diagnose(good.replace("%20", "+"), now=NOON)

    assert good == found[-1].repaired


ANSWERS = {
    "cors": refused("AccessForbidden", "CORSResponse: This CORS request is not allowed."),
    "path-style": refused("SecondLevelDomainForbidden", "Please use virtual hosted style to access."),
    "archived": refused("InvalidObjectState", "The operation is not valid for the object's state"),
    "digest": refused("InvalidDigest", "The Content-MD5 you specified was invalid."),
    "query-lost": refused("AccessDenied", "Anonymous access is forbidden for this operation."),
    "original-protected": refused("AccessDenied", "The channel can be only accessed using style."),
    "refused": refused("SomethingNew", "Nobody knows this.", "0099-00000001"),
    "public-endpoint-forbidden": refused("InvalidRequest", "please use CNAME instead", "0048-00000401"),
    "download-forbidden": refused("ApkDownloadForbidden", "Forbidden", "0048-00000200"),
    "callback": refused("CallbackFailed", "Error status : 301.", "0007-00000203"),
    "account": refused("UserDisable", "UserDisable", "0003-00000801"),
    "permission": refused("AccessDenied", "You have no right to access this object because of bucket acl."),
}


@pytest.mark.parametrize("expected", ANSWERS)
def test_whoever_brings_an_answer_was_refused(
    expected: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "answer.xml").write_text(ANSWERS[expected])
    status = main([GET, "--error", str(tmp_path / "answer.xml")], now=NOON, colour=False)

    assert expected == codes(GET, ANSWERS[expected])[0]
    assert 1 == status
    assert "Nothing is wrong" not in capsys.readouterr().out


def test_an_unknown_refusal_is_repeated_in_osss_words() -> None:
    (found,) = diagnose(GET, now=NOON, error=ANSWERS["refused"])

    assert "SomethingNew, EC 0099-00000001: Nobody knows this." in found.cause


def test_a_bucket_in_the_path_shows_in_the_url_alone() -> None:
    moved = GET.replace(
        "examplebucket.oss-cn-hangzhou.aliyuncs.com/", "oss-cn-hangzhou.aliyuncs.com/examplebucket/"
    )

    assert ["path-style"] == codes(moved)


@pytest.mark.parametrize("ec", ["0003-00000501", "0003-00000502", "0003-00000503", ""])
def test_hotlink_protection_is_no_permission(ec: str) -> None:
    found = codes(GET, refused("AccessDenied", "You are denied by bucket referer policy.", ec))

    assert ["referer"] == found


EXPIRED = refused("AccessDenied", "Invalid according to Policy: Policy expired.")
CONDITION = refused(
    "AccessDenied",
    'Invalid according to Policy: Policy Condition failed: ["eq", "$x-oss-content-type", "image/png"]',
)
FORM_ANSWERS = [
    (EXPIRED, "expired"),
    (CONDITION, "form-condition"),
    (
        refused("AccessDenied", "Invalid according to Policy: Extra input fields: x", "0006-00000228"),
        "form-condition",
    ),
    (refused("AccessDenied", "x", "0006-00000226"), "form-condition"),
    (refused("MalformedPOSTRequest", "x", "0006-00000103"), "file-not-last"),
    (refused("EntityTooLarge"), "too-large"),
    (refused("EntityTooSmall"), "too-small"),
    (refused("FileAlreadyExists"), "exists"),
    (refused("SignatureDoesNotMatch"), "signed-otherwise"),
    (refused("InvalidPolicyDocument"), "form-policy"),
    (refused("AccessForbidden"), "cors"),
    (refused("Unheard"), "refused"),
]


@pytest.mark.parametrize(("error", "expected"), FORM_ANSWERS)
@pytest.mark.parametrize("told", [{}, {"method": "POST"}])
def test_an_answer_to_a_form_is_explained(error: str, expected: str, told: dict[str, str]) -> None:
    assert [expected] == codes(FORM, error, **told)


def test_the_condition_that_failed_is_named() -> None:
    (found,) = diagnose(FORM, now=NOON, error=CONDITION, method="POST")

    assert "x-oss-content-type" in found.cause
    assert ["form-condition"] == codes(GET, CONDITION)


def test_an_address_without_a_signature_and_without_an_answer_is_unsigned() -> None:
    assert ["unsigned"] == codes(f"{FORM}a.png")
    assert ["form"] == codes(FORM, method="POST")


@pytest.mark.parametrize("told", [{}, {"headers": {}}])
def test_a_header_that_a_cdn_added_is_named(told: dict[str, Any]) -> None:
    arrived = ARRIVED.replace("PUT\n", "GET\n").replace(
        "content-type:image/png", "x-oss-range-behavior:standard"
    )
    arrived = arrived.replace(
        QUERY, "&".join(sorted(p for p in GET.split("?")[1].split("&") if "x-oss-signature=" not in p))
    )
    found = diagnose(GET, now=NOON, error=mismatch(arrived), **told)

    assert "signed-header" == found[0].code
    assert "x-oss-range-behavior" in found[0].cause


@pytest.mark.parametrize(
    ("host", "region"),
    [("oss-cn-shanghai-finance-1-pub", "cn-shanghai-finance-1"), ("oss-cn-hzfinance", "cn-hangzhou-finance")],
)
def test_a_host_of_a_financial_cloud_says_nothing_of_the_region(host: str, region: str) -> None:
    moved = GET.replace("oss-cn-hangzhou", host).replace("%2Fcn-hangzhou%2F", f"%2F{region}%2F")

    assert [] == codes(moved)


def test_the_older_signature_of_s3_is_that_of_s3() -> None:
    older = "?AWSAccessKeyId=LTAI5tExample&Signature=IRmZh4spCWLR926M9ukbnSmFzJ0%3D&Expires=1708795817"

    assert ["s3-url"] == codes(GET.split("?")[0] + older)


def test_control_characters_are_shown_escaped() -> None:
    evil = mismatch(ARRIVED.replace("image/png", "a\x1b[31mb\u202e"))
    shown = report(diagnose(PUT.replace("x-oss-date", "x\x1b]0;a"), now=NOON, error=evil), colour=False)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b" in shown


@pytest.mark.parametrize("path", RECORDED, ids=[path.name for path in RECORDED])
def test_every_recorded_refusal_has_a_cause_of_its_own(path: Path) -> None:
    body = path.read_text().partition("\n\n")[2]
    found = codes(GET, body)

    assert found
    assert "refused" not in found


CDN = "https://cdn.example.com"
HASH = "0123456789abcdef" * 2
BY_CDN = {
    "a": f"{CDN}/a.png?auth_key={int(NOON.timestamp())}-0-0-{HASH}",
    "b": f"{CDN}/202611232000/{HASH}/a.png",
    "c": f"{CDN}/{HASH}/{int(NOON.timestamp()):X}/a.png",
}


@pytest.mark.parametrize("link", BY_CDN.values(), ids=BY_CDN)
def test_a_url_of_a_cdn_is_judged_as_one(link: str) -> None:
    def at(minutes: int, **more: Any) -> list[str]:
        return [each.code for each in diagnose(link, now=NOON + timedelta(minutes=minutes), **more)]

    assert ([], ["cdn-expired"]) == (at(29), at(30))
    assert ["cdn-expired"] == at(0, error="X-Tengine-Error: denied by req auth: expired timestamp")
    assert ["cdn-signature"] == at(0, error="denied by req auth: invalid md5hash")
    assert ["re-encoded"] == [each.code for each in diagnose(link.replace("a.png", "a%2520b.png"), now=NOON)]


MARKUP = st.text(alphabet="<>/&;#\\\"'= CodeErrMsgEAccnid\n0123456789-", max_size=120)


@given(MARKUP, st.integers(0, 700), st.integers(0, 60))
def test_a_mutated_document_is_never_good_news(text: str, place: int, lost: int) -> None:
    document = mismatch(ARRIVED) + XML
    mutated = document[:place] + text + document[place + lost :]
    for link in (GET, FORM):
        try:
            found = diagnose(link, now=NOON, error=mutated)
        except InvalidRequest:
            continue

        assert found
        assert report(found, colour=False)
