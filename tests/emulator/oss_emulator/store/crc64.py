"""CRC-64 as OSS answers it in ``x-oss-hash-crc64ecma``: ECMA-182, reflected, in decimal."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

ECMA_182 = 0x142F0E1EBA9EA3693
REFLECTED = 0xC96C5795D7870F42
MASK = 0xFFFF_FFFF_FFFF_FFFF

Sum = Callable[[bytes, int], int]
"""Returns the CRC of bytes that follow others, whose CRC is given."""


class Crc64:
    """A running CRC-64."""

    def __init__(self) -> None:
        self._sum, self._value = quickest(), 0

    def update(self, data: bytes) -> None:
        """Take more bytes in."""
        self._value = self._sum(data, self._value)

    def decimal(self) -> str:
        """Return the value so far, as the header writes it."""
        return str(self._value)


@cache
def quickest() -> Sum:
    """Return crcmod's sum, written in C, where the extra ``fast`` is installed; the plain one elsewhere."""
    try:
        import crcmod
    except ModuleNotFoundError:
        return plain
    made: Sum = crcmod.mkCrcFun(ECMA_182, initCrc=0, xorOut=MASK, rev=True)
    return made


def plain(data: bytes, crc: int) -> int:
    """Return the CRC by the standard library alone: some megabytes a second."""
    table, crc = _table(), crc ^ MASK
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ MASK


@cache
def _table() -> tuple[int, ...]:
    return tuple(map(_row, range(256)))


def _row(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (REFLECTED if value & 1 else 0)
    return value
