"""A whole deployment through the real command line, to a stand-in of the component."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256

import pytest

from tests.deploy.deploy import COMPONENT, Deployment, NotDeployable, deploy, plan
from tests.deploy.package import TEMPLATE
from tests.deploy.schema import SCHEMA
from tests.deploy.serverless import HERE
from tests.deploy.target import Target

Cli = Callable[..., str]
SET = {"OSS_BUCKET": "media", "IDENTITY_CLAIMS": "sub,tenant"}
SHARED_SIGNER = {"GRANT_WRITE_PREFIXES": "users/{sub}/", "SIGNING_SESSION": "function"}


def deployment(environ: Mapping[str, str]) -> Deployment:
    return Deployment(
        template=TEMPLATE, build=TEMPLATE.with_name("packed"), target=Target(python="3.10"), environ=environ
    )


def test_it_publishes_the_layers_and_deploys_with_their_versions(cli: Cli) -> None:
    said = deploy(deployment(SET), cli=lambda arguments, extra: cli(*arguments, environ=SET | dict(extra)))

    assert 3 == said.count("layers/oss-access-grants-shared/versions/7")
    assert 3 == said.count("layers/oss-access-grants-sts-sdk/versions/7")
    assert 1 == said.count("./packed/functions/presign_on_event")


def test_nothing_is_published_for_a_template_that_breaks_a_rule(cli: Cli) -> None:
    asked: list[str] = []

    def watched(arguments: tuple[str, ...], extra: Mapping[str, str]) -> str:
        asked.append(arguments[0])
        return cli(*arguments, environ=SET | SHARED_SIGNER | dict(extra))

    with pytest.raises(NotDeployable, match="symbolic links, which OSS follows"):
        deploy(deployment(SET), cli=watched)
    assert ["preview"] == asked


def test_the_example_bucket_is_never_served(cli: Cli) -> None:
    with pytest.raises(NotDeployable, match="OSS_BUCKET is not set"):
        deploy(deployment({}), cli=lambda arguments, extra: cli(*arguments, environ=extra))


def test_the_component_deployed_with_is_the_one_the_schema_is_of() -> None:
    version = json.loads((HERE / "fc3" / "VERSION.json").read_text())

    assert COMPONENT == f"{version['component']}@{version['component_version']}"
    assert version["sha256"] == sha256(SCHEMA.read_bytes()).hexdigest()


def test_the_plan_names_each_step_and_what_stays_closed() -> None:
    lines = list(plan(deployment(SET)))

    assert [
        "# JWT_KEY_N is not set: its default lets nobody in, or grants nothing",
        "# GRANT_READ_PREFIXES is not set: its default lets nobody in, or grants nothing",
        "# GRANT_WRITE_PREFIXES is not set: its default lets nobody in, or grants nothing",
    ] == lines[:3]
    assert ["shared", "sts-sdk"] == [
        line.split("--layer-name oss-access-grants-")[1].split()[0] for line in lines[3:5]
    ]
    assert "CLAIM_PASS_BY=header:sub:x-jwt-sub,header:tenant:x-jwt-tenant" in lines[5]
    assert lines[5].endswith(f"s deploy -t {TEMPLATE} -y")
