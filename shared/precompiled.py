"""Validators from schemas that ``make package`` compiled, so that a function starts without pydantic itself.

pydantic is needed to make a schema, its core alone to use one. The only module that reaches into that
package: its core is loaded without the package around it, whose imports cost more than all of ours. Packaging
with ``PLAIN_PYDANTIC=true`` leaves the schemas out, and everything goes through pydantic again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from threading import Lock
from typing import Any

Validator = tuple[type[Any], Callable[..., Any]]
"""The core's error class, and the function that checks."""


def validator(model: type) -> Validator | None:
    """Return the compiled validator of ``model``; None where nothing was compiled, as in the source tree."""
    try:
        schemas = import_module("shared.compiled_schemas").SCHEMAS
    except ModuleNotFoundError:
        return None
    core = _core()
    return core.ValidationError, core.SchemaValidator(_with_classes(schemas[name_of(model)])).validate_python


def name_of(model: type) -> str:
    """Return the name under which a model's schema is kept, and its class found again."""
    return f"{model.__module__}:{model.__qualname__}"


def _with_classes(node: Any) -> Any:
    """Return a schema with the classes that it names; their modules are loaded, being the model's."""
    if isinstance(node, list):
        return [_with_classes(child) for child in node]
    if not isinstance(node, dict):
        return node
    made = {name: _with_classes(child) for name, child in node.items()}
    if "cls" in made:
        module, _, name = made["cls"].partition(":")
        made["cls"] = getattr(sys.modules[module], name)
    return made


def _core() -> Any:
    """Return ``pydantic_core._pydantic_core``, imported without running the package's ``__init__``."""
    with _loading:
        return _loaded_core("pydantic_core")


_loading = Lock()
"""One thread at a time: the package's place in ``sys.modules`` is taken for a moment."""


def _loaded_core(name: str) -> Any:
    if f"{name}._{name}" in sys.modules:
        return sys.modules[f"{name}._{name}"]
    if name in sys.modules:
        return import_module(f"{name}._{name}")
    from importlib.machinery import PathFinder
    from types import ModuleType

    found = PathFinder.find_spec(name)
    if found is None:
        raise ImportError(name)
    sys.modules[name] = package = ModuleType(name)
    package.__path__ = list(found.submodule_search_locations or ())
    try:
        return import_module(f"{name}._{name}")
    finally:
        # Whoever imports the package itself later gets the whole of it.
        del sys.modules[name]
