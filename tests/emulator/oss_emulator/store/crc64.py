"""CRC-64 as OSS answers it in ``x-oss-hash-crc64ecma``: ECMA-182, reflected, in decimal."""

from __future__ import annotations

import crcmod

ECMA_182 = 0x142F0E1EBA9EA3693


class Crc64:
    """A running CRC-64."""

    def __init__(self) -> None:
        self._crc = crcmod.Crc(ECMA_182, initCrc=0, xorOut=0xFFFF_FFFF_FFFF_FFFF, rev=True)

    def update(self, data: bytes) -> None:
        """Take more bytes in."""
        self._crc.update(data)

    def decimal(self) -> str:
        """Return the value so far, as the header writes it."""
        return str(self._crc.crcValue)
