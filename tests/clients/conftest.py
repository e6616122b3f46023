"""A browser, and pages with front ends of docs/clients; a test file brings its own stack, a test its ``module``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.front_world import Front, browsing, bundle, opened
from tests.local.stack import Stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as launched:
        yield launched


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture
def front(browser: Any, stack: Stack, bundles: Path, module: str) -> Iterator[Front]:
    with opened(browser, stack, bundle(module, bundles)) as page:
        yield page
