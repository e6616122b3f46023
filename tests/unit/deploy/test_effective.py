"""What a deployment would set, and what it refuses: read by the functions' own loaders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.settings.variables.granting import FUNCTIONS
from shared.values import fields
from tests.deploy.effective import refusals, table
from tests.deploy.package import ROOT
from tests.deploy.serverless import ACCOUNT_ID
from tests.deploy.variables import names, shown
from tests.local import template

GOOD = "OSS_BUCKET=media\nGRANT_READ_PREFIXES=users/{sub}/\n"


def dry_run(folder: Path, text: str, *, command: str = "deploy") -> subprocess.CompletedProcess[str]:
    """Return what a dry run says of an ``.env`` file, in an environment that holds nothing else."""
    (folder / ".env").write_text(text)
    options = ["--dry-run"] if command == "deploy" else []
    return subprocess.run(
        [sys.executable, "-m", "tests.deploy", "--env-file", str(folder / ".env"), command, *options],
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_dry_run_shows_every_variable_and_the_plan(tmp_path: Path) -> None:
    done = dry_run(tmp_path, f"{GOOD}STS_EXTERNAL_ID=partner-7\n")
    every = {field.upper() for groups in FUNCTIONS.values() for each in groups for field in fields(each)}

    assert (0, "") == (done.returncode, done.stderr)
    assert set() == every - {line.split()[0] for line in done.stdout.splitlines() if line}
    assert "partner-7" not in done.stdout
    assert "s deploy -t template.yml -y" in done.stdout


BAD = {
    "TTL_MAX_SECONDS": "3_600",
    "OSS_REGION": "oss-cn-hangzhou",
    "OSS_ENDPOINT": "https://ecs.aliyuncs.com",
    "GRANT_WRITE_PREFIXES": "users/{nobody}/",
    "CORS_ALLOWED_ORIGINS": "*",
    "SIGNING_SESSION": "nobody",
    "STS_ROLE_ARN": "role",
    "PLATFORM_PYTHON": "3.9",
    "ACCOUNT_ID": "me",
    "A": "$A",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_is_one_line_that_names_the_variable(name: str, tmp_path: Path) -> None:
    done = dry_run(tmp_path, f"{GOOD}{name}={BAD[name]}\n")
    said = [line for line in done.stderr.splitlines() if name in line]

    assert 1 == done.returncode
    assert 1 == len(said), done.stderr
    assert "Traceback" not in done.stderr
    assert BAD[name] not in said[0] or name in ("A", "CORS_ALLOWED_ORIGINS", "STS_ROLE_ARN")


def test_policies_say_the_same_of_a_bad_value(tmp_path: Path) -> None:
    done = dry_run(tmp_path, "OSS_REGION=x\n", command="policies")

    assert 1 == done.returncode
    assert "OSS_REGION: a region id" in done.stderr


def test_a_refusal_names_the_functions_that_would_refuse() -> None:
    resources = template.resources({"TTL_MAX_SECONDS": "0"}, account_id=ACCOUNT_ID)

    assert ["TTL_MAX_SECONDS"] == [each.partition(":")[0] for each in refusals(resources)]
    assert "presign_on_event" in refusals(resources)[0]


def test_values_that_differ_say_where_they_stand() -> None:
    resources = template.resources({"GRANT_READ_PREFIXES": "users/{sub}/"}, account_id=ACCOUNT_ID)
    lines = [line for line in table(resources).splitlines() if line.startswith("GRANT_READ_PREFIXES")]

    assert ["incoming/  (presign_on_event)"] == [
        line.split(None, 1)[1] for line in lines if "incoming" in line
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SEAL_KEYS", "k1:abc", "***"),
        ("CDN_KEY", "abc", "***"),
        ("UPLOAD_WEBHOOK_SECRET", "whsec_x", "***"),
        ("TICKET_CLAIMS", "redis://:password@host", "***"),
        ("OSS_CALLBACK_KEYS", "public", "public"),
        ("OSS_BUCKET", "a\x1b[31m", "a\\x1b[31m"),
        ("SEAL_KEYS", "", ""),
    ],
)
def test_secrets_are_masked_and_control_characters_escaped(name: str, value: str, said: str) -> None:
    assert said == shown(name, value)


def test_the_versions_of_layers_are_no_variables_of_the_deployer() -> None:
    assert {"OSS_BUCKET", "EVENT_PREFIX", "JWT_KEY_N", "LOG_PROJECT"} <= names()
    assert [] == [name for name in names() if name.endswith("_LAYER_VERSION")]
