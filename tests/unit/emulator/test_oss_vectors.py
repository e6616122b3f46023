"""The verifier against results of five official SDKs: what they sign is accepted, and nothing a byte beside it."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from tests.emulator import post_form, v4, wire
from tests.emulator.errors import OssError
from tests.emulator.identities import Principal

VECTORS = Path(__file__).parents[2] / "vectors"

Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    with (VECTORS / f"{name}.jsonl").open() as file:
        return [json.loads(line) for line in file]


def signer(row: Row) -> Principal:
    return Principal(
        kind="session" if row["security_token"] else "user",
        arn="acs:ram::1:user/vector",
        access_key_id=row["access_key_id"],
        access_key_secret=row["access_key_secret"],
        security_token=row["security_token"],
    )


def arrived(row: Row, *, url: str, headers: Mapping[str, str]) -> wire.Incoming:
    """Return the request as the emulator reads it when it arrives at an emulated host."""
    split = urlsplit(url)
    builder = EnvironBuilder(method=row["method"], base_url=f"{split.scheme}://{split.netloc}/")
    environ = builder.get_environ()
    target = f"{split.path or '/'}{'?' + split.query if split.query else ''}"
    environ |= {"RAW_URI": target, "QUERY_STRING": split.query}
    for name, value in headers.items():
        variable = name.upper().replace("-", "_")
        prefix = "" if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
        environ[prefix + variable] = value.encode().decode("latin-1")
    return wire.read(Request(environ), custom_domains=bound_domains(row, split.netloc))


def bound_domains(row: Row, netloc: str) -> dict[str, str]:
    """Return the binding that makes a foreign host, or a bucket's own host, lead to the row's bucket."""
    host = netloc.rpartition(":")[0] if netloc.rpartition(":")[2].isdecimal() else netloc
    return {} if row["url_style"] == "path" or row["bucket"] is None else {host: row["bucket"]}


def at_a_known_host(row: Row, url: str) -> str:
    """Return the URL with the emulator's own host where the row's is neither OSS's nor bound to a bucket."""
    split = urlsplit(url)
    if row["url_style"] != "path" or "host" in row["additional_headers"] or is_address(split.hostname or ""):
        return url
    return split._replace(netloc="localhost").geturl()


def is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def verdict(row: Row, *, url: str, headers: Mapping[str, str]) -> str:
    """Return how the verifier judges a request at the moment it was signed: OK, or the refusal's code."""
    try:
        v4.authenticate(
            arrived(row, url=at_a_known_host(row, url), headers=headers),
            find=lambda key_id: signer(row) if key_id == row["access_key_id"] else None,
            region=row["cloud_box_id"] or row["region"],
            now=datetime.fromisoformat(row["now"].replace("Z", "+00:00")),
        )
    except OssError as error:
        return error.row.code if error.row.ec != "0002-00000227" else "product"
    return "OK"


def request_of(row: Row) -> tuple[str, dict[str, str]]:
    """Return (URL, headers) of an authorization row.

    Rows of ``oss2`` leave their parameters out of the URL, rows of ``ali-oss`` at an address name another host.
    """
    url = row["request_url"]
    if row["query"] and not urlsplit(url).query:
        url = f"{url}?{urlencode(row['query'], quote_via=quote)}"
    headers = {**row["request_headers"], "authorization": row["expected_authorization"]}
    if "host" not in row["additional_headers"]:
        headers.pop("host", None)
    return url, headers


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
