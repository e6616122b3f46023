"""Rows of the SDKs' results, and the verifier's judgement of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from oss_emulator.ram.identities import Principal
from oss_emulator.wire import incoming, v4
from oss_emulator.wire.errors import OssError

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


def arrived(row: Row, *, url: str, headers: Mapping[str, str]) -> incoming.Incoming:
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
    return incoming.read(Request(environ), custom_domains=bound_domains(row, split.netloc))


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
    error = refusal(row, url=url, headers=headers)
    if error is None:
        return "OK"
    return error.row.code if error.row.ec != "0002-00000227" else "product"


def refusal(row: Row, *, url: str, headers: Mapping[str, str]) -> OssError | None:
    """Return the verifier's refusal of a request at the moment it was signed, None where it accepts."""
    try:
        v4.authenticate(
            arrived(row, url=at_a_known_host(row, url), headers=headers),
            find=lambda key_id: signer(row) if key_id == row["access_key_id"] else None,
            region=row["cloud_box_id"] or row["region"],
            now=datetime.fromisoformat(row["now"].replace("Z", "+00:00")),
        )
    except OssError as error:
        return error
    return None


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
