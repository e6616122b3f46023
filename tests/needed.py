"""Programs that some tests need: where one is missing they say what was left out, and CI leaves nothing out."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def program(name: str, *, leaves_out: str) -> str:
    """Return the path of a program; skips without it, and fails in CI."""
    return shutil.which(name) or left_out(f"no {name} here: {leaves_out}")


def left_out(reason: str) -> NoReturn:
    """Skip the test, saying what is left out; in CI (``CI=true``) fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
