"""``make deploy``: publish the layers, feed their versions in, hand the template to Serverless Devs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy.effective import refusals
from tests.deploy.rules import pass_by, problems
from tests.deploy.serverless import rendered
from tests.deploy.target import Target
from tests.deploy.trees import LAYERS, Layer

Cli = Callable[[tuple[str, ...], Mapping[str, str]], str]
"""Runs ``s`` with these arguments and additional environment variables, and returns what it printed."""

CLOSED_WITHOUT = ("JWT_KEY_N", "GRANT_READ_PREFIXES", "GRANT_WRITE_PREFIXES")
"""Variables whose defaults let nobody in, or grant nothing: worth a word before deploying."""

COMPONENT = "fc3@0.1.22"
"""The version whose schema the tests hold the template to; the CLI would take the newest."""

_EXAMPLE_BUCKET = "examplebucket"


class NotDeployable(Exception):
    """The rendered template breaks a rule, or a layer got no version: nothing was deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is deployed: a template, packages for one target, the deployer's own variables."""

    template: Path
    build: Path
    target: Target
    environ: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of the CLI: its arguments, and the variables it gets on top of the deployer's."""

    arguments: tuple[str, ...]
    environ: Mapping[str, str]

    def __str__(self) -> str:
        variables = " ".join(f"{name}={value}" for name, value in self.environ.items())
        return f"{variables} s {' '.join(self.arguments)}".strip()


def deploy(deployment: Deployment, *, cli: Cli) -> str:
    """Check, publish, deploy; returns what the CLI said last. Raises ``NotDeployable`` before it deploys."""
    preview = ("preview", "-t", str(deployment.template), "-o", "json")
    refuse_broken(rendered(cli(preview, _variables(deployment)))["resources"])
    versions = {}
    for layer in LAYERS:
        step = publish_step(layer, deployment)
        versions[layer.name] = published_version(layer, printed=cli(step.arguments, step.environ))
    step = deploy_step(deployment, versions=versions)
    return cli(step.arguments, step.environ)


def plan(deployment: Deployment) -> Iterator[str]:
    """Return, line by line, what ``deploy`` would do; it needs neither credentials nor the CLI."""
    for name in CLOSED_WITHOUT:
        if not deployment.environ.get(name):
            yield f"# {name} is not set: its default lets nobody in, or grants nothing"
    yield from (str(publish_step(layer, deployment)) for layer in LAYERS)
    unknown = {layer.name: "<as published>" for layer in LAYERS}
    yield str(deploy_step(deployment, versions=unknown))


def publish_step(layer: Layer, deployment: Deployment) -> Step:
    """Return the call that publishes a layer; unchanged contents keep their version."""
    folder = _from_template(deployment.build / "layers" / layer.name, deployment)
    name = ("--layer-name", layer.published_name)
    runtime = ("--compatible-runtime", f"python{deployment.target.python}")
    command = (
        "sts",
        "layer",
        "publish",
        "-t",
        str(deployment.template),
        *name,
        "--code",
        str(folder),
        *runtime,
    )
    return Step(arguments=(*command, "-o", "json"), environ=_variables(deployment))


def deploy_step(deployment: Deployment, *, versions: Mapping[str, str]) -> Step:
    """Return the call that deploys the functions with these layer versions, without asking."""
    variables = _variables(deployment) | {
        f"{name.upper().replace('-', '_')}_LAYER_VERSION": version for name, version in versions.items()
    }
    return Step(arguments=("deploy", "-t", str(deployment.template), "-y"), environ=variables)


def published_version(layer: Layer, *, printed: str) -> str:
    """Return the version in the layer's ARN, the last that the CLI printed."""
    versions = re.findall(rf"layers/{re.escape(layer.published_name)}/versions/([0-9]+)", printed)
    if not versions:
        raise NotDeployable(f"the CLI named no version of {layer.published_name}")
    return str(versions[-1])


def refuse_broken(resources: Mapping[str, Any]) -> None:
    """Raise ``NotDeployable`` if the rendered template breaks a rule, or serves the example's bucket."""
    # A value that a function would refuse is one line; what the rules say of it besides is noise.
    broken = refusals(resources) or problems(resources)
    if any(_bucket(resource) == _EXAMPLE_BUCKET for resource in resources.values()):
        broken = ["OSS_BUCKET is not set", *broken]
    if broken:
        raise NotDeployable("\n".join(["template.yml cannot be deployed with these variables:", *broken]))


def _bucket(resource: Mapping[str, Any]) -> str:
    return str(resource["props"].get("environmentVariables", {}).get("OSS_BUCKET", ""))


def _from_template(path: Path, deployment: Deployment) -> str:
    # The component reads paths from the template's folder.
    return f"./{os.path.relpath(path, deployment.template.parent)}"


def _variables(deployment: Deployment) -> dict[str, str]:
    variables = {
        "FUNCTIONS_FOLDER": _from_template(deployment.build / "functions", deployment),
        "PLATFORM_PYTHON": deployment.target.python,
        "core_load_serverless_devs_component": COMPONENT,
    }
    claims = deployment.environ.get("IDENTITY_CLAIMS")
    prefix = deployment.environ.get("CLAIM_HEADER_PREFIX") or "x-jwt-"
    return variables | ({"CLAIM_PASS_BY": pass_by(claims, prefix=prefix)} if claims else {})
