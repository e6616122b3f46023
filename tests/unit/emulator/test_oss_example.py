"""The worked example of the package's docstring is true."""

from __future__ import annotations

import doctest

import oss_emulator


def test_the_example_runs_as_it_is_written() -> None:
    result = doctest.testmod(oss_emulator)

    assert result.attempted > 0
    assert 0 == result.failed
