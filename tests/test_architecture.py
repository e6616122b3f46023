"""Each rule of the house holds, and bites a small counter-example."""

from __future__ import annotations

import pytest

from tests.architecture import (
    arrows_up,
    cycle,
    foreign_imports,
    imports_beyond,
    leaks_of_signing,
    median_length,
    modules_outside_the_table,
    over_long_functions,
    over_long_modules,
    path_edits,
    prints,
    third_party_of_functions,
)
from tests.sources import Source, sources, support_sources

SHARED, FUNCTIONS = sources("shared"), sources("functions")
SHIPPED = [*SHARED, *FUNCTIONS]


def test_every_module_has_its_place() -> None:
    bare = [Source("shared.helpers", "")]

    assert [] == modules_outside_the_table(SHARED)
    assert ["shared.helpers"] == modules_outside_the_table(bare)


@pytest.mark.parametrize(
    "text",
    [
        "from shared.fc.http import serve",
        "def later():\n    from shared.settings.functions import once",
        "import shared.presign.payload",
        "from shared.sessions.cache import SessionCache",
    ],
)
def test_arrows_never_point_up(text: str) -> None:
    assert [] == arrows_up(SHARED)
    assert 1 == len(arrows_up([Source("shared.grants.decision", text)]))


def test_no_modules_import_each_other_in_a_circle() -> None:
    circle = [
        Source("shared.sessions.port", "def ask():\n    from shared.sessions import sdk"),
        Source("shared.sessions.sdk", "from shared.sessions.transport import send"),
        Source("shared.sessions.transport", "from shared.sessions.port import StsEndpoint"),
    ]

    assert [] == cycle(SHARED)
    assert 4 == len(cycle(circle))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("validation", "from pydantic import TypeAdapter"),
        ("grants.decision", "def check():\n    from pydantic import TypeAdapter"),
        ("grants.decision", "from annotated_types import Ge"),
        ("sessions.sdk", "from alibabacloud_sts20150401.client import Client"),
        ("sessions.port", "def ask():\n    import requests"),
    ],
)
def test_other_peoples_packages_stay_in_their_place(module: str, text: str) -> None:
    assert [] == foreign_imports(SHARED)
    assert 1 == len(foreign_imports([Source(f"shared.{module}", text)]))


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from shared.settings.functions import once",
        "from requests import Session",
        "from datetime import datetime\nSTARTED = datetime.now()",
        "def read():\n    return open('key')",
    ],
)
def test_signing_is_standard_library_without_clock_environment_and_io(text: str) -> None:
    assert [] == leaks_of_signing(SHARED)
    assert 1 == len(leaks_of_signing([Source("shared.signing.v4", text)]))


@pytest.mark.parametrize(
    "text", ["from functions.sts import index", "import tests.emulator", "import pydantic"]
)
def test_functions_import_from_shared_only(text: str) -> None:
    def beyond(found: list[Source]) -> list[str]:
        return imports_beyond(found, ours=("shared.",)) or third_party_of_functions(found)

    assert [] == beyond(FUNCTIONS)
    assert 1 == len(beyond([Source("functions.presign.index", text)]))


@pytest.mark.parametrize(
    "text",
    ["def check():\n    from shared.signing import v4", "import functions", "from tests.local import gate"],
)
def test_the_emulator_is_a_second_opinion(text: str) -> None:
    assert [] == imports_beyond(sources("tests/emulator"), ours=("tests.emulator.",))
    assert 1 == len(
        imports_beyond([Source("tests.emulator.oss_emulator.wire.v4", text)], ours=("tests.emulator.",))
    )


def test_shipped_code_imports_nothing_of_the_tests() -> None:
    assert [] == imports_beyond(SHARED, ours=("shared.",))
    assert 1 == len(imports_beyond([Source("shared.fc.http", "import tests.local")], ours=("shared.",)))


@pytest.mark.parametrize(
    ("found", "ceiling"),
    [(SHARED, 200), (FUNCTIONS, 60), (support_sources(), 300)],
    ids=["shared", "functions", "tests"],
)
def test_modules_stay_short(found: list[Source], ceiling: int) -> None:
    too_long = [Source("shared.fc.http", "\n" * (ceiling + 1))]

    assert [] == over_long_modules(found, ceiling=ceiling)
    assert 1 == len(over_long_modules(too_long, ceiling=ceiling))


def test_functions_stay_short() -> None:
    too_long = [Source("shared.fc.http", "def serve():" + "\n    pass" * 40)]

    assert [] == over_long_functions([*SHIPPED, *support_sources()], ceiling=40)
    assert 1 == len(over_long_functions(too_long, ceiling=40))


def test_most_functions_stay_below_ten_lines() -> None:
    long = [Source("shared.fc.http", "def serve():" + "\n    pass" * 9)]

    assert 10 > median_length(SHIPPED)
    assert 10 == median_length(long)


@pytest.mark.parametrize(
    "text",
    [
        "sys.path.insert(0, 'x')",
        "sys.path[:0] = ['x']",
        "sys.path = []",
        "sys.path += ['x']",
        "monkeypatch.syspath_prepend('x')",
    ],
)
def test_nobody_edits_the_import_path(text: str) -> None:
    assert [] == path_edits([*SHIPPED, *sources("tests")])
    assert 1 == len(path_edits([Source("tests.conftest", text)]))


def test_shipped_code_does_not_print() -> None:
    assert [] == prints(SHIPPED)
    assert 1 == len(prints([Source("shared.fc.http", "print(1)")]))
