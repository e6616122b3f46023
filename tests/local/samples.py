"""Real files for the demo: text, a PNG, 64 MiB of noise, and a name that breaks careless encoders."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BIG_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One file and its media type."""

    path: Path
    content_type: str

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        return self.path.stat().st_size

    def digest(self) -> str:
        """Return the SHA-256 of the bytes."""
        sha256 = hashlib.sha256()
        for chunk in self.chunks():
            sha256.update(chunk)
        return sha256.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes."""
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def make(folder: Path, *, big_bytes: int = BIG_BYTES) -> list[Sample]:
    """Return four files, written to ``folder``; the big one comes last."""
    text = _file(folder, "notes.txt", b"Temporary, least-privilege access.\n" * 200)
    png = _file(folder, "square.png", _png(64))
    awkward = _file(folder, "my report + \u62a5\u544a (final) 100%.txt", "\u5185\u5bb9\n".encode() * 100)
    big = folder / "noise.bin"
    noise = random.Random(7)  # test data, no secret
    with big.open("wb") as file:
        for begin in range(0, big_bytes, CHUNK_BYTES):
            file.write(noise.randbytes(min(CHUNK_BYTES, big_bytes - begin)))
    return [
        Sample(path=text, content_type="text/plain; charset=utf-8"),
        Sample(path=png, content_type="image/png"),
        Sample(path=awkward, content_type="text/plain"),
        Sample(path=big, content_type="application/octet-stream"),
    ]


def _file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _png(side: int) -> bytes:
    """Return a PNG of ``side`` by ``side`` pixels (PNG, third edition)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"".join(bytes((x * 3, y * 3, 160)) for x in range(side)) for y in range(side))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
