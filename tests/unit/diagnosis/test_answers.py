"""Every code and EC has a cause, every recorded refusal the right one, and each SDK's text is read."""

from __future__ import annotations

import base64
import json
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.diagnose import diagnose, main
from shared.diagnosis.answers.codes import BY_CODE
from shared.diagnosis.answers.fine_codes import BY_EC
from tests.unit.diagnosis.test_pasted import ARRIVED, BY_CDN, FORM, GET, PUT, XML, codes, mismatch, refused
from tests.world import NOON

RECORDED = Path(__file__).parent / "recorded"
CAUSES = {
    "s20-no-such-key-404.http": "no-such-key",
    "s21-no-such-bucket-404.http": "no-such-bucket",
    "s22-signature-403.http": "signed-otherwise",
    "s25-token-expired-403.http": "session-ended",
    "s28-region-400.http": "region",
    "s29-access-key-403.http": "access-key-unknown",
    "s30-implicit-deny-403.http": "permission",
    "s31-explicit-deny-403.http": "permission",
    "s32-anonymous-service-403.http": "query-lost",
    "s34-digest-400.http": "digest",
    "s35-malformed-xml-400.http": "xml",
    "s36-invalid-part-400.http": "parts",
    "s37-part-too-small-400.http": "too-small",
    "s38-callback-203.http": "callback",
    "s39-cors-403.http": "cors",
    "s40-method-405.http": "method",
    "s41-user-disable-403.http": "account",
    "s50-form-condition-403.http": "form-condition",
    "s51-form-policy-400.http": "form-policy",
    "s64-sts-error.xml": "sts",
}


@pytest.mark.parametrize("name", CAUSES)
def test_a_recorded_refusal_is_explained_from_all_that_came(name: str) -> None:
    """Status line and headers included, as ``curl -i`` prints them."""
    assert CAUSES[name] == codes(GET, (RECORDED / name).read_text())[0]


@pytest.mark.parametrize(
    ("name", "minute", "expected"),
    [("s24-expired-403.http", 30, "expired"), ("s26-skewed-403.http", 16, "clock-skew")],
)
def test_a_recorded_refusal_for_its_time_is_explained(name: str, minute: int, expected: str) -> None:
    text = (RECORDED / name).read_text()
    before = text.partition("<ServerTime>")[2][:24]

    served = f"2026-11-23T12:{minute}:00.000Z"
    found = diagnose(GET, now=NOON.replace(minute=minute), error=text.replace(before, served))

    assert expected == found[0].code


@pytest.mark.parametrize("code", json.loads((RECORDED / "s63-sts-errors.json").read_text()))
def test_a_refusal_by_sts_is_told_from_one_by_oss(code: str) -> None:
    assert ["internal" if code == "InternalError" else "sts"] == codes(GET, refused(code, "x"))


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_code_has_a_cause_a_remedy_and_osss_own_words(code: str) -> None:
    for text in (refused(code, "Some words.", "0099-00000009"), f"StatusCode=403, ErrorCode={code}"):
        (found,) = diagnose(GET, now=NOON, error=text)

        assert BY_CODE[code].name == found.code
        assert BY_CODE[code].remedy == found.remedy
        assert code in found.cause
    assert BY_CODE[code].name in codes(FORM, refused(code), method="POST")[0]


@pytest.mark.parametrize("ec", sorted(BY_EC))
def test_every_ec_has_a_cause_whatever_the_code(ec: str) -> None:
    (found,) = diagnose(GET, now=NOON, error=refused("Unheard", "Some words.", ec))

    assert BY_EC[ec].name == found.code
    assert f"Unheard, EC {ec}: Some words." in found.cause


def test_a_parameter_that_oss_misses_is_explained_by_what_was_done_to_the_url() -> None:
    error = refused("InvalidArgument", "x-oss-expires is missing.", "0002-00000215")

    assert "html-escaped" == codes(GET.replace("&", "&amp;"), error)[0]
    assert "parameter-removed" == codes(GET, error)[0]


@pytest.mark.parametrize("group", ["0001", "0003", "0006", "0042", "0099", "7777"])
def test_an_ec_that_nobody_knows_is_repeated(group: str) -> None:
    (found,) = diagnose(GET, now=NOON, error=refused("Unheard", "Of it.", f"{group}-00099999"))

    assert "refused" == found.code
    assert f"Unheard, EC {group}-00099999: Of it." in found.cause
    assert ("files this under" in found.cause) == (group not in ("0099", "7777"))


TEXTS = {
    "Invalid according to Policy: Extra input fields: x-oss-credential": "form-condition",
    "Invalid according to Policy: Policy expired.": "expired",
    "Access denied by authorizer's policy.": "permission",
    "Access denied by bucket policy.": "permission",
    "Access denied by VPC endpoint policy": "vpc-endpoint",
    "AccessDenied": "permission",
    "You do not have write permission on this object.": "permission",
    "You have no right to access this object.": "permission",
    "Anonymous user has no right to access this object.": "query-lost",
    "This request is forbidden by kms": "kms",
    "Put public object acl is not allowed": "public-blocked",
    "Target object does not reside in the same data center as source object.": "copy-region",
    "Query string authentication requires the Signature, Expires and OSSAccessKeyId parameters": "parameter-removed",
    "The bucket you are attempting to access must be addressed using the specified endpoint.": "endpoint",
    "You are denied by bucket referer policy.": "referer",
    "Something that no page lists.": "refused",
}


@pytest.mark.parametrize("text", TEXTS)
def test_access_denied_is_told_apart_by_its_text(text: str) -> None:
    assert [TEXTS[text]] == codes(GET, refused("AccessDenied", text))


SIGNATURE = "The request signature we calculated does not match the signature you provided."
HELD = {
    ".NET, the message alone": f"Aliyun.OSS.Common.OssException: {SIGNATURE} Check your key and signing method.",
    ".NET, as its samples print it": f"Failed with error code: SignatureDoesNotMatch; Error info: {SIGNATURE}. \n"
    "RequestID:5C\tHostID:examplebucket.oss-cn-hangzhou.aliyuncs.com",
    "PHP": f"OSS\\Core\\OssException: SignatureDoesNotMatch: {SIGNATURE} RequestId: 5C3D9175",
    "PHP, printed": f"Array ( [status] => 403 [code] => SignatureDoesNotMatch [message] => {SIGNATURE} [body] => )",
    "PHP, dumped": f'array(2) {{ ["code"]=> string(21) "SignatureDoesNotMatch" ["message"]=> string(9) "{SIGNATURE}" }}',
    "Node.js, a stack": f"SignatureDoesNotMatchError: {SIGNATURE}\n    at Client.requestError (client.js:379:13)",
    "Node.js, inspected": f"{{ [SignatureDoesNotMatchError: {SIGNATURE}]\n  status: 403,\n  code: 'SignatureDoesNotMatch' }}",
    "Java, the first line": f"com.aliyun.oss.OSSException: {SIGNATURE}\n[ErrorCode]: SignatureDoesNotMatch\n[RequestId]: 5",
}


@pytest.mark.parametrize("name", HELD)
def test_an_exception_is_read_without_its_document(name: str) -> None:
    assert ["signed-otherwise"] == codes(GET, HELD[name])


@pytest.mark.parametrize(
    "held",
    [
        str(
            {
                "status": 403,
                "details": {"Code": "SignatureDoesNotMatch", "Message": "x", "CanonicalRequest": ARRIVED},
            }
        ),
        json.dumps({"Code": "SignatureDoesNotMatch", "Message": SIGNATURE, "CanonicalRequest": ARRIVED}),
        mismatch(ARRIVED.replace("\n", "\\n")),
        str(mismatch(ARRIVED).encode()),
        f"HTTP/1.1 403 Forbidden\nx-oss-err: {base64.b64encode(mismatch(ARRIVED).encode()).decode()}\nx-oss-ec: 1",
        escape(mismatch(ARRIVED)).replace("&lt;Code&gt;", '<span class="tag">&lt;Code&gt;</span>'),
        json.dumps(json.dumps({"error": escape(mismatch(ARRIVED))})),
        "\r\n".join(mismatch(ARRIVED).split("\n")),
    ],
    ids=["oss2", "JSON", "literal breaks", "bytes", "x-oss-err", "highlighted", "HTML in JSON twice", "CRLF"],
)
def test_what_oss_hashed_is_found_in_it(held: str) -> None:
    assert "content-type" == codes(PUT, held)[0]


@pytest.mark.parametrize(
    "document",
    [
        "<Error><Code><![CDATA[NoSuchKey]]></Code><Message><![CDATA[<none> & nothing]]></Message></Error>",
        "<ns0:Error xmlns:ns0='x'><ns0:Code>NoSuchKey</ns0:Code></ns0:Error>",
        "<Error><Code type='s'>NoSuchKey</Code ></Error>",
        "<Error><Code>NoSuchKey</Code><Message>The specified key d",
        f"{refused('NoSuchBucket')}{refused('NoSuchKey')}",
        f"{refused('NoSuchBucket')}\nStatusCode=404, ErrorCode=NoSuchKey, ErrorMessage=x",
        "[ErrorCode]: NoSuchBucket\n\n[ErrorCode]: NoSuchKey\n",
        f"{'x' * (1 << 21)}{refused('NoSuchKey')}",
    ],
)
def test_a_document_is_read_in_any_dress_and_the_last_of_several(document: str) -> None:
    assert ["no-such-key"] == codes(GET, document)


@pytest.mark.parametrize("url", BY_CDN.values(), ids=BY_CDN)
def test_what_oss_says_behind_a_cdn_is_osss_refusal(url: str) -> None:
    assert ["no-such-key"] == codes(url, refused("NoSuchKey"))
    assert ["refused"] == codes(url, "<Error><Code>AccessDenied</Code></Error>")


LETTERS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=1, max_size=40)
LINKS = st.sampled_from(
    [GET, PUT, FORM, *BY_CDN.values(), f"{FORM}a?OSSAccessKeyId=a&Signature=b&Expires=1", f"{FORM}a.png"]
)


@settings(deadline=None)
@given(LINKS, LETTERS, st.text(max_size=60), st.from_regex(r"(00[0-9]{2}-[0-9]{8})?", fullmatch=True))
def test_a_document_with_a_code_is_always_bad_news(url: str, code: str, message: str, ec: str) -> None:
    document = refused(code, escape(message, quote=False), ec)
    for held in (
        document,
        json.dumps(document),
        escape(document),
        base64.b64encode(document.encode()).decode(),
    ):
        assert diagnose(url, now=NOON, error=held)


@settings(deadline=None)
@given(st.sampled_from([*HELD.values(), XML, mismatch(ARRIVED)]), st.text(max_size=20), st.integers(0, 600))
def test_what_stands_around_a_refusal_hides_nothing(held: str, around: str, place: int) -> None:
    assert diagnose(GET, now=NOON, error=f"{around}\n{held}\n{around[:place]}")


def test_a_refusal_never_ends_with_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "answer"
    for code in (*BY_CODE, "SignatureDoesNotMatch", "AccessDenied", "InvalidArgument", "Whatever"):
        document.write_text(refused(code))

        assert 1 == main([GET, "--error", str(document)], now=NOON, colour=False), code
        assert "Nothing is wrong" not in capsys.readouterr().out


def test_the_head_of_an_answer_alone_tells_by_its_ec() -> None:
    head = "HTTP/1.1 403 Forbidden\nServer: AliyunOSS\nx-oss-request-id: 6A\nx-oss-ec: {}\n"

    assert ["referer"] == codes(GET, head.format("0003-00000503"))
    assert ["refused"] == codes(GET, head.format("0099-00000001"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_file_of_any_shell_is_read(
    tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / "answer.xml").write_text(mark + XML, encoding=encoding)

    assert 1 == main([GET, "--error", str(tmp_path / "answer.xml")], now=NOON, colour=False)
    assert "1. referer: " in capsys.readouterr().out
