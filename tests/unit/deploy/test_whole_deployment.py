"""The commands as they are typed, from `.env` alone, through the real command line to stand-ins of its components."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.deploy import COMPONENTS
from tests.deploy.dotenv import parse
from tests.deploy.package import ROOT
from tests.deploy.serverless import HERE
from tests.local import template

Cli = Callable[..., str]
ACCOUNT_ID = "9876543210987654"
ENV = """# what a deployer fills in
export OSS_REGION=cn-shanghai
OSS_BUCKET='media'
GRANT_READ_PREFIXES=users/{sub}/,public/
GRANT_WRITE_PREFIXES="users/{sub}/"   # one folder each
STAGE=test
"""


class Deployer:
    """Somebody with a home in which an alias is configured, and an `.env` of his own."""

    def __init__(self, cli: Cli, home: Path) -> None:
        self.home, self.env = home, home / ".env"
        keys = [
            "--AccountID",
            ACCOUNT_ID,
            "--AccessKeyID",
            "LTAI5tMadeUp",
            "--AccessKeySecret",
            "MadeUpSecret",
        ]
        cli("config", "add", *keys, "-a", "default", "-f", environ={"HOME": str(home)})
        for component in (*COMPONENTS, "ros"):
            self._keep(component)
        self.env.write_text(ENV)

    def _keep(self, component: str) -> None:
        """Put a stand-in where the command line keeps what it has downloaded."""
        name = component.partition("@")[0]
        kept = self.home / ".s" / "components" / "devsapp.cn" / "v3" / component
        shutil.copytree(HERE / ("ros" if name == "ros" else "fc3"), kept)
        (kept / ".s.lock").write_text(json.dumps({"version": "9.9.9", "lastUpdateCheck": 4_102_444_800_000}))

    def types(self, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """Return what came of one command."""
        kept = ("PIP_", "UV_", "SSL_", "HTTP", "http", "NO_PROXY", "no_proxy", "NODE_", "REQUESTS_")
        inherited = {
            name: text for name, text in os.environ.items() if name.startswith(kept) or name == "PATH"
        }
        record = {
            "STAND_IN_RECORD": str(self.home / "record.jsonl"),
            "STAND_IN_STACKS": str(self.home / "stacks.json"),
            "no_proxy": f"{os.environ.get('no_proxy', '')},.localhost",
        }
        options = ["--env-file", str(self.env), "--build", str(self.home / "build")]
        return subprocess.run(
            [sys.executable, "-m", "tests.deploy", *options, *arguments],
            cwd=ROOT,
            env={**inherited, "HOME": str(self.home), **record},
            input=answer,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    def functions(self, method: str) -> list[str]:
        """Return the names of the functions that the component was asked to deploy or remove."""
        entries = map(json.loads, (self.home / "record.jsonl").read_text().splitlines())
        of_method = [each for each in entries if each["method"] == method]
        return sorted(each.get("functionName") or each["props"]["functionName"] for each in of_method)


@pytest.fixture
def deployer(cli: Cli, tmp_path: Path) -> Deployer:
    return Deployer(cli, tmp_path)


def test_infra_deploy_and_remove_from_an_env_file_alone(deployer: Deployer) -> None:
    infra = deployer.types("infra", answer="yes\n")
    deployed = deployer.types("deploy")
    checked = deployer.types("infra", "--check")
    removed = deployer.types("remove", answer="oss-access-grants-test\n")
    resources = template.resources(parse(ENV), account_id=ACCOUNT_ID).values()
    names = sorted(each["props"]["functionName"] for each in resources)

    for done in (infra, deployed, removed, checked):
        assert 0 == done.returncode, done.stdout + done.stderr
    assert f"account  {ACCOUNT_ID}  (s config, alias default)\nregion   cn-shanghai\n" in deployed.stdout
    assert all(name.startswith("oss-access-grants-test-") for name in names)
    assert names == deployer.functions("deploy")
    assert names == deployer.functions("remove")
    assert "+ role oss-access-grants-test-presign" in infra.stdout
    assert 1 == deployer.env.read_text().count("CLAIM_HEADER_PREFIX=x-")
    assert "{}" == (deployer.home / "stacks.json").read_text()


def test_what_was_made_is_asked_and_has_claim_headers_of_its_own(deployer: Deployer) -> None:
    deployer.env.write_text(f"{ENV}GRANTS_DOMAIN=grants.localhost\nCERT_ID=7\n")
    deployed = deployer.types("deploy")
    (prefix,) = [
        line.partition("=")[2]
        for line in deployer.env.read_text().splitlines()
        if line.startswith("CLAIM_HEADER_PREFIX=")
    ]
    entries = map(json.loads, (deployer.home / "record.jsonl").read_text().splitlines())
    props = next(each["props"] for each in entries if each["method"] == "deploy")
    (trigger,) = props["triggers"]

    assert 0 == deployed.returncode, deployed.stderr
    assert "make doctor URL=https://grants.localhost\nunreachable: " in deployed.stdout
    assert prefix == props["environmentVariables"]["CLAIM_HEADER_PREFIX"]
    assert f"header:sub:{prefix}sub" == trigger["triggerConfig"]["authConfig"]["claimPassBy"]
