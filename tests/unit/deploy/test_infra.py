"""The stack that a deployment stands on: what is in it, and what the real command line makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.applying import Infrastructure, NotConfirmed, apply, remove
from tests.deploy.deploy import NotDeployable
from tests.deploy.infra import in_words, stack
from tests.deploy.package import ROOT, TEMPLATE
from tests.deploy.policies import roles
from tests.deploy.ros_schema import problems
from tests.deploy.serverless import ACCOUNT_ID
from tests.local import template

Cli = Callable[..., str]
SET = {"OSS_BUCKET": "media", "GRANT_READ_PREFIXES": "users/{sub}/", "GRANT_WRITE_PREFIXES": "users/{sub}/"}
WITH_BUCKET = SET | {"CREATE_BUCKET": "true", "CORS_ALLOWED_ORIGINS": "https://a.example, https://b.example"}
VARIANTS = {
    "as it comes": SET,
    "with a bucket": WITH_BUCKET,
    "a stage": SET | {"STAGE": "test"},
    "nothing granted": {"OSS_BUCKET": "media"},
    "an external id": SET | {"STS_EXTERNAL_ID": "partner-7"},
    "signed by the function": SET | {"SIGNING_SESSION": "function"},
}


def made(environ: Mapping[str, str], *, kind: str = "") -> dict[str, Any]:
    """Return the resources of a stack by logical id, of one type where one is named."""
    rendered = template.resources(environ, account_id=ACCOUNT_ID)
    every: dict[str, Any] = stack(rendered, environ)["Resources"]
    return {name: each for name, each in every.items() if each["Type"].endswith(kind)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_property_is_one_that_the_resource_has(variant: str) -> None:
    rendered = template.resources(VARIANTS[variant], account_id=ACCOUNT_ID)

    assert [] == problems(stack(rendered, VARIANTS[variant]))


def test_the_check_of_properties_refuses_what_no_resource_has() -> None:
    wrong = {
        "Type": "ALIYUN::RAM::Role",
        "Properties": {"RoleName": "x", "TrustPolicy": {}, "MaxSessionDuration": 60},
    }
    found = problems(
        {"Resources": {"One": wrong, "Two": {"Type": "ALIYUN::ECS::Instance", "Properties": {}}}}
    )

    assert [True] * 4 == [
        any(word in each for each in found)
        for word in ("TrustPolicy", "AssumeRolePolicyDocument", "60", "ALIYUN::ECS::Instance")
    ]


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_role_may_do_what_its_policy_says_and_nothing_else(variant: str) -> None:
    environ = VARIANTS[variant]
    wanted = {each.name: each for each in roles(template.resources(environ, account_id=ACCOUNT_ID))}
    found = {
        each["Properties"]["RoleName"]: each["Properties"]
        for each in made(environ, kind="RAM::Role").values()
    }

    assert wanted.keys() == found.keys()
    for name, properties in found.items():
        assert [wanted[name].policy] == [each["PolicyDocument"] for each in properties["Policies"]]
        assert wanted[name].trust == properties["AssumeRolePolicyDocument"]
        assert wanted[name].max_session_seconds == properties["MaxSessionDuration"]


def test_whoever_is_trusted_is_made_first() -> None:
    resources = made(SET)
    order = list(
        TopologicalSorter({n: each.get("DependsOn", []) for n, each in resources.items()}).static_order()
    )
    place = {resources[name]["Properties"].get("RoleName", name): order.index(name) for name in order}

    assert set(order) == set(resources)
    assert place["oss-access-grants-sts"] < place["oss-access-grants-session"]
    assert place["oss-access-grants-presign"] < place["oss-access-grants-signing"]
    assert place["oss-access-grants-presign-on-event"] < place["oss-access-grants-signing"]
    assert place["LogProject"] < place["StoreSts"] < place["IndexSts"] < place["AlertFailuresSts"]


def test_what_a_variable_names_is_the_deployers_own() -> None:
    own = {
        "LOG_PROJECT": "mine",
        "LINKS_QUEUE": "mine",
        "SIGNING_ROLE_ARN": f"acs:ram::{ACCOUNT_ID}:role/mine",
        "SERVICE_LINKED_ROLES": "false",
    }
    kinds = [each["Type"].rpartition("::")[2] for each in made(SET | own).values()]

    assert ["Role"] * 7 + ["Queue"] == kinds
    assert (
        "oss-access-grants-failures"
        == next(iter(made(SET | own, kind="Queue").values()))["Properties"]["QueueName"]
    )


def test_the_bucket_is_private_keeps_its_objects_and_lets_the_pages_in() -> None:
    (bucket,) = made(WITH_BUCKET, kind="Bucket").values()
    properties = bucket["Properties"]

    assert "Retain" == bucket["DeletionPolicy"]
    assert ("media", "private", True) == (
        properties["BucketName"],
        properties["AccessControl"],
        properties["BlockPublicAccess"],
    )
    assert ["https://a.example", "https://b.example"] == properties["CORSConfiguration"]["CORSRule"][0][
        "AllowedOrigin"
    ]
    assert 7 == properties["LifecycleConfiguration"]["Rule"][0]["AbortMultipartUpload"]["Days"]
    assert {} == made(SET, kind="Bucket")
    assert (
        "CORSConfiguration"
        not in made(SET | {"CREATE_BUCKET": "true"}, kind="Bucket")["Bucket"]["Properties"]
    )


def test_two_stages_have_nothing_in_common() -> None:
    named = [
        {
            json.dumps([each["Type"], in_words({"Resources": {"x": each}})])
            for each in made(SET | {"STAGE": s}).values()
        }
        for s in ("test", "live")
    ]

    assert set() == named[0] & named[1]


def test_every_alert_of_the_docs_watches_every_log_store() -> None:
    alerts = json.loads((ROOT / "docs" / "sls" / "alerts.json").read_text())
    stores = made(SET, kind="Logstore")

    assert len(alerts) * len(stores) == len(made(SET, kind="Alert"))


class Account:
    """An account's stacks, as the stand-in of the component keeps them, and a deployer at a keyboard."""

    def __init__(self, cli: Cli, folder: Path) -> None:
        self.cli, self.folder, self.said = cli, folder, [""]

    def infra(self, **environ: str) -> Infrastructure:
        every = SET | environ
        rendered = template.resources(every, account_id=ACCOUNT_ID)
        return Infrastructure(resources=rendered, environ=every, folder=self.folder)

    def run(self, arguments: tuple[str, ...], extra: Mapping[str, str], **of_ros: str) -> str:
        stacks = {"STAND_IN_STACKS": str(self.folder / "stacks.json")}
        printed: str = self.cli(*arguments, environ={**SET, **stacks, **of_ros, **extra})
        self.said.append(printed)
        return printed

    def stacks(self) -> dict[str, Any]:
        held: dict[str, Any] = json.loads((self.folder / "stacks.json").read_text())
        return held


@pytest.fixture
def account(cli: Cli, tmp_path: Path) -> Account:
    return Account(cli, tmp_path)


def test_the_real_command_line_creates_it_once(account: Account) -> None:
    for _ in range(2):
        apply(account.infra(), cli=account.run, ask=lambda _: "yes", say=account.said.append)

    assert account.infra().template == account.stacks()["oss-access-grants-infra"]
    assert "Update the completely same stack" in account.said[-1]
    assert [] == account.infra().changes()
    assert ["~ role oss-access-grants-session", "~ role oss-access-grants-signing"] == account.infra(
        GRANT_READ_PREFIXES="public/"
    ).changes()


def test_it_asks_first_and_says_what_it_makes(account: Account) -> None:
    with pytest.raises(NotConfirmed):
        apply(account.infra(), cli=account.run, ask=lambda _: "no", say=account.said.append)

    assert "+ role oss-access-grants-sts" in account.said
    assert not (account.folder / "stacks.json").exists()


def test_a_stack_that_fails_is_said_though_the_component_ends_well(account: Account) -> None:
    def failing(arguments: tuple[str, ...], extra: Mapping[str, str]) -> str:
        return account.run(arguments, extra, STAND_IN_ROS_FAILS="EntityAlreadyExists")

    with pytest.raises(NotDeployable, match=r"ROS refused: .*CREATE_FAILED  EntityAlreadyExists"):
        apply(account.infra(), cli=failing, ask=lambda _: "yes", say=account.said.append)
    assert account.infra().changes()


def test_a_stage_is_taken_away_and_the_other_stays(account: Account) -> None:
    for stage in ("test", "live"):
        apply(account.infra(STAGE=stage), cli=account.run, ask=lambda _: "yes", say=account.said.append)
    going = account.infra(STAGE="test", CREATE_BUCKET="true")
    record = {"STAND_IN_RECORD": str(account.folder / "record.jsonl"), "STAGE": "test"}
    with pytest.raises(NotConfirmed):
        remove(
            going,
            template=TEMPLATE,
            variables=record,
            cli=account.run,
            ask=lambda _: "yes",
            say=account.said.append,
        )
    remove(
        going,
        template=TEMPLATE,
        variables=record,
        cli=account.run,
        ask=lambda _: "oss-access-grants-test",
        say=account.said.append,
    )
    removed = [
        json.loads(line)["functionName"]
        for line in (account.folder / "record.jsonl").read_text().splitlines()
    ]

    assert {
        f"oss-access-grants-test-{name}"
        for name in ("presign", "sts", "on-upload", "ticket", "presign-on-event")
    } == set(removed)
    assert ["oss-access-grants-live-infra"] == list(account.stacks())
    assert "- bucket media" not in account.said


def command(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.deploy", "--env-file", os.devnull, *arguments],
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": "/nonexistent", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_dry_run_prints_the_stack_and_says_that_the_account_is_made_up() -> None:
    done = command("infra", "--dry-run", **SET)

    assert "2015-09-01" == json.loads(done.stdout)["ROSTemplateFormatVersion"]
    assert "MADE UP" in done.stderr


@pytest.mark.parametrize("arguments", [("infra",), ("remove",), ("infra", "--yes")])
def test_without_an_account_nothing_is_made_or_taken_away(arguments: tuple[str, ...]) -> None:
    done = command(*arguments, **SET)

    assert 1 == done.returncode
    assert "s config add" in done.stderr


@pytest.mark.parametrize("arguments", [("infra",), ("remove",)])
def test_without_an_answer_nothing_is_made_or_taken_away(arguments: tuple[str, ...]) -> None:
    done = command(*arguments, ACCOUNT_ID=ACCOUNT_ID, **SET)

    assert (1, True) == (done.returncode, "nothing was changed" in done.stderr)
    assert "Traceback" not in done.stderr
