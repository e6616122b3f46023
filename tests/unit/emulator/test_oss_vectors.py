"""The verifier against results of five official SDKs: what they sign is accepted, and nothing a byte beside it."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from oss_emulator.oss import post_form
from oss_emulator.wire import v4
from oss_emulator.wire.errors import OssError
from tests.unit.emulator.judged import Row, request_of, rows, signer, verdict


def of_oss(found: list[Row]) -> Iterator[Row]:
    return (row for row in found if row["product"] == "oss")


def flipped(url: str) -> str:
    """Return the URL with the last digit of its signature changed."""
    before, name, after = url.partition("x-oss-signature=")
    signature = after[:64]
    return f"{before}{name}{signature[:-1]}{'1' if signature[-1] == '0' else '0'}{after[64:]}"


def test_all_presigned_urls_of_five_sdks_are_accepted() -> None:
    counted = Counter(
        (row["product"], verdict(row, url=row["expected_url"], headers=row["headers"]))
        for row in rows("presign_v4")
    )

    assert 1160 == sum(counted.values())
    assert {("oss", "OK"), ("oss-cloudbox", "product")} == set(counted)


def test_no_url_is_accepted_with_another_signature_method_or_key() -> None:
    for row in of_oss(rows("presign_v4")):
        other_method = {**row, "method": "DELETE" if row["method"] != "DELETE" else "GET"}
        verdicts = {
            verdict(row, url=flipped(row["expected_url"]), headers=row["headers"]),
            verdict(other_method, url=row["expected_url"], headers=row["headers"]),
            verdict(row, url=row["expected_url"].replace("?", "x?", 1), headers=row["headers"]),
            verdict(row, url=row["expected_url"], headers={**row["headers"], "x-oss-meta-new": "1"}),
            verdict({**row, "access_key_secret": "other"}, url=row["expected_url"], headers=row["headers"]),
        }

        assert {"SignatureDoesNotMatch"} == verdicts, row["id"]


def test_all_authorization_headers_of_five_sdks_are_accepted() -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for row in rows("authorization_v4"):
        url, headers = request_of(row)
        counted[row["product"], verdict(row, url=url, headers=headers)] += 1

    assert 223 == sum(counted.values())
    assert {("oss", "OK"), ("oss-cloudbox", "product")} == set(counted)


def test_no_header_that_is_signed_can_change() -> None:
    for row in of_oss(rows("authorization_v4")):
        url, headers = request_of(row)
        signed = {
            name
            for name in row["request_headers"]
            if name in ("content-type", "content-md5")
            or (name.startswith("x-oss-") and name not in ("x-oss-date", "x-oss-security-token"))
        }
        changes = [{**headers, name: f"{headers[name]}x"} for name in signed]
        verdicts = {verdict(row, url=url, headers=changed) for changed in changes}

        assert {"SignatureDoesNotMatch"} == verdicts, row["id"]


def test_no_result_that_leaves_the_rules_is_accepted() -> None:
    verdicts = []
    for row in rows("sdk_quirks"):
        url, headers = (row["expected_url"], row["headers"]) if "expected_url" in row else request_of(row)
        verdicts.append(verdict(row, url=url, headers=headers))

    assert ["SignatureDoesNotMatch"] * 19 == verdicts


@pytest.mark.parametrize("row", rows("post_policy_v4"), ids=lambda row: row["id"])
def test_a_policy_that_ali_oss_signs_is_accepted(row: Row) -> None:
    now = datetime.fromisoformat(row["now"].replace("Z", "+00:00"))
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    fields = {
        "policy": row["expected_policy_base64"],
        "x-oss-signature-version": v4.ALGORITHM,
        "x-oss-credential": f"{row['access_key_id']}/{stamp[:8]}/{row['region']}/oss/aliyun_v4_request",
        "x-oss-date": stamp,
        "x-oss-signature": row["expected_signature"],
    }
    fields |= {"x-oss-security-token": row["security_token"]} if row["security_token"] else {}
    policy = json.loads(base64.b64decode(row["expected_policy_base64"]))

    def verified(form: dict[str, str]) -> Any:
        return post_form.verified(form, find=lambda _: signer(row), region=row["region"], now=now)

    assert (signer(row), policy) == verified(fields)
    with pytest.raises(OssError, match="signature"):
        verified({**fields, "x-oss-signature": row["expected_signature"][:-1]})
