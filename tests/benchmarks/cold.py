"""C1, C4, M1 and S1: the packaged presign function from process start to its first answer."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.handlers import ENVIRON, ONE, http_event
from tests.benchmarks.measure import Row, interleaved
from tests.deploy.package import package
from tests.deploy.target import Target, interpreter
from tests.deploy.unpacked import Unpacked, unpack

HEAVY = ("aiohttp", "alibabacloud_sts20150401", "asyncio", "cryptography", "requests")
LAYER = "acs:fc:cn-hangzhou:1:layers/oss-access-grants-shared/versions/1"

_RUN = """
import sys, types, json
import index
function = types.SimpleNamespace(name="presign", timeout=10)
context = types.SimpleNamespace(request_id="r", function=function, account_id="1")
answer = index.handler(json.loads(sys.argv[1]).encode(), context)
assert answer["statusCode"] == 200, answer
if len(sys.argv) > 2:
    # The kernel's ru_maxrss counts what the parent had before the exec.
    peak = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
    print(json.dumps([peak, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def rows() -> Iterator[Row]:
    """Yield the rows on the package; without an interpreter of the platform's version there are none."""
    target = Target(python="3.12")
    python = interpreter(target)
    if python is None:
        print("C1, C4, M1, S1: no Python 3.12 here, left out")
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        build = Path(folder) / "build"
        archives = package(target=target, build=build)
        unpacked = unpack("presign", layers=[LAYER], build=build, into=Path(folder) / "run")
        run = [str(python), "-S", "-B", "-c", _RUN, json.dumps(http_event(ONE).decode())]
        bare = [str(python), "-c", "import json, hmac, hashlib"]
        taken = interleaved(
            {"bare": lambda: _start(bare, unpacked), "cold": lambda: _start(run, unpacked)}, rounds=15
        )
        peak, modules = json.loads(_start([*run, "say"], unpacked).splitlines()[-1])
        size = sum(
            archive.path.stat().st_size
            for archive in archives
            if archive.path.name in ("shared.zip", "presign.zip")
        )
    yield Row(
        "C1",
        "cold start of the packaged presign function",
        taken["cold"] / taken["bare"],
        5.0,
        "x bare start",
    )
    yield Row("C4", "heavy packages loaded by one presign", len(set(HEAVY) & set(modules)), 0, "packages")
    yield Row("M1", "peak memory of the presign function", peak / 1024, 30, "MiB")
    yield Row("S1", "zipped: presign and its layer", size / 1024 / 1024, 2.9, "MiB")


def _start(command: Sequence[str], unpacked: Unpacked) -> str:
    environ = {**ENVIRON, "PYTHONPATH": unpacked.import_path, "PYTHONSAFEPATH": "1"}
    done = subprocess.run(command, env=environ, cwd=unpacked.code, capture_output=True, text=True, check=True)
    return done.stdout
