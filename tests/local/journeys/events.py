"""An object lands, the platform tells the function, and the link in the function's result works."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import alibabacloud_oss_v2 as oss

from tests.local.client import JourneyBroken, send
from tests.local.gate import INVOKE_KEY_HEADER
from tests.local.gateway import API_PREFIX
from tests.local.report import Report
from tests.local.samples import Sample
from tests.local.stack import ACCOUNT, Stack

PATIENCE_SECONDS = 20


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Store an object as a pipeline would, wait for the function's result, follow the link."""
    report.journey("Event in, link out")
    sample = files[0]
    before = len(stack.delivered)
    _store(stack, f"{stack.variables['EVENT_PREFIX']}{sample.path.name}", sample)
    arrived = _wait(stack, before)
    report.step("the object wakes the function", f"{arrived} result", good=arrived == 1)
    links = _delivered(stack)["links"]
    report.step(
        "result at the destination",
        f"{len(links)} link, valid to {links[0]['expires_at']}",
        good=len(links) == 1,
    )
    answer = send("GET", links[0]["url"])
    report.step("GET the link", str(answer.status), good=answer.body == sample.path.read_bytes())
    status = _deliver(stack, _event(stack, "private/elsewhere.txt", sample, now=stack.cloud.clock.now()))
    report.step("asynchronous invocation", str(status), good=status == 202)
    skipped = _delivered(stack)["skipped"]
    report.step("an object outside the scope", f"skipped: {skipped[0]['reason']}", good=len(skipped) == 1)


def _wait(stack: Stack, before: int) -> int:
    """Return how many results came since; raises ``JourneyBroken`` where none does."""
    for _ in range(int(PATIENCE_SECONDS / 0.05)):
        if len(stack.delivered) > before:
            return len(stack.delivered) - before
        time.sleep(0.05)
    raise JourneyBroken("no event woke the function")


def _delivered(stack: Stack) -> dict[str, Any]:
    result: Any = stack.delivered[-1].result
    return dict(result)


def _store(stack: Stack, key: str, sample: Sample) -> None:
    everything = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]}
    user = stack.cloud.identities.add_user("pipeline", policies=[everything])
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        user.access_key_id, user.access_key_secret
    )
    config.region, config.endpoint = stack.variables["OSS_REGION"], f"http://{stack.emulator_host}"
    oss.Client(config).put_object(
        oss.PutObjectRequest(bucket=stack.bucket, key=key, body=sample.path.read_bytes())
    )


def _deliver(stack: Stack, event: dict[str, Any]) -> int:
    headers = {INVOKE_KEY_HEADER: stack.invoke_key, "X-Fc-Invocation-Type": "Async"}
    url = f"http://{stack.gateway_host}{API_PREFIX}presign_on_event/invocations"
    return send("POST", url, headers=headers, body=json.dumps(event).encode()).status


def _event(stack: Stack, key: str, sample: Sample, *, now: datetime) -> dict[str, Any]:
    bucket = {"name": stack.bucket, "ownerIdentity": ACCOUNT}
    stored = {"key": key, "size": sample.size, "eTag": "0" * 32}
    record = {
        "eventName": "ObjectCreated:PutObject",
        "eventSource": "acs:oss",
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "oss": {"bucket": bucket, "object": stored},
        "region": stack.variables["OSS_REGION"],
        "responseElements": {"requestId": "DEMO0001"},
    }
    return {"events": [record]}
