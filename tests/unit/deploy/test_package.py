"""The packages: made for the platform whatever this machine is, and complete without it."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import ssl
import subprocess
from collections.abc import Callable
from contextlib import closing
from operator import itemgetter
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import certifi
import pytest

from oss_emulator.app import Emulator
from oss_emulator.server import serve
from shared.sessions.stand_ins import UNUSED
from tests import needed
from tests.certificate import made_up_certificate
from tests.deploy import roots
from tests.deploy.package import ROOT, STEPS, package
from tests.deploy.serverless import ACCOUNT_ID
from tests.deploy.target import SUPPORTED, Target, interpreter
from tests.deploy.trees import LAYERS
from tests.deploy.unpacked import run_bare, unpack
from tests.journeys.sts_world import StsWorld, sts_world
from tests.local import template

Packages = Callable[[str], Path]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/index.py"))
SAMPLES = sorted((ROOT / "events").glob("*.json"))
UNCHECKED_HASH = 1
DEPLOYED = {
    "EVENT_PREFIX": "users/",
    "GRANT_READ_PREFIXES": "users/{sub}/",
    "GRANT_WRITE_PREFIXES": "users/{sub}/",
    "STS_ENDPOINT": "http://127.0.0.1:9",
    "SIGNING_SESSION": "function",
}
SET_BY_THE_PLATFORM = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.made-up",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "made-up",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "made-up",
    # STS is a closed port here: the answer is that it cannot be reached.
    "ALLOW_INSECURE_ENDPOINTS": "true",
}


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Return ``build(version)``: the build folder of packages for that Python, made once."""
    made: dict[str, Path] = {}

    def build(version: str) -> Path:
        if version not in made:
            made[version] = tmp_path_factory.mktemp(f"build-{version}")
            said: list[str] = []
            package(target=Target(python=version), build=made[version], say=said.append)
            assert [*STEPS] == said
        return made[version]

    return build


def python_of(version: str) -> Path:
    python = interpreter(Target(python=version))
    if python is None:
        needed.left_out(f"no Python {version} here: packages for it")
    return python


def members(build: Path) -> dict[str, bytes]:
    return {
        f"{archive.stem}/{name}": zipped.read(name)
        for archive in sorted(build.glob("*/*.zip"))
        for zipped in [ZipFile(archive)]
        for name in zipped.namelist()
    }


def answer(event: str, *, function: str, version: str, build: Path, into: Path) -> Any:
    """Return what the packaged function answers, having loaded nothing of this project or its environment."""
    return said(event, function=function, version=version, build=build, into=into)["answer"]


def said(event: str, *, function: str, version: str, build: Path, into: Path) -> dict[str, Any]:
    """Return the packaged function's answer, and the files of all modules that it loaded."""
    python = python_of(version)
    props = template.resources(DEPLOYED, account_id=ACCOUNT_ID)[function]["props"]
    unpacked = unpack(function, layers=props["layers"], build=build, into=into)
    environ = props["environmentVariables"] | SET_BY_THE_PLATFORM
    told = run_bare(unpacked, python=python, name=function, event=event, environ=environ)

    assert [] == [file for file in told["files"] if "site-packages" in file or str(ROOT) in file]
    return told


def function_of(sample: Path) -> str:
    """Return whom a sample is for, by its name: ``http-get-presign.json``, ``direct-sts.json``, or events."""
    if not sample.name.startswith(("http-", "direct-")):
        return "presign_on_event"
    return next((name for name in ("presign", "sts") if name in sample.name), "presign_on_event")


@pytest.mark.parametrize("version", SUPPORTED)
def test_they_are_equal_bit_by_bit_when_made_twice(packages: Packages, tmp_path: Path, version: str) -> None:
    first = packages(version)
    package(target=Target(python=version), build=tmp_path)

    names = [path.relative_to(first) for path in sorted(first.glob("*/*.zip"))]

    assert len(LAYERS) + len(FUNCTIONS) == len(names)
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


def importable(name: str, packages: Path) -> bool:
    """Tell whether a folder holds a module of this name."""
    path = packages / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("version", SUPPORTED)
def test_what_nothing_needs_is_left_out_whole(packages: Packages, version: str) -> None:
    for layer in LAYERS:
        python = packages(version) / "layers" / layer.name / "python"
        kept = {path.name.rpartition("-")[0] for path in python.glob("*.dist-info")}

        assert set() == kept & {*layer.left_out, *layer.compiled_away}, layer.name
    assert 0.7 * 2**20 > (packages(version) / "layers" / "sts-sdk.zip").stat().st_size


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_file_of_others_is_the_one_of_its_wheel(packages: Packages, version: str) -> None:
    for layer in LAYERS:
        python = packages(version) / "layers" / layer.name / "python"
        recorded: dict[str, str] = {}
        for record in python.glob("*.dist-info/RECORD"):
            with record.open(newline="", encoding="utf-8") as listed:
                recorded |= {path: digest for path, digest, _ in csv.reader(listed)}
        held = [path for path in python.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        unlike = [
            name
            for path in held
            for name in [str(path.relative_to(python))]
            if not name.startswith(("shared/", "oss_access_grants-", "certifi_roots/"))
            if not name.endswith("/RECORD") and recorded.get(name) != _digest(path)
        ]

        assert len(recorded) > 0
        assert [] == unlike


def _digest(path: Path) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def test_without_its_layer_the_log_says_what_is_missing(packages: Packages, tmp_path: Path) -> None:
    version = SUPPORTED[-1]
    props = template.resources(DEPLOYED, account_id=ACCOUNT_ID)["sts"]["props"]
    unpacked = unpack("sts", layers=props["layers"][:1], build=packages(version), into=tmp_path)
    told = run_bare(
        unpacked,
        python=python_of(version),
        name="sts",
        event=(ROOT / "events" / "http-get-sts.json").read_text(encoding="utf-8"),
        environ=props["environmentVariables"] | SET_BY_THE_PLATFORM,
    )

    assert 500 == told["answer"]["statusCode"]
    assert ("Misconfigured", "layers") == itemgetter("error", "variable")(json.loads(told["log"][-1]))


@pytest.mark.parametrize("version", SUPPORTED)
def test_what_is_left_is_of_use_to_what_the_platform_has_installed(packages: Packages, version: str) -> None:
    # requests and oss2 look for certifi, other SDKs for Tea: both are found in the layer.
    python = packages(version) / "layers" / "sts-sdk" / "python"
    command = [str(python_of(version)), "-S", "-B", "-c", "import certifi; print(certifi.contents())"]
    ended = subprocess.run(
        command, env={"PYTHONPATH": str(python)}, capture_output=True, text=True, check=True
    )

    assert Path(certifi.where()).read_text().strip() == ended.stdout.strip()
    assert importable("Tea.core", python)


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_module_has_bytecode_that_no_file_time_makes_stale(packages: Packages, version: str) -> None:
    python_of(version)
    contents = members(packages(version))
    modules = [name for name in contents if name.endswith(".py")]
    compiled = [_bytecode_of(name, version) for name in modules]

    assert [] == [name for name in compiled if name not in contents]
    assert {UNCHECKED_HASH} == {int.from_bytes(contents[name][4:8], "little") for name in compiled}
    assert len(compiled) == sum(name.endswith(".pyc") for name in contents)


COMPILED_AGAIN = """
import marshal, py_compile, sys
from pathlib import Path
for root, lands_in in zip(sys.argv[2::2], sys.argv[3::2]):
    for source in sorted(Path(root).rglob("*.py")):
        made = Path(sys.argv[1], "again.pyc")
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        shown = lands_in + "/" + str(source.relative_to(root))
        py_compile.compile(str(source), cfile=str(made), dfile=shown, doraise=True, invalidation_mode=mode)
        shipped = source.parent / "__pycache__" / (source.stem + "." + sys.implementation.cache_tag + ".pyc")
        ours, theirs = made.read_bytes(), shipped.read_bytes()
        # Which constants are written as references depends on who else holds them: the code is what counts.
        assert ours[:16] == theirs[:16] and marshal.loads(ours[16:]) == marshal.loads(theirs[16:]), source
        print(source)
"""


@pytest.mark.parametrize("version", SUPPORTED)
def test_bytecode_is_the_compiled_form_of_the_source_beside_it(
    packages: Packages, tmp_path: Path, version: str
) -> None:
    build = packages(version)
    roots = {layer.name: ("layers", "/python", "/opt/python") for layer in LAYERS}
    roots |= dict.fromkeys(FUNCTIONS, ("functions", "", "/code"))
    arguments = []
    for name, (kind, inside, lands_in) in roots.items():
        ZipFile(build / kind / f"{name}.zip").extractall(tmp_path / name)
        arguments += [f"{tmp_path}/{name}{inside}", lands_in]
    done = subprocess.run(
        [str(python_of(version)), "-s", "-c", COMPILED_AGAIN, str(tmp_path), *arguments],
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == done.stderr
    assert sum(name.endswith(".pyc") for name in members(build)) == len(done.stdout.splitlines())


def _bytecode_of(module: str, version: str) -> str:
    folder, _, name = module.rpartition("/")
    return f"{folder}/__pycache__/{name.removesuffix('.py')}.cpython-{version.replace('.', '')}.pyc"


@pytest.mark.parametrize("version", SUPPORTED)
def test_they_hold_nothing_that_only_development_needs(packages: Packages, version: str) -> None:
    build = packages(version)
    contents = members(build)
    needless = re.compile(r"\.(pyi|pyx|pxd|c|h)$|py\.typed$|/INSTALLER$|/tests?/|\.fcignore$")

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
@pytest.mark.parametrize("function", ["presign", "sts"])
def test_a_function_refuses_an_unknown_field_in_a_bare_interpreter(
    packages: Packages, tmp_path: Path, function: str, version: str
) -> None:
    event = json.dumps({"operation": "GetObject", "key": "users/alice/a.txt", "unknown": 1})

    said = answer(event, function=function, version=version, build=packages(version), into=tmp_path)

    assert "InvalidArgument" == said["Code"]


@pytest.mark.parametrize("version", SUPPORTED)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_event_is_answered_in_a_bare_interpreter(
    packages: Packages, tmp_path: Path, sample: Path, version: str
) -> None:
    event, function = sample.read_text(encoding="utf-8"), function_of(sample)

    said = answer(event, function=function, version=version, build=packages(version), into=tmp_path)

    assert "InternalError" not in json.dumps(said)


@pytest.mark.parametrize("version", SUPPORTED)
def test_a_start_loads_nothing_that_costs_more_than_it_does(
    packages: Packages, tmp_path: Path, version: str
) -> None:
    event = (ROOT / "events" / "http-post-presign-put.json").read_text(encoding="utf-8")
    told = said(event, function="presign", version=version, build=packages(version), into=tmp_path)
    loaded = {Path(file).parent.name + "/" + Path(file).stem for file in told["files"]}
    names = {name.rpartition("/")[2] for name in loaded}

    assert 200 == told["answer"]["statusCode"]
    assert set() == names & {"dataclasses", "inspect", "typing_extensions"}
    # What the core of pydantic imports before it writes its first JSON.
    assert set() == names & {"decimal", "_decimal", "fractions", "pathlib", "uuid"}
    assert set() == {name for name in loaded if name.startswith("pydantic/")}


def test_pydantic_itself_can_validate(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = (ROOT / "events" / "http-post-presign-put.json").read_text(encoding="utf-8")
    asked = {"event": event, "function": "presign", "version": "3.12"}
    usual = said(**asked, build=packages("3.12"), into=tmp_path / "usual")
    monkeypatch.setenv("PLAIN_PYDANTIC", "true")
    plain = tmp_path / "build"
    package(target=Target(python="3.12"), build=plain)
    whole = said(**asked, build=plain, into=tmp_path / "plain")

    assert any("/pydantic/" in file for file in whole["files"])
    assert any(file.endswith("/dataclasses.py") for file in whole["files"])
    assert without_times(whole["answer"]) == without_times(usual["answer"])


def without_times(answered: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what the clock decides."""
    document = json.loads(answered["body"])
    assert document.pop("url")
    kept = {
        name: value
        for name, value in document.items()
        if name not in ("expires_at", "refresh_after", "server_time")
    }
    return {**answered, "body": kept}


@pytest.mark.parametrize("version", SUPPORTED)
def test_sts_is_asked_only_where_its_certificate_is_trusted(
    packages: Packages, tmp_path: Path, version: str
) -> None:
    layers = template.resources(DEPLOYED, account_id=ACCOUNT_ID)["sts"]["props"]["layers"]
    unpacked = unpack("sts", layers=layers, build=packages(version), into=tmp_path)
    certificate = made_up_certificate(tmp_path / "sts.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "sts.pem")
    event = (ROOT / "events" / "http-get-sts.json").read_text(encoding="utf-8")
    world = StsWorld()

    def asked() -> int:
        told = run_bare(unpacked, python=python_of(version), name="sts", event=event, environ=environ)
        return int(told["answer"]["statusCode"])

    with closing(world.cloud), serve(Emulator(world.cloud), ssl_context=context) as host:
        world.serve_at(host)
        environ = world.environ | {"STS_ENDPOINT": f"https://{host}"}
        untrusted = asked()
        roots.trust(certificate, certifi=unpacked.opt / "python" / "certifi")
        trusted = asked()

    assert (502, 200) == (untrusted, trusted)


@pytest.mark.parametrize("version", SUPPORTED)
def test_what_the_platform_has_installed_is_left_alone(
    packages: Packages, tmp_path: Path, version: str
) -> None:
    preinstalled = tmp_path / "site-packages"
    for name in {each.partition(".")[0] for each in UNUSED}:
        (preinstalled / name).mkdir(parents=True)
        (preinstalled / name / "__init__.py").write_text("raise ImportError('another version')")
    layers = template.resources(DEPLOYED, account_id=ACCOUNT_ID)["sts"]["props"]["layers"]
    unpacked = unpack("sts", layers=layers, build=packages(version), into=tmp_path)
    event = (ROOT / "events" / "http-get-sts.json").read_text(encoding="utf-8")

    with sts_world() as world:
        told = run_bare(
            unpacked,
            python=python_of(version),
            name="sts",
            event=event,
            environ=world.environ,
            preinstalled=[preinstalled],
        )

    assert 200 == told["answer"]["statusCode"]
