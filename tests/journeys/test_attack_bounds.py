"""Costly requests: whatever is sent, work grows with its size, and little of it comes back."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.attack_world import event, send

MIB = 1024 * 1024
MOST_BYTES_OF_A_REFUSAL = 4096
FACE = "\U0001f600"

SHAPES: dict[str, Callable[[int], str]] = {
    "distinct names, the last one twice": lambda n: (
        "{" + ",".join(f'"n{i}":1' for i in range(n)) + f',"n{n - 1}":1}}'
    ),
    "unknown fields": lambda n: json.dumps({f"unknown-{i}": i for i in range(n)}),
    "metadata of numbers": lambda n: json.dumps(
        {"operation": "PutObject", "key": "users/alice/a", "metadata": {f"m{i}": i for i in range(n)}}
    ),
    "part number zero": lambda n: json.dumps(
        {"operation": "UploadPart", "key": "users/alice/a", "upload_id": "U", "part_numbers": [0] * n}
    ),
    "items that are none": lambda n: json.dumps({"items": [FACE] * n}),
    "nested arrays": lambda n: "[" * n + "]" * n,
    "nested objects": lambda n: '{"a":' * n + "1" + "}" * n,
    "one long name": lambda n: json.dumps({FACE * n: 1}, ensure_ascii=False),
    "one long value": lambda n: json.dumps({"operation": FACE * n}, ensure_ascii=False),
    "one long number": lambda n: '{"expires_in": ' + "9" * n + "}",
    "a long file name": lambda n: json.dumps({"operation": "PutObject", "filename": FACE * n}),
    "a long key": lambda n: json.dumps({"operation": "GetObject", "key": "users/alice/" + FACE * n}),
}


def outcome(body: str, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], float, str]:
    began = time.process_time()
    answer = send(event(body))
    return answer, time.process_time() - began, capsys.readouterr().out


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_refused_costs_no_more_than_its_size(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    make = SHAPES[shape]
    unit = len(make(2000)) / 2000
    small, large = (make(int(size / unit)) for size in (MIB // 16, MIB * 0.9))
    outcome(small, capsys)
    few = min(outcome(small, capsys)[1] for _ in range(3))
    answer, seconds, printed = outcome(large, capsys)

    assert 400 <= answer["statusCode"] < 500
    assert MOST_BYTES_OF_A_REFUSAL > len(answer["body"])
    assert MOST_BYTES_OF_A_REFUSAL > max(map(len, printed.splitlines()))
    # 14 times the size may take 30 times the time, or what a timer cannot tell from nothing; squared, it is 200.
    assert seconds < max(30 * few, 0.1)
    assert seconds < 1


def test_a_doubled_name_is_named_and_cut(capsys: pytest.CaptureFixture[str]) -> None:
    name = FACE * 100
    answer, _, _ = outcome(f'{{"{name}":1,"{name}":2}}', capsys)

    assert f"{ascii(FACE * 64)[1:-1][:64]}: named twice" == json.loads(answer["body"])["Message"]


def batch(count: int, key: str) -> str:
    items = [{"operation": "GetObject", "key": f"users/alice/{n}{key}"} for n in range(count)]
    return json.dumps({"items": items}, ensure_ascii=False)


def parts(count: int, key: str) -> str:
    upload = {"operation": "UploadPart", "key": f"users/alice/{key}", "upload_id": "U"}
    return json.dumps({**upload, "part_numbers": list(range(1, count + 1))}, ensure_ascii=False)


@pytest.mark.parametrize("token_length", [500, 1000, 2000, 4000])
@pytest.mark.parametrize(
    "character", ["a", "\u00e9", "\u6587", FACE], ids=["ascii", "latin", "chinese", "emoji"]
)
@pytest.mark.parametrize(
    "make",
    [
        lambda c: batch(1000, c * (800 // len(c.encode()))),
        lambda c: parts(10_000, c),
        lambda c: parts(10_000, c * 200),
    ],
    ids=["batch", "parts, short key", "parts, long key"],
)
def test_an_answer_is_bounded_by_what_it_really_takes(
    make: Callable[[str], str], character: str, token_length: int
) -> None:
    token = "+/" * (token_length // 2)
    tracemalloc.start()
    try:
        answer = send(event(make(character)), ALIBABA_CLOUD_SECURITY_TOKEN=token)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert answer["statusCode"] in (200, 413)
    assert answer["body"].isascii()
    assert 30 * MIB >= len(answer["body"])
    assert 128 * MIB > peak
