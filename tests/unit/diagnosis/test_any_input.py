"""Whatever is pasted, it is answered or refused in words, and soon."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.diagnose import diagnose, report
from shared.errors import InvalidRequest
from tests.unit.diagnosis.signed_world import NOW
from tests.unit.signing.support import Row, now, rows

GOOD = [row["expected_url"] for row in rows("presign_v4.jsonl")[::40]]
ERROR = (
    "<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code><StringToSign>a\nb\nc\nd</StringToSign>"
    "<CanonicalRequest>GET\n/b/k\na=b&amp;c\ncontent-type:x\n\n\nUNSIGNED-PAYLOAD</CanonicalRequest></Error>"
)
ANY_HEADERS = st.none() | st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


def answered(url: str, **told: object) -> None:
    """Diagnose, and read out what is found; a refusal in words is an answer too."""
    try:
        said = report(diagnose(url, now=NOW, **told), colour=False)
    except InvalidRequest as refusal:
        said = str(refusal)

    assert said


@given(st.text(), st.none() | st.text(), ANY_HEADERS)
def test_any_text_is_answered(url: str, error: str | None, headers: dict[str, str] | None) -> None:
    answered(url, error=error, headers=headers)


@given(st.sampled_from(GOOD), st.integers(0, 400), st.integers(0, 40), st.text(max_size=6), ANY_HEADERS)
def test_any_change_to_a_good_url_is_answered(
    url: str, place: int, lost: int, put: str, headers: dict[str, str] | None
) -> None:
    changed = url[:place] + put + url[place + lost :]
    answered(changed, headers=headers)
    answered(changed, error=ERROR, method="GET", headers=headers)


@given(st.sampled_from(GOOD), st.text(alphabet="<>/&;=ACEcdor\n", max_size=60))
def test_any_error_document_is_answered(url: str, text: str) -> None:
    answered(url, error=ERROR.replace("content-type:x", text))
    answered(url, error=f"<Code>{text}</Code>")


@pytest.mark.parametrize("date", ["99991231T235959Z", "00010101T000000Z", "20260230T000000Z"])
def test_dates_at_the_edge_are_answered(date: str) -> None:
    for url in GOOD:
        answered(url.replace(url.partition("x-oss-date=")[2][:16], date))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    [
        "x-oss-credential=",
        "a&",
        "&amp;",
        "%25",
        "+",
        "x-oss-signature=0#",
        "\n ",
        "utm_=",
        "../",
        "<",
        "x=y&x=y&",
        "&amp;#38;",
        "%!F(MISSING)",
        "%!(EXTRA ",
        "0.000000",
        "](https://",
        "https://a?b=https%3A%2F%2F",
        "\\\\/",
        "Code: A ",
        "<![CDATA[",
        "<Error><Code>A</Code>",
        "'CanonicalRequest': '",
        "message=",
        "A: ",
    ],
)
def test_long_input_is_answered_soon(piece: str) -> None:
    for length in (16_000, 20_000, 2_000_000):
        answered((GOOD[0] + "&" + piece * length)[:length])
    answered(GOOD[0], error=ERROR + piece * 100_000)


@pytest.mark.parametrize("row", rows("presign_v4.jsonl")[:3], ids=lambda row: row["id"])
def test_a_url_is_over_from_the_second_that_it_names(row: Row) -> None:
    ends = now(row) + timedelta(seconds=row["expires_s"])
    codes = [
        {each.code for each in diagnose(row["expected_url"], now=at)}
        for at in (ends - timedelta(seconds=1), ends)
    ]

    assert [False, True] == ["expired" in found for found in codes]
