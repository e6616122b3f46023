"""The bill of materials of the layers: by what stands in them, in CycloneDX's own schema, the same each time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.archive import archive
from tests.deploy.package import sums
from tests.deploy.sbom import document
from tests.deploy.trees import LAYERS

METADATA = {
    "tiny_house-1.0": "Name: Tiny_House\nVersion: 1.0\nSummary: small\nLicense-Expression: MIT\n",
    "older-2.0": "Name: older\nVersion: 2.0\nLicense: BSD\nClassifier: License :: OSI Approved :: BSD License\n",
    "bare-3.0": "Name: bare\nVersion: 3.0\n",
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Return a build folder whose layers hold three distributions each."""
    for layer in LAYERS:
        packages = tmp_path / "layers" / layer.name / "python"
        for name, text in METADATA.items():
            (packages / f"{name}.dist-info").mkdir(parents=True)
            (packages / f"{name}.dist-info" / "METADATA").write_text(
                f"Metadata-Version: 2.4\n{text}\nAbout.\n"
            )
        archive(tmp_path / "layers" / layer.name, path=tmp_path / "layers" / f"{layer.name}.zip")
    return tmp_path


def layers_of(build: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(document(build))["components"]
    return found


def test_every_distribution_of_a_layer_is_listed_with_its_version_and_licence(build: Path) -> None:
    components = {each["purl"]: each for each in layers_of(build)[0]["components"]}

    assert {"pkg:pypi/tiny-house@1.0", "pkg:pypi/older@2.0", "pkg:pypi/bare@3.0"} == set(components)
    assert [{"expression": "MIT"}] == components["pkg:pypi/tiny-house@1.0"]["licenses"]
    assert [{"license": {"name": "BSD License"}}] == components["pkg:pypi/older@2.0"]["licenses"]
    assert "licenses" not in components["pkg:pypi/bare@3.0"]


def test_a_layer_is_named_by_the_checksum_that_is_printed(build: Path) -> None:
    archives = [
        archive(build / "layers" / each.name, path=build / "layers" / f"{each.name}.zip") for each in LAYERS
    ]
    listed = {f"layer:{each.name}": item.sha256 for each, item in zip(LAYERS, archives, strict=True)}

    assert listed == {each["bom-ref"]: each["hashes"][0]["content"] for each in layers_of(build)}
    for line in sums(archives, build=build).splitlines():
        digest, _, path = line.partition("  ")
        assert digest == hashlib.sha256((build / path).read_bytes()).hexdigest()


def test_equal_packages_have_an_equal_document(build: Path) -> None:
    first = document(build)
    (build / "layers" / LAYERS[0].name / "python" / "bare-3.0.dist-info" / "METADATA").write_text(
        "Name: bare\nVersion: 4\n"
    )
    other = document(build)

    assert document(build) == other
    assert json.loads(first)["serialNumber"] != json.loads(other)["serialNumber"]
