"""The packages: made for the platform whatever this machine is, and complete without it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.deploy.package import ROOT, package
from tests.deploy.serverless import ACCOUNT_ID
from tests.deploy.target import SUPPORTED, Target, interpreter
from tests.deploy.unpacked import Unpacked, run_bare, unpack
from tests.local import template

Packages = Callable[[str], Path]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/index.py"))
UNCHECKED_HASH = 1
ENVIRON = {
    "OSS_REGION": "cn-hangzhou",
    "OSS_BUCKET": "examplebucket",
    "GRANT_READ_PREFIXES": "incoming/",
    "STS_ROLE_ARN": "acs:ram::123456789012:role/session",
    "STS_ENDPOINT": "http://127.0.0.1:9",
    "ALLOW_INSECURE_ENDPOINTS": "true",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.made-up",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "made-up",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "made-up",
}


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Return ``build(version)``: the build folder of packages for that Python, made once."""
    made: dict[str, Path] = {}

    def build(version: str) -> Path:
        if version not in made:
            made[version] = tmp_path_factory.mktemp(f"build-{version}")
            package(target=Target(python=version), build=made[version])
        return made[version]

    return build


def python_of(version: str) -> Path:
    python = interpreter(Target(python=version))
    if python is None:
        pytest.skip(f"no Python {version} on this machine: what needs it was left out")
    return python


def members(build: Path) -> dict[str, bytes]:
    return {
        f"{archive.stem}/{name}": zipped.read(name)
        for archive in sorted(build.glob("*/*.zip"))
        for zipped in [ZipFile(archive)]
        for name in zipped.namelist()
    }


def unpacked(function: str, *, build: Path, into: Path) -> Unpacked:
    layers = template.resources({}, account_id=ACCOUNT_ID)[function]["props"]["layers"]
    return unpack(function, layers=layers, build=build, into=into)


def test_they_are_equal_bit_by_bit_when_made_twice(packages: Packages, tmp_path: Path) -> None:
    first = packages(SUPPORTED[0])
    package(target=Target(python=SUPPORTED[0]), build=tmp_path)

    names = [path.relative_to(first) for path in sorted(first.glob("*/*.zip"))]

    assert 2 + len(FUNCTIONS) == len(names)
    assert [(first / name).read_bytes() for name in names] == [
        (tmp_path / name).read_bytes() for name in names
    ]


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_binary_is_one_that_the_platform_loads(packages: Packages, version: str) -> None:
    binaries = {name: data for name, data in members(packages(version)).items() if name.endswith(".so")}
    newest = max(int(minor) for data in binaries.values() for minor in re.findall(rb"GLIBC_2\.(\d+)", data))
    tag = f"cpython-{version.replace('.', '')}-x86_64-linux-gnu"

    assert 0 < len(binaries)
    assert [] == [
        name for name in binaries if tag not in name and "abi3" not in name and ".libs/" not in name
    ]
    assert 28 >= newest


def test_markers_are_those_of_the_target(packages: Packages) -> None:
    names = {version: members(packages(version)).keys() for version in SUPPORTED}

    assert "sts-sdk/python/async_timeout/__init__.py" in names["3.10"]
    assert "sts-sdk/python/async_timeout/__init__.py" not in names["3.12"]


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_module_has_bytecode_that_no_file_time_makes_stale(packages: Packages, version: str) -> None:
    python_of(version)
    contents = members(packages(version))
    modules = [name for name in contents if name.endswith(".py")]
    compiled = [_bytecode_of(name, version) for name in modules]

    assert [] == [name for name in compiled if name not in contents]
    assert {UNCHECKED_HASH} == {int.from_bytes(contents[name][4:8], "little") for name in compiled}
    assert len(compiled) == sum(name.endswith(".pyc") for name in contents)


def _bytecode_of(module: str, version: str) -> str:
    folder, _, name = module.rpartition("/")
    return f"{folder}/__pycache__/{name.removesuffix('.py')}.cpython-{version.replace('.', '')}.pyc"


@pytest.mark.parametrize("version", SUPPORTED)
def test_they_hold_nothing_that_only_development_needs(packages: Packages, version: str) -> None:
    build = packages(version)
    contents = members(build)
    needless = re.compile(r"\.(pyi|pyx|pxd|c|h)$|py\.typed$|/RECORD$|/INSTALLER$|/tests?/|\.fcignore$")

    assert [] == [name for name in contents if needless.search(name)]
    assert [] == [
        name for name, data in contents.items() if str(ROOT).encode() in data or str(build).encode() in data
    ]


def test_no_module_comes_twice(packages: Packages) -> None:
    names = members(packages(SUPPORTED[0]))
    below = {
        layer: {name.removeprefix(layer) for name in names if name.startswith(layer)}
        for layer in ("shared/", "sts-sdk/")
    }

    assert set() == below["shared/"] & below["sts-sdk/"]


@pytest.mark.parametrize("version", SUPPORTED)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_answers_in_a_bare_interpreter(
    packages: Packages, tmp_path: Path, function: str, version: str
) -> None:
    python = python_of(version)
    folders = unpacked(function, build=packages(version), into=tmp_path)
    event = json.dumps({"operation": "GetObject", "key": "incoming/a.txt"})

    said = run_bare(folders, python=python, name=function, event=event, environ=ENVIRON)

    assert [] == [file for file in said["files"] if "site-packages" in file or str(ROOT) in file]
    assert said["answer"]
