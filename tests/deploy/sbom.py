"""``make sbom``: what the layers hold, as a CycloneDX document made and checked by the project's own Python library."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from shared import __version__
from tests.deploy.trees import LAYERS

NAME = "sbom.cdx.json"
SCHEMA = SchemaVersion.V1_6


class InvalidSbom(Exception):
    """The document does not keep CycloneDX's own schema."""


def document(build: Path) -> str:
    """Return the bill of materials of the packaged layers, the same for the same packages; raises ``InvalidSbom``."""
    layers = [_layer(layer.name, build / "layers") for layer in LAYERS]
    bom = Bom(components=layers)
    bom.metadata.component = Component(
        name="oss-access-grants",
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref="oss-access-grants",
    )
    bom.register_dependency(bom.metadata.component, layers)
    for layer in layers:
        bom.register_dependency(layer, layer.components)
    text = _plain(JsonV1Dot6(bom).output_as_string())
    if problem := JsonStrictValidator(SCHEMA).validate_str(text):
        raise InvalidSbom(str(problem))
    return text


def _plain(text: str) -> str:
    """Return the document without what differs from run to run: its number is that of its contents, it has no time."""
    document = json.loads(text)
    document["metadata"].pop("timestamp", None)
    document.pop("serialNumber", None)
    contents = json.dumps(document, sort_keys=True)
    number = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(contents.encode()).hexdigest())
    return json.dumps({**document, "serialNumber": f"urn:uuid:{number}"}, indent=2, sort_keys=True) + "\n"


def _layer(name: str, folder: Path) -> Component:
    digest = hashlib.sha256((folder / f"{name}.zip").read_bytes()).hexdigest()
    return Component(
        name=f"layer {name}",
        version=__version__,
        type=ComponentType.LIBRARY,
        bom_ref=f"layer:{name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        components=sorted(_distributions(name, folder / name / "python")),
    )


def _distributions(layer: str, packages: Path) -> Iterator[Component]:
    """Yield the distributions that stand in a layer, by their own metadata."""
    for path in sorted(packages.glob("*.dist-info/METADATA")):
        metadata = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        name, version = metadata["Name"], metadata["Version"]
        url = PackageURL("pypi", name=re.sub(r"[-_.]+", "-", name).lower(), version=version)
        yield Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=f"{layer}:{url}",
            purl=url,
            description=metadata["Summary"],
            licenses=_licenses(metadata),
        )


def _licenses(metadata: Message) -> list[LicenseExpression | DisjunctiveLicense]:
    if expression := metadata["License-Expression"]:
        return [LicenseExpression(expression)]
    names = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier", [])
        if text.startswith("License ::")
    ]
    first = (metadata["License"] or "").strip().splitlines()
    return [DisjunctiveLicense(name=name) for name in names or first[:1]]
