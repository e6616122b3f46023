"""A whole deployment through the real command line, to a stand-in of the component that records what it is handed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.deploy import COMPONENTS, Deployment, NotDeployable, advice, checked, deploy, plan
from tests.deploy.package import ROOT, TEMPLATE
from tests.deploy.schema import SCHEMA
from tests.deploy.serverless import ACCOUNT_ID, HERE, CliFailed
from tests.deploy.stage import BadStage, check_stage, kept_prefix
from tests.deploy.target import Target
from tests.local import template

Cli = Callable[..., str]
SET = {"OSS_BUCKET": "media", "IDENTITY_CLAIMS": "sub,tenant"}
SHARED_SIGNER = {"GRANT_WRITE_PREFIXES": "users/{sub}/", "SIGNING_SESSION": "function"}


@dataclass(kw_only=True)
class Plane:
    """The control plane of one account, as far as the stand-in is one; and a deployer's folder of packages."""

    cli: Cli
    folder: Path
    said: list[str] = field(default_factory=list)

    def deploy(self, environ: Mapping[str, str] = SET, **of_the_plane: str) -> str:
        """Deploy as ``make deploy`` does, once the packages are made."""
        for name in ("shared", "sts-sdk"):
            archive = self.folder / "layers" / f"{name}.zip"
            archive.parent.mkdir(exist_ok=True)
            archive.write_bytes(name.encode())
        deployment = Deployment(
            template=TEMPLATE, build=self.folder, target=Target(python="3.10"), environ=environ
        )

        def run(arguments: tuple[str, ...], extra: Mapping[str, str]) -> str:
            record = {"STAND_IN_RECORD": str(self.folder / "record.jsonl"), **of_the_plane}
            return self.cli(*arguments, environ={**environ, **record, **extra})

        return deploy(deployment, checked(deployment, cli=run), cli=run, say=self.said.append)

    def record(self, method: str) -> list[dict[str, Any]]:
        """Return what the component was handed."""
        lines = (self.folder / "record.jsonl").read_text().splitlines()
        return [entry for entry in map(json.loads, lines) if entry["method"] == method]


@pytest.fixture
def plane(cli: Cli, tmp_path: Path) -> Plane:
    return Plane(cli=cli, folder=tmp_path)


def test_it_publishes_the_archives_and_deploys_with_their_versions(plane: Plane) -> None:
    plane.deploy()
    functions = {entry["props"]["functionName"]: entry["props"] for entry in plane.record("deploy")}

    assert [sha256(name.encode()).hexdigest() for name in ("shared", "sts-sdk")] == [
        entry["content"] for entry in plane.record("layer")
    ]
    assert {
        f"oss-access-grants-{name}" for name in ("presign", "sts", "on-upload", "ticket", "presign-on-event")
    } == set(functions)
    for props in functions.values():
        assert props["code"].endswith(".zip")
        assert ["7", "7"] == [layer.rpartition("/")[2] for layer in props["layers"]]


def test_a_second_run_publishes_nothing_new(plane: Plane) -> None:
    plane.deploy()
    plane.deploy()

    assert {7} == {entry["version"] for entry in plane.record("layer")}
    assert [] == plane.said


def test_a_failure_in_the_middle_is_resumed(plane: Plane) -> None:
    with pytest.raises(CliFailed, match="quota exceeded"):
        plane.deploy(STAND_IN_FAILS="deploy=quota exceeded")
    plane.deploy()

    assert 2 == len(plane.record("layer"))
    assert 2 == sum("going on from there" in line for line in plane.said)
    assert 5 == len(plane.record("deploy"))


def test_a_deployer_who_may_not_list_layers_is_told(plane: Plane) -> None:
    plane.deploy(STAND_IN_MAY_NOT_LIST="1")
    plane.deploy(STAND_IN_MAY_NOT_LIST="1")

    assert [True, True] == ["fc:ListLayerVersions" in line for line in plane.said]


def test_two_stages_stand_side_by_side(plane: Plane) -> None:
    plane.deploy(SET | {"STAGE": "test", "OSS_BUCKET": "media-test"})
    plane.deploy(SET | {"STAGE": "live"})
    functions = {entry["props"]["functionName"]: entry["props"] for entry in plane.record("deploy")}
    roles = [props["role"] for props in functions.values()]
    layers = {layer for props in functions.values() for layer in props["layers"]}

    assert (10, 10, 4) == (len(functions), len(set(roles)), len(layers))
    assert {"media", "media-test"} == {
        props["environmentVariables"]["OSS_BUCKET"] for props in functions.values()
    }
    assert {f"oss-access-grants-{stage}-{ACCOUNT_ID}" for stage in ("test", "live")} == {
        props["logConfig"]["project"] for props in functions.values()
    }


@pytest.mark.parametrize("stage", ["Test", "9x", "a-b", "x" * 13, "te_st", "ä", "test\n"])
def test_a_stage_that_no_name_can_hold_is_refused(stage: str) -> None:
    with pytest.raises(BadStage, match=r"^STAGE: a-z and 0-9"):
        check_stage({"STAGE": stage})


def test_every_name_of_a_stage_holds_it() -> None:
    rendered = template.resources({"STAGE": "x" * 12, "OSS_BUCKET": "media"}, account_id="1" * 20)
    text = json.dumps(rendered)

    assert len(re.findall("oss-access-grants", text)) == len(
        re.findall(f"oss-access-grants-{'x' * 12}-", text)
    )


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("deploy=InvalidAccessKeyId: the key is not there", "the access key is wrong"),
        ("deploy=NoPermission: fc:CreateFunction", "lacks the permission"),
        ("layer=EntityNotExist.Role", "make infra"),
    ],
)
def test_an_error_of_the_command_line_comes_with_what_to_do(said: str, what: str, plane: Plane) -> None:
    with pytest.raises(CliFailed) as refusal:
        plane.deploy(STAND_IN_FAILS=said)

    assert said.partition("=")[2] in refusal.value.printed
    assert what in advice(refusal.value)


def test_nothing_is_published_for_a_template_that_breaks_a_rule(plane: Plane) -> None:
    with pytest.raises(NotDeployable, match="symbolic links, which OSS follows"):
        plane.deploy(SET | SHARED_SIGNER)

    assert not (plane.folder / "record.jsonl").exists()


def test_the_example_bucket_is_never_served(plane: Plane) -> None:
    with pytest.raises(NotDeployable, match="OSS_BUCKET is not set"):
        plane.deploy({})


def test_the_component_deployed_with_is_the_one_the_schema_is_of() -> None:
    version = json.loads((HERE / "fc3" / "VERSION.json").read_text())

    assert COMPONENTS[0] == f"{version['component']}@{version['component_version']}"
    assert all("@" in component for component in COMPONENTS)
    assert version["sha256"] == sha256(SCHEMA.read_bytes()).hexdigest()


def test_the_plan_names_each_step_and_what_stays_closed() -> None:
    deployment = Deployment(
        template=TEMPLATE, build=TEMPLATE.with_name("packed"), target=Target(python="3.10"), environ=SET
    )
    lines = list(plan(deployment, template.resources(SET, account_id=ACCOUNT_ID)))

    assert ["JWT_KEY_N", "GRANT_READ_PREFIXES", "GRANT_WRITE_PREFIXES"] == [
        line.removeprefix("# ").split()[0] for line in lines[:3]
    ]
    assert ["shared", "sts-sdk"] == [
        line.split("--layer-name oss-access-grants-")[1].split()[0] for line in lines[3:5]
    ]
    assert f"core_load_serverless_devs_component='{';'.join(COMPONENTS)}'" in lines[5]
    assert lines[5].endswith(f"s deploy -t {TEMPLATE} -y")


def test_the_prefix_of_claim_headers_is_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("OSS_BUCKET=media")
    first = kept_prefix({}, file=file)["CLAIM_HEADER_PREFIX"]
    again = kept_prefix({"CLAIM_HEADER_PREFIX": first}, file=file)["CLAIM_HEADER_PREFIX"]

    assert re.fullmatch(r"x-[0-9a-f]{16}-", first)
    assert first == again
    assert file.read_text().startswith("OSS_BUCKET=media\n# Made by make deploy")
    assert 1 == file.read_text().count(first)
    assert first != kept_prefix({}, file=tmp_path / "other")["CLAIM_HEADER_PREFIX"]


def make_deploy(
    folder: Path, text: str, *, project: Path = ROOT, **environ: str
) -> subprocess.CompletedProcess[str]:
    (folder / ".env").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "tests.deploy", "--env-file", str(folder / ".env"), "deploy"],
        cwd=project,
        env={"PATH": os.defpath, "HOME": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_an_access_alias_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = make_deploy(tmp_path, "OSS_BUCKET=media\n")

    assert (1, "") == (done.returncode, done.stdout)
    assert "s config add -a default" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_value_is_refused_before_anything_is_asked_of_the_network(tmp_path: Path) -> None:
    done = make_deploy(
        tmp_path, "OSS_BUCKET=media\nTTL_MAX_SECONDS=x\n", ACCOUNT_ID=ACCOUNT_ID, PATH="/nonexistent"
    )

    assert 1 == done.returncode
    assert "TTL_MAX_SECONDS: " in done.stderr
    assert "CLAIM_HEADER_PREFIX" not in (tmp_path / ".env").read_text()


@pytest.mark.parametrize(
    ("is_installed", "said"),
    [(False, "Node.js with npm is needed"), (True, "Node.js is not on PATH: the command line needs it")],
)
def test_without_npm_or_node_it_says_what_is_needed(is_installed: bool, said: str, tmp_path: Path) -> None:
    """In a copy of the project that holds no command line, or one for which there is no Node.js."""
    for name in ("template.yml", "shared", "functions", "tests", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name, **({"ignore": LEFT_OUT} if (ROOT / name).is_dir() else {}))
    command = tmp_path / "tests" / "deploy" / "node_modules" / ".bin" / "s"
    if is_installed:
        command.parent.mkdir(parents=True)
        command.write_text("#!/usr/bin/env node\n")
        command.chmod(0o755)
    nothing = tmp_path / "bin"
    nothing.mkdir()
    (nothing / "env").symlink_to("/usr/bin/env")
    done = make_deploy(
        tmp_path, "OSS_BUCKET=media\n", project=tmp_path, ACCOUNT_ID=ACCOUNT_ID, PATH=str(nothing)
    )

    assert 1 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr


LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", "vectors", "journeys")
