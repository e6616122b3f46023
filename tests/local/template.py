"""Reads ``template.yml`` as Serverless Devs renders it, as far as this template uses its language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.local.expressions import ExpressionError, evaluate

ROOT = Path(__file__).parents[2]

_EXPRESSION = re.compile(r"\$\{((?:[^{}'\"]|'[^']*'|\"[^\"]*\")*)\}")


class TemplateError(ValueError):
    """The template says something that this reader does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function as the platform would run it."""

    resource: str
    name: str
    runtime: str
    handler: str
    code: Path
    timeout_seconds: int
    memory_mb: int
    role: str
    initializer: str | None
    layers: tuple[str, ...]
    environment: Mapping[str, str]
    triggers: tuple[Mapping[str, Any], ...]

    @property
    def http_trigger(self) -> Mapping[str, Any] | None:
        """The configuration of the HTTP trigger, if there is one."""
        return next((t["triggerConfig"] for t in self.triggers if t["triggerType"] == "http"), None)


def load(
    environ: Mapping[str, str], *, account_id: str, path: Path = ROOT / "template.yml"
) -> dict[str, Function]:
    """Return the template's functions by resource name, rendered for ``environ``."""
    rendered = resources(environ, account_id=account_id, path=path)
    return {name: _function(name, body["props"], folder=path.parent) for name, body in rendered.items()}


def resources(
    environ: Mapping[str, str], *, account_id: str, path: Path = ROOT / "template.yml"
) -> dict[str, Any]:
    """Return the template's resources, rendered for ``environ``."""
    document = yaml.safe_load(path.read_text())
    renderer = _Renderer(document.get("vars", {}), environ, account_id)
    rendered: dict[str, Any] = renderer.render(document["resources"])
    return rendered


def _function(resource: str, props: Mapping[str, Any], *, folder: Path) -> Function:
    initializer = props.get("instanceLifecycleConfig", {}).get("initializer", {}).get("handler")
    return Function(
        resource=resource,
        name=props["functionName"],
        runtime=props["runtime"],
        handler=props["handler"],
        code=(folder / props["code"]).resolve(),
        timeout_seconds=props["timeout"],
        memory_mb=props["memorySize"],
        role=props["role"],
        initializer=initializer,
        layers=tuple(props.get("layers", ())),
        environment=props["environmentVariables"],
        triggers=tuple(props.get("triggers", ())),
    )


class _Renderer:
    """Replaces ``${…}``: an expression over ``vars.x``, ``env('NAME', default)`` and ``config('AccountID')``."""

    def __init__(self, variables: Mapping[str, Any], environ: Mapping[str, str], account_id: str) -> None:
        self._variables, self._environ, self._account_id = variables, environ, account_id

    def render(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.render(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.render(member) for member in value]
        if not isinstance(value, str):
            return value
        whole = _EXPRESSION.fullmatch(value)
        if whole:
            return self._value(whole[1].strip())
        return _EXPRESSION.sub(lambda match: str(self._value(match[1].strip())), value)

    def _value(self, expression: str) -> Any:
        names = {
            "vars": _Lazy(self._variables, self.render),
            "env": self._env,
            "config": self._config,
            "json": _json,
        }
        try:
            return evaluate(expression, names)
        except ExpressionError as error:
            raise TemplateError(f"cannot render ${{{expression}}}: {error}") from error

    def _env(self, name: str, default: Any = None) -> Any:
        # The command line takes an empty variable for one that is not set.
        if self._environ.get(name):
            return self._environ[name]
        if default is None:
            raise TemplateError(f"set the environment variable {name}")
        return default

    def _config(self, name: str) -> str:
        if name != "AccountID":
            raise TemplateError(f"config('{name}') is not known here")
        return self._account_id


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ExpressionError("no JSON") from None


class _Lazy(Mapping[str, Any]):
    """The template's variables, each rendered when it is asked for."""

    def __init__(self, variables: Mapping[str, Any], render: Callable[[Any], Any]) -> None:
        self._variables, self._render = variables, render

    def __getitem__(self, name: str) -> Any:
        return self._render(self._variables[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)
