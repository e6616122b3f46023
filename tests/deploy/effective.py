"""The settings that a deployment would have: read by the functions' own loaders, and shown as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.errors import Misconfigured
from shared.settings import functions
from shared.settings.variables.granting import FUNCTIONS
from shared.values import defaults, fields
from tests.deploy.variables import shown


def load(name: str, environ: Mapping[str, str]) -> Any:
    """Return the settings of the function ``name``, by its own loader; raises ``Misconfigured``."""
    loader = getattr(functions, f"{name}_settings")
    return loader(environ)


def refusals(resources: Mapping[str, Any]) -> list[str]:
    """Return what the functions would refuse, a line a variable, with the functions that say so."""
    said: dict[str, list[str]] = {}
    for name, resource in resources.items():
        try:
            load(name, resource["props"]["environmentVariables"])
        except Misconfigured as refusal:
            said.setdefault(str(refusal), []).append(name)
    return [f"{refusal} ({', '.join(names)})" for refusal, names in said.items()]


def table(resources: Mapping[str, Any]) -> str:
    """Return the effective value of every variable that functions read; secrets are masked."""
    rows = [row for name, resource in resources.items() for row in _rows(name, resource["props"])]
    by_value: dict[tuple[str, str], list[str]] = {}
    for variable, value, function in rows:
        by_value.setdefault((variable, value), []).append(function)
    width = max((len(variable) for variable, _ in by_value), default=0)
    return "\n".join(
        f"{variable:<{width}}  {value or '(unset)'}{_where(names, of=len(resources))}"
        for (variable, value), names in sorted(by_value.items())
    )


def _rows(function: str, props: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    environ = props["environmentVariables"]
    for group in FUNCTIONS[function]:
        usual = defaults(group)
        for field in fields(group):
            name = field.upper()
            default = usual.get(field)
            # Truth values are written as the template writes them.
            text = (
                "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
            )
            yield name, shown(name, environ.get(name) or text), function


def _where(names: list[str], *, of: int) -> str:
    return "" if len(names) == of else f"  ({', '.join(names)})"
