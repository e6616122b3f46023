"""CRC-64: with crcmod or without, in one piece or in many."""

from __future__ import annotations

import pytest

from oss_emulator.store.crc64 import Sum, plain, quickest


@pytest.mark.parametrize("summed", [plain, quickest()])
def test_the_published_check_value_comes_out(summed: Sum) -> None:
    assert 0x995DC9BBDF1939FA == summed(b"123456789", 0)


def test_both_ways_agree_however_the_bytes_are_cut() -> None:
    data = bytes(range(256)) * 4
    whole = quickest()(data, 0)
    cuts = range(0, len(data) + 1, 37)

    assert {whole} == {plain(data[cut:], plain(data[:cut], 0)) for cut in cuts}
