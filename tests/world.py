"""Worlds for tests: environments, events and callers, and fresh instances of functions."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).parents[1]


class Respond(Protocol):
    """The contract of a function for tests and other hosts."""

    def __call__(
        self, event: bytes, context: Any, *, environ: Mapping[str, str], now: datetime
    ) -> dict[str, Any]:
        """Answer one invocation in this environment and at this time."""
        ...


def instance(name: str) -> Respond:
    """Return ``respond`` of a fresh instance of a function, which has kept nothing from other tests."""
    spec = importlib.util.spec_from_file_location(
        f"instance_of_{name}", ROOT / "functions" / name / "index.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    respond: Respond = module.respond
    return respond
