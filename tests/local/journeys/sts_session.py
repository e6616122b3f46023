"""Temporary credentials in the hands of the official Python SDK v2, configured from its own variables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import alibabacloud_oss_v2 as oss

from tests.local.client import ask
from tests.local.report import Report
from tests.local.samples import Sample
from tests.local.stack import BUCKET, REGION, Stack


def walk(stack: Stack, sample: Sample, report: Report) -> None:
    """Upload and list with the session; be refused outside the prefix, for delete, and after expiry."""
    report.journey("STS session in the official SDK")
    variables = _variables(ask(stack, "sts", {"permission": "read-write", "format": "env"}).body.decode())
    report.step("GET credentials, format env", ", ".join(variables), good=len(variables) == 3)
    client = _client(stack, variables)
    key = f"users/alice/sdk/{sample.path.name}"
    put = client.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=sample.path.read_bytes()))
    report.step("put_object", f"{put.status_code} ETag {str(put.etag)[:14]}…", good=put.status_code == 200)
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix="users/alice/sdk/"))
    keys = [entry.key for entry in listed.contents or []]
    report.step("list_objects_v2 below the prefix", f"{len(keys)} object", good=keys == [key])
    for what, request in (
        (
            "list above the prefix",
            lambda: client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix="users/")),
        ),
        (
            "put outside the prefix",
            lambda: client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="users/bob/x", body=b"x")),
        ),
        ("delete", lambda: client.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key=key))),
    ):
        code = _refusal(request)
        report.step(what, code, good=code.startswith("403 AccessDenied"))
    stack.cloud.clock.advance(timedelta(hours=1))
    code = _refusal(lambda: client.get_object(oss.GetObjectRequest(bucket=BUCKET, key=key)))
    stack.cloud.clock.run()
    report.step("anything after the session's hour", code, good=code.startswith("403"))


def _variables(text: str) -> dict[str, str]:
    lines = [line.removeprefix("export ").partition("=") for line in text.splitlines() if line]
    return {name: value.strip("'") for name, _, value in lines}


def _client(stack: Stack, variables: dict[str, str]) -> Any:
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        variables["OSS_ACCESS_KEY_ID"], variables["OSS_ACCESS_KEY_SECRET"], variables["OSS_SESSION_TOKEN"]
    )
    config.region, config.endpoint = REGION, f"http://{stack.emulator_host}"
    config.retry_max_attempts = 1
    return oss.Client(config)


def _refusal(request: Any) -> str:
    try:
        request()
    except oss.exceptions.OperationError as error:
        cause = error.unwrap()
        return f"{getattr(cause, 'status_code', '')} {getattr(cause, 'code', type(cause).__name__)}"
    return "not refused"
