"""Temporary credentials in the hands of the official Python SDK v2, configured from its own variables."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.signer import SignerV4

from tests.local.client import JourneyBroken, ask
from tests.local.report import Report
from tests.local.samples import Sample
from tests.local.stack import Stack

AN_HOUR = timedelta(hours=1)


class _AnHourLater(SignerV4):  # type: ignore[misc]  # the SDK has no type information
    """The SDK's signer on a machine whose clock, as the emulator's, shows an hour more."""

    def sign(self, signing_ctx: Any) -> None:
        signing_ctx.clock_offset = AN_HOUR.total_seconds()
        super().sign(signing_ctx)


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Upload and list with the session; be refused outside the prefix, for delete, and after expiry."""
    report.journey("STS session in the official SDK")
    variables = _variables(stack)
    report.step("POST /sts, format env", ", ".join(variables), good=len(variables) == 5)
    client = _client(stack, variables)
    key = f"{stack.folder}sdk/{files[0].path.name}"
    put = client.put_object(
        oss.PutObjectRequest(bucket=stack.bucket, key=key, body=files[0].path.read_bytes())
    )
    report.step("put_object", f"{put.status_code} ETag {str(put.etag)[:14]}…", good=put.status_code == 200)
    listed = client.list_objects_v2(
        oss.ListObjectsV2Request(bucket=stack.bucket, prefix=f"{stack.folder}sdk/")
    )
    keys = [entry.key for entry in listed.contents or []]
    report.step("list_objects_v2 below the prefix", f"{len(keys)} object", good=keys == [key])
    for what, request in _beyond(stack, client, key):
        said = _refusal(request)
        report.step(what, said, good=said == "403 AccessDenied")
    later = _client(stack, variables, signer=_AnHourLater())
    stack.cloud.clock.advance(AN_HOUR)
    said = _refusal(lambda: later.get_object(oss.GetObjectRequest(bucket=stack.bucket, key=key)))
    stack.cloud.clock.run()
    report.step("anything after the session's hour", said, good=said == "403 SecurityTokenExpired")


def _variables(stack: Stack) -> dict[str, str]:
    """Return what ``eval`` of the answer would export."""
    answer = ask(stack, "sts", {"permission": "read-write", "format": "env"})
    if answer.status != 200:
        raise JourneyBroken(f"sts: {answer.json()['Code']}")
    words = (shlex.split(line) for line in answer.body.decode().splitlines())
    assigned = [assignment.partition("=") for _, assignment in words]
    return {name: value for name, _, value in assigned}


def _client(stack: Stack, variables: Mapping[str, str], **options: Any) -> Any:
    config = oss.config.load_default()
    with patch.dict(os.environ, variables):
        config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
    config.region, config.endpoint = stack.variables["OSS_REGION"], f"http://{stack.emulator_host}"
    config.retry_max_attempts = 1
    return oss.Client(config, **options)


def _beyond(stack: Stack, client: Any, key: str) -> list[tuple[str, Callable[[], object]]]:
    """Return what the session must not do."""
    above = oss.ListObjectsV2Request(bucket=stack.bucket, prefix="users/")
    outside = oss.PutObjectRequest(bucket=stack.bucket, key="users/bob/x", body=b"x")
    gone = oss.DeleteObjectRequest(bucket=stack.bucket, key=key)
    return [
        ("list above the prefix", lambda: client.list_objects_v2(above)),
        ("put outside the prefix", lambda: client.put_object(outside)),
        ("delete", lambda: client.delete_object(gone)),
    ]


def _refusal(request: Callable[[], object]) -> str:
    try:
        request()
    except oss.exceptions.OperationError as error:
        cause = error.unwrap()
        return f"{getattr(cause, 'status_code', '')} {getattr(cause, 'code', type(cause).__name__)}"
    return "not refused"
