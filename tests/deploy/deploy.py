"""``make deploy``: publish the archives as layers, feed their versions in, hand the template to Serverless Devs."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy.effective import refusals
from tests.deploy.jwt_keys import NAME as JWT_KEYS
from tests.deploy.rules import problems
from tests.deploy.serverless import CliFailed, rendered
from tests.deploy.stage import name_of
from tests.deploy.target import Target
from tests.deploy.trees import LAYERS, Layer

Cli = Callable[[tuple[str, ...], Mapping[str, str]], str]
"""Runs ``s`` with these arguments and additional environment variables, and returns what it printed."""
Say = Callable[[str], None]

CLOSED_WITHOUT = ("JWT_KEY_N", "GRANT_READ_PREFIXES", "GRANT_WRITE_PREFIXES")
"""Variables whose defaults let nobody in, or grant nothing: worth a word before deploying."""

COMPONENTS = ("fc3@0.1.22", "fc3-domain@0.0.29")
"""The versions that the tests know; the CLI would take the newest. ``s deploy`` always loads the second too."""

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
        variables = " ".join(f"{name}={_quoted(value)}" for name, value in self.environ.items())
        return f"{variables} s {' '.join(self.arguments)}".strip()


def checked(deployment: Deployment, *, cli: Cli) -> dict[str, Any]:
    """Return the resources as the CLI renders them; raises ``NotDeployable`` before anything is packaged."""
    preview = ("preview", "-t", str(deployment.template), "-o", "json")
    resources: dict[str, Any] = rendered(cli(preview, _variables(deployment)))["resources"]
    refuse_broken(resources)
    return resources


def deploy(deployment: Deployment, resources: Mapping[str, Any], *, cli: Cli, say: Say = print) -> str:
    """Publish and deploy what ``checked`` returned; returns what the CLI said last. A failed run is resumed."""
    name = name_of(resources)
    record = _Record(deployment.build / f"deployed-{name}-{_account_and_region(resources)}.json")
    versions = {
        layer.name: _published(layer, name, deployment, record, cli=cli, say=say)
        for layer in _attached(resources, name)
    }
    step = deploy_step(deployment, versions=versions)
    said = cli(step.arguments, step.environ)
    record.complete()
    return said


def _published(
    layer: Layer, name: str, deployment: Deployment, record: _Record, *, cli: Cli, say: Say
) -> str:
    """Return the version of a layer: of this publication, or of the run that failed after it."""
    digest = _digest(deployment.build / "layers" / f"{layer.name}.zip")
    before = record.version(layer.name, digest=digest)
    if before and record.is_unfinished:
        say(f"{name}-{layer.name}: version {before} was published by the run before; going on from there")
        return before
    step = publish_step(layer, deployment, name=name)
    version = published_version(layer, name=name, printed=cli(step.arguments, step.environ))
    if before and version != before:
        say(
            f"{name}-{layer.name}: nothing changed, and yet version {version} was published: whoever deploys may not "
            "list layers (fc:ListLayers, fc:ListLayerVersions), so that the component cannot tell"
        )
    record.keep(layer.name, digest=digest, version=version)
    return version


class _Record:
    """What was published, in a file under the build folder: for the run after a failure, and to compare."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[str, Any] = (
            json.loads(path.read_text()) if path.exists() else {"layers": {}, "complete": True}
        )
        self.is_unfinished = not self._held["complete"]

    def version(self, layer: str, *, digest: str) -> str:
        held = self._held["layers"].get(layer, {})
        return str(held["version"]) if held.get("sha256") == digest else ""

    def keep(self, layer: str, *, digest: str, version: str) -> None:
        self._held["layers"][layer] = {"sha256": digest, "version": version}
        self._write(complete=False)

    def complete(self) -> None:
        self._write(complete=True)

    def _write(self, *, complete: bool) -> None:
        self._held["complete"] = complete
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._held, indent=2) + "\n")


def plan(deployment: Deployment, resources: Mapping[str, Any]) -> Iterator[str]:
    """Return, line by line, what ``deploy`` would do; it needs neither credentials nor the CLI."""
    # The trigger's own key counts where the trigger verifies tokens.
    for name in CLOSED_WITHOUT[deployment.environ.get("IDENTITY_SOURCE") in ("oidc", "caller") :]:
        if not deployment.environ.get(name):
            yield f"# {name} is not set: its default lets nobody in, or grants nothing"
    name = name_of(resources)
    layers = _attached(resources, name)
    yield from (str(publish_step(layer, deployment, name=name)) for layer in layers)
    unknown = {layer.name: "<as published>" for layer in layers}
    yield str(deploy_step(deployment, versions=unknown))


def _gate(resources: Mapping[str, Any]) -> str:
    return str(resources["presign"]["props"]["environmentVariables"].get("IDENTITY_SOURCE", "jwt"))


def _attached(resources: Mapping[str, Any], name: str) -> list[Layer]:
    """Return the layers that a function of this deployment has."""
    arns = {arn for resource in resources.values() for arn in resource["props"].get("layers", ())}
    return [layer for layer in LAYERS if any(f"/{name}-{layer.name}/" in arn for arn in arns)]


def publish_step(layer: Layer, deployment: Deployment, *, name: str) -> Step:
    """Return the call that publishes a layer's tested archive, bit for bit; unchanged contents keep their version."""
    archive = _from_template(deployment.build / "layers" / f"{layer.name}.zip", deployment)
    published = ("--layer-name", f"{name}-{layer.name}", "--code", archive)
    runtime = ("--compatible-runtime", f"python{deployment.target.python}")
    # Not -o json: with it the component hides its errors and ends with 0.
    command = ("sts", "layer", "publish", "-t", str(deployment.template), *published, *runtime)
    return Step(arguments=command, environ=_variables(deployment))


def deploy_step(deployment: Deployment, *, versions: Mapping[str, str]) -> Step:
    """Return the call that deploys the functions with these layer versions, without asking."""
    variables = _variables(deployment) | {
        f"{name.upper().replace('-', '_')}_LAYER_VERSION": version for name, version in versions.items()
    }
    return Step(arguments=("deploy", "-t", str(deployment.template), "-y"), environ=variables)


def published_version(layer: Layer, *, name: str, printed: str) -> str:
    """Return the version in the layer's ARN, the last that the CLI printed."""
    versions = re.findall(rf"layers/{re.escape(name)}-{re.escape(layer.name)}/versions/([0-9]+)", printed)
    if not versions:
        raise NotDeployable(f"the CLI named no version of {name}-{layer.name}; what it said stands above")
    return str(versions[-1])


def refuse_broken(resources: Mapping[str, Any]) -> None:
    """Raise ``NotDeployable`` if the rendered template breaks a rule, or serves the example's bucket."""
    # A value that a function would refuse is one line; what the rules say of it besides is noise.
    broken = refusals(resources) or problems(resources)
    if any(_bucket(resource) == _EXAMPLE_BUCKET for resource in resources.values()):
        broken = ["OSS_BUCKET is not set", *broken]
    if broken:
        raise NotDeployable("\n".join(["template.yml cannot be deployed with these variables:", *broken]))


def advice(error: CliFailed) -> str:
    """Return what to do about an error of the CLI, by what it says; empty for one that is not known."""
    return next((what for pattern, what in _ADVICE if re.search(pattern, error.printed)), "")


_ADVICE = (
    (
        r"InvalidAccessKeyId|InvalidSecurityToken|SignatureDoesNotMatch",
        "the access key is wrong or over: s config add -a default -f",
    ),
    (
        r"not been found to have configured key|config\('AccountID'\)|access.*not found",
        "no access alias: s config add -a default",
    ),
    (r"NoPermission|AccessDenied|Forbidden\.RAM", "whoever deploys lacks the permission that is named above"),
    (
        r"EntityNotExist\.Role|role.*not exist",
        "a role is missing: make infra (or make policies, and by hand)",
    ),
    (r"LogStoreNotExist|ProjectNotExist", "the log project or store is missing: make infra"),
    (r"node.{0,3}: No such file", "Node.js is not on PATH: the command line needs it"),
    (
        r"ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN",
        "the network: HTTPS_PROXY is read by the command line too",
    ),
)


def _account_and_region(resources: Mapping[str, Any]) -> str:
    props = resources["presign"]["props"]
    return f"{props['region']}-{props['role'].split(':')[3]}"


def _digest(archive: Path) -> str:
    return hashlib.sha256(archive.read_bytes()).hexdigest() if archive.exists() else ""


def _bucket(resource: Mapping[str, Any]) -> str:
    return str(resource["props"].get("environmentVariables", {}).get("OSS_BUCKET", ""))


def _quoted(value: str) -> str:
    return f"'{value}'" if re.search(r"[^\w@%+=:,./<>-]", value) else value


def _from_template(path: Path, deployment: Deployment) -> str:
    # The component reads paths from the template's folder.
    return f"./{os.path.relpath(path, deployment.template.parent)}"


def _variables(deployment: Deployment) -> dict[str, str]:
    keys = {JWT_KEYS: deployment.environ[JWT_KEYS]} if deployment.environ.get(JWT_KEYS) else {}
    return keys | {
        "FUNCTIONS_FOLDER": _from_template(deployment.build / "functions", deployment),
        "CODE_SUFFIX": ".zip",
        "PLATFORM_PYTHON": deployment.target.python,
        "core_load_serverless_devs_component": ";".join(COMPONENTS),
    }
