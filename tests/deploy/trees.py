"""What stands in each layer and function archive, as folders under the build folder."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.deploy import roots, schemas
from tests.deploy.network import pip_settings, uv_environment, uv_options
from tests.deploy.target import Target


class NotInstalled(Exception):
    """What a layer needs could not be installed."""


EPOCH = 315_532_800
"""1980-01-01, the first date a zip can hold; on every file, so that equal contents make equal archives."""

_NOT_AT_RUN_TIME = ("__pycache__", "*.pyi", "py.typed", "*.c", "*.h", "*.pyx", "*.pxd", "*.pxi")
_NOT_OF_DIST_INFO = ("INSTALLER", "REQUESTED", "WHEEL", "sboms", "top_level.txt", "*.json")
_TESTS = ("tests", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer: where it is published, what is installed into it, what it need not hold."""

    name: str
    requirements: str
    own_wheel: bool = False
    source_only: tuple[str, ...] = ()
    """Distributions without a wheel: built here, from the pinned source, and pure Python."""
    never_imported: tuple[str, ...] = ()
    """Paths that no code path of ours imports; the packaged functions run without them."""
    compiled_away: tuple[str, ...] = ()
    """Distributions that nothing imports once the schemas of the models are compiled."""
    left_out: tuple[str, ...] = ()
    """Distributions that nothing which runs needs: ``shared.sessions.stand_ins`` stands in for their imports."""


LAYERS = (
    Layer(
        name="shared",
        requirements="base.txt",
        own_wheel=True,
        # pydantic of the first generation, whole, and a plug-in for a type checker.
        never_imported=("pydantic/v1", "pydantic/mypy.py"),
        # With the schemas compiled, validation needs the core alone.
        compiled_away=("pydantic", "typing_extensions", "typing_inspection", "annotated_types"),
    ),
    Layer(
        name="sts-sdk",
        requirements="sts.txt",
        source_only=("alibabacloud-tea",),
        left_out=(
            *("aiofiles", "aiohappyeyeballs", "aiohttp", "aiosignal", "alibabacloud_credentials"),
            *(
                "alibabacloud_credentials_api",
                "alibabacloud_gateway_spi",
                "alibabacloud_tea_util",
                "apscheduler",
            ),
            *("async_timeout", "attrs", "cffi", "charset_normalizer", "cryptography", "frozenlist", "idna"),
            *("multidict", "propcache", "pycparser", "requests", "typing_extensions", "tzdata", "tzlocal"),
            *("urllib3", "websocket_client", "yarl"),
        ),
    ),
    Layer(name="oidc", requirements="oidc.txt", left_out=("pycparser", "typing_extensions")),
    Layer(name="redis", requirements="redis.txt"),
)
"""In the order in which functions list them: the platform takes a file from the first layer that holds it."""


def layer_tree(layer: Layer, *, root: Path, folder: Path, target: Target) -> Path:
    """Return ``folder`` with the layer's contents: ``python/…`` is what lands in ``/opt/python``."""
    packages = folder / "python"
    install = ["--require-hashes", "-r", str(root / "requirements" / layer.requirements)]
    if layer.source_only:
        install += [f"--no-binary={name}" for name in layer.source_only]
    _uv_install(install, into=packages, target=target)
    if layer.own_wheel:
        with tempfile.TemporaryDirectory() as scratch:
            _uv_install([str(_own_wheel(root, Path(scratch)))], into=packages, target=target)
    for name in layer.left_out:
        _leave_out(name, packages)
    bundle = packages / "certifi" / "cacert.pem"
    if bundle.exists():
        roots.write(bundle.read_text(), folder=roots.beside(bundle.parent))
    if layer.compiled_away and not is_plain(os.environ):
        schemas.refuse_other_core(_version_of("pydantic_core", packages))
        schemas.write(packages / "shared" / "compiled_schemas.py")
        for name in layer.compiled_away:
            _leave_out(name, packages)
        # The core's Python side is for those who write schemas.
        _remove([packages / "pydantic_core" / "core_schema.py"])
    _remove(_superfluous(packages, layer))
    return folder


def _version_of(distribution: str, packages: Path) -> str:
    """Return the version of an installed distribution, which the name of its metadata folder ends in."""
    (metadata,) = packages.glob(f"{distribution}-*.dist-info")
    return metadata.name.removeprefix(f"{distribution}-").removesuffix(".dist-info")


def _leave_out(distribution: str, packages: Path) -> None:
    """Remove a whole distribution, by its own record of files; one that this target has no use for is not there."""
    for record in packages.glob(f"{distribution}-*.dist-info/RECORD"):
        with record.open(newline="", encoding="utf-8") as listed:
            paths = [packages / path for path, *_ in csv.reader(listed)]
        _remove(paths)
        _remove([record.parent])
        _remove_empty(packages)


def _remove_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def is_plain(environ: Mapping[str, str]) -> bool:
    """Tell whether ``PLAIN_PYDANTIC=true`` asks for packages in which pydantic itself validates."""
    return environ.get("PLAIN_PYDANTIC", "") == "true"


def without(names: Path, *, of: Path) -> None:
    """Remove from the tree ``of`` what the layer ``names``, which stands before it, holds already."""
    _remove(of / "python" / entry.name for entry in (names / "python").iterdir())


def function_tree(source: Path, *, folder: Path) -> Path:
    """Return ``folder`` with a function's code, which lands in ``/code``."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return folder


def files(folder: Path) -> list[Path]:
    """Return all files below ``folder``, in the one order that archives have."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def reset_times(folder: Path) -> None:
    """Give every file the same time: the component compares archives by checksum, times and all."""
    for path in files(folder):
        os.utime(path, (EPOCH, EPOCH))


def _uv_install(arguments: Sequence[str], *, into: Path, target: Target) -> None:
    # pip would evaluate environment markers for the Python that runs it; uv does it for the target.
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
    ]
    command += ["--target", str(into), "--no-deps", "--link-mode", "copy", "--only-binary", ":all:"]
    command += ["--python-version", target.python, "--python-platform", target.libraries]
    _uv([*command, "--no-build-isolation", *arguments])


def _uv(command: Sequence[str]) -> None:
    """Run uv with pip's index and certificates; raises ``NotInstalled``, for uv has said what is wrong."""
    settings = pip_settings(os.environ)
    done = subprocess.run(
        [*command, *uv_options(settings)], env=uv_environment(os.environ, settings), check=False
    )
    if done.returncode:
        raise NotInstalled(
            "uv could not install what the layer needs: see above; index, proxy and certificates are pip's"
        )


def _own_wheel(root: Path, scratch: Path) -> Path:
    # Built from a copy: setuptools keeps a build folder, and would pack modules that are gone since.
    copy = scratch / "source"
    shutil.copytree(root / "shared", copy / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    command = [
        sys.executable,
        "-m",
        "uv",
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
    ]
    _uv([*command, "--out-dir", str(scratch / "dist"), str(copy)])
    return next((scratch / "dist").glob("*.whl"))


def _superfluous(packages: Path, layer: Layer) -> Iterable[Path]:
    yield from (packages / name for name in ("bin", ".lock", *layer.never_imported))
    # That of our own wheel names files of this machine's installer, which differ each time.
    yield from packages.glob("oss_access_grants-*.dist-info/RECORD")
    for pattern in _NOT_AT_RUN_TIME:
        yield from packages.rglob(pattern)
    for pattern in _NOT_OF_DIST_INFO:
        yield from packages.glob(f"*.dist-info/{pattern}")
    for name in _TESTS:
        yield from (path for path in packages.rglob(name) if (path / "__init__.py").exists())


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
