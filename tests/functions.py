"""Handlers for tests: each ``index.py`` under a name of its own, as the platform loads it from its folder."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def load_function(name: str) -> ModuleType:
    """Return a fresh module of ``functions/<name>/index.py``."""
    path = ROOT / "functions" / name / "index.py"
    spec = importlib.util.spec_from_file_location(f"function_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
