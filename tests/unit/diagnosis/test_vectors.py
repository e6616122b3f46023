"""Results of five SDKs: nothing is found in a good URL, and each known quirk is recognised."""

from __future__ import annotations

from collections import Counter

import pytest

from shared.diagnose import diagnose
from tests.unit.emulator.judged import refusal, request_of
from tests.unit.signing.support import Row, now, rows

QUIRKS = {
    "query-sorted-by-locale": "sdk-locale-order",
    "empty-string-parameter-signed-as-name-equals": "sdk-empty-parameter",
    "header-value-signed-without-trimming": "sdk-untrimmed-header",
    "empty-header-left-out-of-canonical-headers": "sdk-empty-header",
}


def true_of(row: Row) -> set[str]:
    """Return what is truly wrong with a row: vectors test the arithmetic of signing, not what OSS takes."""
    found = set()
    if row["access_key_id"].startswith("STS.") and not row["security_token"]:
        found.add("security-token-missing")
    if {".", ".."} & set((row["key"] or "").split("/")):
        found.add("dot-segments")
    if (row["key"] or "").startswith(("/", "\\")) or len((row["key"] or "").encode()) > 1023:
        found.add("key-invalid")
    if row["url_style"] == "path" and "aliyuncs.com" in row["endpoint"] and row["key"]:
        found.add("path-style")
    return found


def test_nothing_is_found_in_1160_good_urls_but_what_is_true() -> None:
    surprises, verdicts = [], Counter[str]()
    for row in rows("presign_v4.jsonl"):
        found = diagnose(row["expected_url"], now=now(row), method=row["method"], headers=row["headers"])
        codes = {finding.code for finding in found}
        verdicts["clean" if not codes else "true"] += 1
        if codes != true_of(row):
            surprises.append((row["id"], codes, true_of(row)))

    assert [] == surprises
    assert {"clean": 860, "true": 300} == verdicts


def test_the_url_alone_is_as_good() -> None:
    for row in rows("presign_v4.jsonl"):
        assert true_of(row) == {finding.code for finding in diagnose(row["expected_url"], now=now(row))}, row[
            "id"
        ]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in rows("sdk_quirks.jsonl")])
def test_a_quirk_is_recognised(row: Row) -> None:
    presigned = "expected_url" in row
    url, headers = (row["expected_url"], row["headers"]) if presigned else request_of(row)
    refused = refusal(row, url=url, headers=headers)
    assert refused is not None

    error = refused.document(request_id="0" * 24, host="localhost")
    found = diagnose(url, method=row["method"], headers=headers, now=now(row), error=error)

    assert QUIRKS[row.get("quirk", row["category"])] == found[0].code
