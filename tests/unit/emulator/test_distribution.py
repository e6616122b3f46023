"""What the distribution ``oss-emulator`` declares is what its modules import."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions, requires

import pytest

from tests.sources import EMULATOR, Source, imports, sources


def undeclared(found: Iterable[Source]) -> set[str]:
    """Return imported packages that no declared distribution provides; what a function imports may be an extra."""
    always, extras = declared()
    return {
        each.package
        for source in found
        for each in imports(source)
        if not each.is_for_type_checkers
        and each.package not in sys.stdlib_module_names | {"tests"}
        and not (always if each.at_module_level and not is_plugin(source) else always | extras)
        & providers(each.package)
    }


def is_plugin(source: Source) -> bool:
    """Tell whether pytest alone loads this module."""
    return source.name == f"{EMULATOR}.plugin"


def declared() -> tuple[set[str], set[str]]:
    """Return the names of distributions that are always installed, and of those that an extra installs."""
    names = {line: canonical(re.split(r"[^\w.-]", line)[0]) for line in requires("oss-emulator") or []}
    return (
        {name for line, name in names.items() if "extra ==" not in line},
        {name for line, name in names.items() if "extra ==" in line},
    )


@cache
def providers(package: str) -> set[str]:
    return {canonical(name) for name in packages_distributions().get(package, [])}


def canonical(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("text", ["import pydantic", "def later():\n    import pydantic", "import responses"])
def test_whoever_installs_the_emulator_can_import_it(text: str) -> None:
    assert set() == undeclared(sources("tests/emulator/oss_emulator"))
    assert 1 == len(undeclared([Source(f"{EMULATOR}.cloud", text)]))


def test_nothing_is_installed_that_no_module_imports() -> None:
    imported = {each.package for source in sources("tests/emulator/oss_emulator") for each in imports(source)}
    used = {name for package in imported for name in providers(package)}

    assert set() == set.union(*declared()) - used
