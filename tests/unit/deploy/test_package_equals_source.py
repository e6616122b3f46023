"""The packaged function answers as the source does: compiled schemas and written-out dataclasses change nothing."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.presign.index import respond
from tests.deploy.package import package
from tests.deploy.target import SUPPORTED, Target, interpreter
from tests.deploy.unpacked import unpack
from tests.journeys.attack_world import CONTEXT, ENVIRON, NOW, event
from tests.local.openapi.examples import PRESIGN
from tests.needed import left_out

LAYER = "acs:fc:cn-hangzhou:1:layers/oss-access-grants-shared/versions/1"
ODD: list[Any] = [
    None,
    "",
    0,
    -1,
    10**12,
    1.5,
    True,
    [],
    {},
    ["a"],
    {"a": 1},
    "x" * 2000,
    "\u0000",
    "../a",
    "é" * 3,
]
RUN = """
import json, sys, types
from datetime import datetime
import index
asked = json.load(sys.stdin)
context = types.SimpleNamespace(
    request_id="req-1", account_id="123456789012", function=types.SimpleNamespace(name="presign", timeout=10)
)
now = datetime.fromisoformat(asked["now"])
said = []
out, sys.stdout = sys.stdout, open("/dev/null", "w")
for one in asked["events"]:
    said.append(index.respond(one.encode(), context, environ=asked["environ"], now=now))
json.dump(said, out)
"""


def bodies() -> Iterator[Any]:
    """Yield every example, and each with each of its fields odd, missing, or one too many."""
    for body in PRESIGN.values():
        yield body
        yield {**body, "no_such_field": 1}
        for field in body:
            yield {name: value for name, value in body.items() if name != field}
            yield from ({**body, field: odd} for odd in ODD)
    yield from ODD


def same_names(answer: Any) -> Any:
    """Return an answer with what the server chose at random made equal, and what signs it."""
    text = json.dumps(answer)
    text = re.sub(r"[0-9a-f]{32}-", "", text)
    return json.loads(re.sub(r"x-oss-signature=[0-9a-f]{64}", "x-oss-signature=", text))


@pytest.mark.parametrize("version", SUPPORTED)
def test_both_answer_alike(tmp_path: Path, version: str) -> None:
    python = interpreter(Target(python=version)) or left_out(f"no Python {version} here: packages for it")
    package(target=Target(python=version), build=tmp_path / "build")
    unpacked = unpack("presign", layers=[LAYER], build=tmp_path / "build", into=tmp_path / "run")
    events = [json.dumps(event(body if isinstance(body, dict) else json.dumps(body))) for body in bodies()]
    done = subprocess.run(
        [str(python), "-S", "-B", "-c", RUN],
        input=json.dumps({"events": events, "environ": ENVIRON, "now": NOW.isoformat()}),
        env={"PYTHONPATH": unpacked.import_path, "PYTHONSAFEPATH": "1"},
        cwd=unpacked.code,
        capture_output=True,
        text=True,
        check=True,
    )
    packaged = json.loads(done.stdout)
    source = [respond(one.encode(), CONTEXT, environ=ENVIRON, now=NOW) for one in events]
    statuses = {answer["statusCode"] for answer in source}

    assert {200, 400, 403} <= statuses
    assert 750 < len(events)
    for one, ours, theirs in zip(events, source, packaged, strict=True):
        assert same_names(ours) == same_names(theirs), one
