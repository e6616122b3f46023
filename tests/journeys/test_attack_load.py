"""Faults and load: every answer right, memory flat, nothing left open."""

from __future__ import annotations

import gc
import json
import os
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

import pytest

from functions.presign.index import respond
from tests.journeys.attack_world import CONTEXT, ENVIRON, NOW, event, send, status
from tests.journeys.presign_world import NOON, PresignWorld
from tests.local.client import ask
from tests.local.client import send as fetch
from tests.local.stack import Stack, running

GROWTH_BYTES = 5 * 1024 * 1024

MIXED: list[tuple[dict[str, Any], int]] = [
    (event({"operation": "GetObject", "key": "users/alice/a"}), 200),
    (event({"operation": "PutObject", "filename": "a.png", "content_type": "image/png"}), 200),
    (event({"operation": "PostObject", "key": "users/alice/\u6587\u4ef6"}), 200),
    (
        event(
            {"operation": "UploadPart", "key": "users/alice/a", "upload_id": "U", "part_numbers": [1, 2, 3]}
        ),
        200,
    ),
    (event({"items": [{"operation": "GetObject", "key": "public/a"}] * 5}), 200),
    (event(method="GET", queryParameters={"operation": "GetObject", "key": "public/a"}), 200),
    (event({"operation": "GetObject", "key": "users/bob/a"}), 403),
    (event({"operation": "GetObject", "key": "users/alice/../a"}), 400),
    (event({"operation": "GetObject", "key": "users/alice/a"}, sub=None), 401),
    (event("{"), 400),
    (event(method="PATCH"), 405),
    (event(method="OPTIONS"), 204),
]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_ten_thousand_mixed_requests_leave_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    payloads = [(json.dumps(asked).encode(), expected) for asked, expected in MIXED]
    wrong: Counter[tuple[int, int]] = Counter()

    def run(count: int) -> None:
        for payload, expected in islice(cycle(payloads), count):
            got = status(respond(payload, CONTEXT, environ=ENVIRON, now=NOW))
            wrong[expected, got] += got != expected
        capsys.readouterr()
        gc.collect()

    run(500)
    files = open_files()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    run(10_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 0 == sum(wrong.values()), wrong
    assert GROWTH_BYTES > after - before
    assert files >= open_files()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as up:
        yield up


def test_thirty_two_threads_over_the_runtime_get_their_own_answers(stack: Stack) -> None:
    def one(number: int) -> bool:
        sub = f"user{number % 8}"
        key = f"users/{sub}/{number}.txt"
        put = ask(stack, "presign", {"operation": "PutObject", "key": key}, sub=sub).json()
        body = f"object {number}".encode()
        stored = fetch("PUT", put["url"], headers=put["headers"], body=body).status
        other = ask(stack, "presign", {"operation": "GetObject", "key": key}, sub="mallory").status
        got = ask(stack, "presign", {"operation": "GetObject", "key": key}, sub=sub).json()
        return (stored, other, body) == (200, 403, fetch("GET", got["url"]).body)

    with ThreadPoolExecutor(32) as pool:
        answered = list(pool.map(one, range(256)))

    assert 256 == sum(answered)


def test_credentials_that_rotate_mid_life_are_used_at_once(tmp_path: Any) -> None:
    w = PresignWorld(tmp_path)
    w.put()
    old = w.ask("GetObject")
    fresh = w.cloud.identities.role_session("presign", duration_seconds=3600)
    w.environ |= {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": fresh.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": fresh.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": fresh.security_token or "",
    }
    new = w.ask("GetObject")

    assert fresh.access_key_id in new["url"]
    assert [200, 200] == [w.send(document).status_code for document in (old, new)]


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(days=365)])
def test_a_clock_that_jumps_signs_for_its_new_day(tmp_path: Any, jump: timedelta) -> None:
    w = PresignWorld(tmp_path, session_seconds=40_000_000)
    w.put()
    w.cloud.clock.set(NOON + jump)

    assert 200 == w.send(w.ask("GetObject")).status_code


@pytest.mark.parametrize("missing", [name for name in ENVIRON if name.startswith(("OSS", "ALIBABA"))])
def test_half_an_environment_signs_nothing(missing: str) -> None:
    answer = send(event({"operation": "GetObject", "key": "public/a"}), **{missing: ""})

    assert 500 == status(answer)
    assert "InternalError" == json.loads(answer["body"])["Code"]
