"""The application archive: through the real `s init`, from questions to a plan of the deployment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.app import NAME, app
from tests.deploy.dotenv import parse
from tests.deploy.package import ROOT

Cli = Callable[..., str]
ANSWERS = {
    "region": "cn-beijing",
    "bucket": "media",
    "issuer": "https://idp.example.com",
    "audience": "grants",
    "origins": "https://app.example.com",
}


@pytest.fixture
def made(cli: Cli, tmp_path: Path) -> Path:
    """Return the folder that `s init` made of the archive and the answers."""
    app(ROOT, into=tmp_path)
    init = [
        "init",
        "grants",
        "--uri",
        NAME,
        "-d",
        "grants",
        "--parameters",
        json.dumps(ANSWERS),
        "-a",
        "default",
    ]
    cli(*init, folder=tmp_path)
    return tmp_path / "grants"


def test_from_the_archive_to_a_complete_plan(made: Path) -> None:
    plan = subprocess.run(
        [sys.executable, "-m", "tests.deploy", "deploy", "--dry-run"],
        cwd=made,
        env={"PATH": os.defpath, "HOME": str(made), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (0, "") == (plan.returncode, plan.stderr)
    assert "region   cn-beijing" in plan.stdout
    assert plan.stdout.rstrip().endswith("s deploy -t template.yml -y")
    assert "OSS_BUCKET                    media\n" in plan.stdout


def test_the_answers_are_in_the_env_file_and_nothing_of_this_machine_is_in_the_folder(made: Path) -> None:
    variables = parse((made / ".env").read_text())

    assert ("media", "oidc", "https://idp.example.com", "https://app.example.com") == tuple(
        variables[name] for name in ("OSS_BUCKET", "IDENTITY_SOURCE", "OIDC_ISSUER", "CORS_ALLOWED_ORIGINS")
    )
    assert [] == [name for name in (".git", ".venv", "build", "node_modules") if (made / name).exists()]
    assert (made / "template.yml").read_text() == (made / "s.yaml").read_text()


def test_equal_sources_make_equal_archives(tmp_path: Path) -> None:
    assert app(ROOT, into=tmp_path / "one").sha256 == app(ROOT, into=tmp_path / "two").sha256
