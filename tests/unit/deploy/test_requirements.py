"""What gets installed is pinned by hash, the same everywhere, and from no named place."""

from __future__ import annotations

import json
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.deploy.package import ROOT
from tests.deploy.serverless import HERE
from tests.deploy.trees import LAYERS

REQUIREMENTS = ROOT / "requirements"
PINNED = sorted(REQUIREMENTS.glob("*.txt"))
REQUIREMENT = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9-]*)(?:\[[a-z]+\])?==(?P<version>\S+)(?: ; (?P<marker>[^\\]+?))? \\$", re.M
)


def pins(path: Path) -> dict[tuple[str, str], str]:
    """Return version by (name, marker)."""
    found = REQUIREMENT.finditer(path.read_text())
    return {(match["name"], match["marker"] or ""): match["version"] for match in found}


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_every_requirement_has_hashes(path: Path) -> None:
    requirements = re.split(r"^(?=[a-z0-9])", path.read_text(), flags=re.M)[1:]

    assert len(requirements) == len(pins(path))
    assert [] == [each.split()[0] for each in requirements if "--hash=sha256:" not in each]


def test_extras_are_pinned_with_their_package() -> None:
    # pip 23 takes the newest release of a package with extras, unless the pin names the extras too.
    wanted = {
        f"{each.name.lower()}[{','.join(sorted(each.extras))}]"
        for text in [text for distribution in distributions() for text in distribution.requires or ()]
        if (each := Requirement(text)).extras and (each.marker is None or each.marker.evaluate({"extra": ""}))
    }
    pinned = re.findall(r"^([a-z0-9-]+(?:\[[a-z,]+\])?)==", (REQUIREMENTS / "dev.txt").read_text(), re.M)

    assert "coverage[toml]" in wanted
    assert [] == sorted(wanted - set(pinned))


CLIENTS = ROOT / "tests" / "clients"
LOCKS = [
    folder / "package-lock.json" for folder in (HERE, *map(CLIENTS.joinpath, ("node", "fronts", "fronts5")))
]


@pytest.mark.parametrize("path", [*PINNED, *LOCKS], ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_file_names_a_place_to_download_from(path: Path) -> None:
    assert [] == re.findall(r"https?:|index-url|find-links|resolved", path.read_text())


@pytest.mark.parametrize("name", ["build", *(Path(layer.requirements).stem for layer in LAYERS)])
def test_tests_run_with_what_ships(name: str) -> None:
    development = {name: version for (name, _), version in pins(REQUIREMENTS / "dev.txt").items()}
    shipped = {
        name: version for (name, marker), version in pins(REQUIREMENTS / f"{name}.txt").items() if not marker
    }

    assert 0 < len(shipped)
    assert shipped == {name: development[name] for name in shipped}


def test_the_command_line_is_pinned_exactly() -> None:
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    locked = json.loads((HERE / "package-lock.json").read_text())["packages"]

    assert wanted == {
        name: locked[f"node_modules/{name}"]["version"]
        for name in wanted
        if locked[f"node_modules/{name}"]["integrity"]
    }
