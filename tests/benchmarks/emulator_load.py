"""Load on the emulator: ``python -m tests.benchmarks.emulator_load [--requests 100000] [--clients 200] [--mib 1024] [--moto PYTHON]``.

Many clients at once, each on a connection and keys of its own, whose every answer is compared with what must come;
one large object in parts and a range of it; and the peak of the server's memory. ``--moto`` names an interpreter
that has moto's server, which then takes the same small puts and gets, in turns.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from statistics import median

from tests.benchmarks.servers import Client, Server, emulator, moto

MIB = 1024 * 1024
PART_BYTES = 8 * MIB
SMALL_BYTES = 1024
ROUNDS = 3


class Mixed:
    """One client's requests, at random, and what must be answered to each."""

    def __init__(self, server: Server, number: int) -> None:
        self._random = random.Random(number)
        self._prefix = f"load/{number}/"
        self._held: dict[str, bytes] = {}
        self._client = server.client()

    def run(self, requests: int) -> int:
        """Send that many requests; return how many answers were wrong."""
        doing = (
            self._put,
            self._put,
            self._get,
            self._get,
            self._part_of,
            self._head,
            self._list,
            self._delete,
        )
        with closing(self._client):
            return sum(not self._random.choice(doing)(self._key()) for _ in range(requests))

    def _key(self) -> str:
        return f"{self._prefix}{self._random.randrange(8)} 猫+.bin"

    def _put(self, key: str) -> bool:
        body = self._random.randbytes(self._random.randrange(4 * SMALL_BYTES))
        self._held[key] = body
        answer = self._client.send("PUT", key, body)
        return (
            answer.status == 200
            and hashlib.md5(body, usedforsecurity=False).hexdigest().upper() in answer.headers["ETag"]
        )

    def _get(self, key: str) -> bool:
        answer = self._client.send("GET", key)
        if key not in self._held:
            return answer.status == 404 and b"NoSuchKey" in answer.body
        return answer.status == 200 and answer.body == self._held[key]

    def _part_of(self, key: str) -> bool:
        held = self._held.get(key, b"")
        if not held:
            return self._get(key)
        first = self._random.randrange(len(held))
        last = self._random.randrange(first, len(held))
        answer = self._client.send("GET", key, headers={"Range": f"bytes={first}-{last}"})
        return answer.status == 206 and answer.body == held[first : last + 1]

    def _head(self, key: str) -> bool:
        answer = self._client.send("HEAD", key)
        if key not in self._held:
            return answer.status == 404
        return answer.status == 200 and int(answer.headers["Content-Length"]) == len(self._held[key])

    def _list(self, _: str) -> bool:
        query = {"list-type": "2", "prefix": self._prefix}
        answer = self._client.send("GET", "", query=query)
        listed = re.findall(r"<Key>(.*?)</Key>", answer.body.decode())
        return answer.status == 200 and listed == sorted(self._held)

    def _delete(self, key: str) -> bool:
        self._held.pop(key, None)
        return self._client.send("DELETE", key).status == 204


def mixed(server: Server, *, clients: int, requests: int) -> tuple[int, int, float]:
    """Return how many requests were sent by all clients, how many answers were wrong, and the seconds it took."""
    each = max(1, requests // clients)
    begun = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        wrong = sum(pool.map(lambda number: Mixed(server, number).run(each), range(clients)))
    return clients * each, wrong, time.monotonic() - begun


def large(server: Server, *, mib: int) -> float:
    """Send an object of that size in parts, read ranges of it, and return the seconds; raises where a byte is wrong."""
    begun = time.monotonic()
    count = max(1, mib * MIB // PART_BYTES)
    with closing(server.client()) as client:
        started = client.send("POST", "large.bin", query={"uploads": ""})
        upload = re.findall(r"<UploadId>(.*?)</UploadId>", started.body.decode())[0]
    with ThreadPoolExecutor(4) as pool:
        tags = list(pool.map(lambda number: _send_part(server, upload, number), range(1, count + 1)))
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
        for number, tag in enumerate(tags, 1)
    )
    document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    with closing(server.client()) as client:
        done = client.send("POST", "large.bin", document, query={"uploadId": upload})
        _check_ranges(client, count)
    if done.status != 200:
        raise AssertionError(f"complete: {done.status}")
    return time.monotonic() - begun


def _send_part(server: Server, upload: str, number: int) -> str:
    with closing(server.client()) as client:
        query = {"partNumber": str(number), "uploadId": upload}
        answer = client.send("PUT", "large.bin", part(number), query=query)
    return answer.headers["ETag"]


def _check_ranges(client: Client, count: int) -> None:
    for number in {1, count // 2 + 1, count}:
        first = (number - 1) * PART_BYTES
        asked = {"Range": f"bytes={first}-{first + PART_BYTES - 1}"}
        if client.send("GET", "large.bin", headers=asked).body != part(number):
            raise AssertionError(f"part {number} came back otherwise")


def part(number: int) -> bytes:
    """Return the bytes of one part: no two are alike."""
    return random.Random(number).randbytes(MIB) * (PART_BYTES // MIB)


def small(server: Server, *, clients: int, requests: int) -> float:
    """Return puts and gets of 1 KiB a second, by clients that send both in turn."""

    def one(number: int) -> None:
        body = random.Random(number).randbytes(SMALL_BYTES)
        with closing(server.client()) as client:
            for _ in range(requests // clients // 2):
                client.send("PUT", f"small/{number}", body)
                if client.send("GET", f"small/{number}").body != body:
                    raise AssertionError(f"small/{number} came back otherwise")

    begun = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(clients)))
    return requests / (time.monotonic() - begun)


def beside(python: str, *, clients: int, requests: int) -> tuple[float, float]:
    """Return the medians of ``small`` on the emulator and on moto, measured in turns."""
    figures: tuple[list[float], list[float]] = ([], [])
    with emulator() as ours, moto(python) as theirs:
        for _ in range(ROUNDS):
            for server, found in zip((ours, theirs), figures, strict=True):
                found.append(small(server, clients=clients, requests=requests))
    return median(figures[0]), median(figures[1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was measured; ends with status 1 where an answer was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.emulator_load", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--mib", type=int, default=1024, help="size of the large object")
    parser.add_argument("--moto", metavar="PYTHON", help="an interpreter with moto[s3,server]")
    asked = parser.parse_args(arguments)
    with emulator() as server:
        seconds = large(server, mib=asked.mib)
        print(
            f"{asked.mib} MiB in parts of {PART_BYTES // MIB} MiB, and ranges: {asked.mib / seconds:.0f} MiB/s"
        )
        sent, wrong, seconds = mixed(server, clients=asked.clients, requests=asked.requests)
        print(
            f"{sent:,} mixed requests of {asked.clients} clients: {wrong} wrong, {sent / seconds:.0f} a second"
        )
        print(f"memory of the server at its peak: {server.peak_mib()} MiB")
    if asked.moto:
        ours, theirs = beside(asked.moto, clients=16, requests=min(asked.requests, 4000))
        print(f"puts and gets of 1 KiB: {ours:.0f} a second, moto {theirs:.0f}: {ours / theirs:.2f} times")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
