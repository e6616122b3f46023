"""C1, C2, C4, M1 and S1 for the packaged presign function; ``cold_sts`` has those of the function ``sts``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.benchmarks import cold_sts
from tests.benchmarks.handlers import ENVIRON, ONE, http_event, oidc
from tests.benchmarks.measure import Row, interleaved
from tests.benchmarks.starts import Packages, packages, with_other_times
from tests.deploy.target import interpreter, target_of

HEAVY = ("aiohttp", "alibabacloud_sts20150401", "asyncio", "cryptography", "requests")
BARE = "import json, hmac, hashlib"
ROUNDS = 15


def rows() -> Iterator[Row]:
    """Yield the rows on the packages; without an interpreter of the platform's version there are none."""
    target = target_of(os.environ)
    python = interpreter(target)
    if python is None:
        print(f"C1 to C4, M1, S1: no Python {target.python} here, left out")
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        packed = packages(python=python, target=target, folder=Path(folder))
        yield from _presign(packed)
        yield from cold_sts.rows(packed, target=target)


def _presign(packed: Packages) -> Iterator[Row]:
    event = http_event(ONE)
    verifying, authorization = oidc(datetime.now(timezone.utc) - timedelta(minutes=1))
    with_token = http_event(ONE, authorization=authorization)
    verifier = packed.unpacked("presign", into="oidc", also=["oidc"])
    fresh, reset = packed.unpacked("presign", into="run"), packed.unpacked("presign", into="reset")
    with_other_times(reset)
    taken = interleaved(
        {
            "bare": lambda: packed.run(BARE, path=fresh.import_path, environ=ENVIRON, folder=fresh.code),
            "cold": lambda: packed.answer(fresh, event, environ=ENVIRON),
            "oidc": lambda: packed.answer(verifier, with_token, environ=verifying),
            "reset": lambda: packed.answer(reset, event, environ=ENVIRON),
        },
        rounds=ROUNDS,
    )
    loaded = packed.loaded(fresh, event, environ=ENVIRON)
    cold, again = taken["cold"] / taken["bare"], taken["reset"] / taken["cold"]
    yield Row("C1", "cold start of the packaged presign function", cold, 2.5, "x bare start")
    yield Row(
        "C6", "the same, which verifies a JWT itself", taken["oidc"] / taken["bare"], 6.5, "x bare start"
    )
    yield Row("C2", "the same package, all file times reset", again, 1.05, "x itself")
    yield Row("C4", "heavy packages loaded by one presign", len(loaded.packages & {*HEAVY}), 0, "packages")
    yield Row("M1", "peak memory of the presign function", loaded.peak_mib, 22, "MiB")
    peak = packed.loaded(verifier, with_token, environ=verifying).peak_mib
    yield Row("M1", "the same, where it verifies a JWT itself", peak, 40, "MiB")
    yield Row("S1", "zipped: presign and its layer", packed.zipped_mib("presign"), 2.9, "MiB")
