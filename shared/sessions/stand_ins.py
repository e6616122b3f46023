"""Stand-ins for what the STS SDK imports and a synchronous AssumeRole never uses; always, wherever it runs.

The SDK's modules are loaded into a table of their own, and import through it: what is stood in for is seen by
them and by nobody else, and no version that the platform has installed takes their place.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType, SimpleNamespace
from typing import Any

from shared.errors import Misconfigured

SDK = frozenset({"alibabacloud_sts20150401", "alibabacloud_tea_openapi", "darabonba"})
"""Packages that are loaded into the table."""

UNUSED = frozenset(
    {
        *("aiohttp", "asyncio", "certifi", "cryptography"),
        *("alibabacloud_credentials", "alibabacloud_gateway_spi"),
        *(
            "alibabacloud_tea_openapi.websocket_utils",
            "darabonba.utils.xml",
            "darabonba.websocket",
            "requests",
        ),
    }
)
"""Asynchronous calls, roots of other clients, credentials of other kinds, RSA key pairs, web sockets, XML.

``shared.sessions.sdk`` says where credentials come from, and ``shared.sessions.transport`` sends.
"""


class NotUsed(Exception):
    """The SDK makes use of what is stood in for after all."""


def load(name: str) -> Any:
    """Return a module of the SDK; raises ``Misconfigured`` where there is no SDK."""
    if PathFinder.find_spec(name.partition(".")[0]) is None:
        raise Misconfigured("layers", "the STS SDK is missing: list its layer in template.yml")
    return _loaded(name)


_lock = RLock()
_modules: dict[str, ModuleType] = {}


def _loaded(name: str) -> ModuleType:
    """Return the SDK's module of this name, executed once; a package before its modules."""
    with _lock:
        if name in _modules:
            return _modules[name]
        package, _, own = name.rpartition(".")
        parent = _loaded(package) if package else None
        spec = PathFinder.find_spec(name, None if parent is None else parent.__path__)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = _executed(spec, spec.loader)
        if parent is not None:
            setattr(parent, own, module)
        return module


def _executed(spec: ModuleSpec, loader: Any) -> ModuleType:
    module = ModuleType(spec.name)
    module.__spec__, module.__file__ = spec, spec.origin
    module.__package__ = spec.parent
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    # A function's imports go through the builtins of its module, also when it is called later.
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": _import}
    _modules[spec.name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del _modules[spec.name]
        raise
    return module


def _import(
    name: str,
    space: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
    names: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    """Import for a module of the SDK, as Python's ``__import__`` does for others (Python, ``__import__``)."""
    absolute = _absolute(name, str((space or {}).get("__package__")), level)
    if _is_below(absolute, UNUSED):
        return _stand_in(absolute if names else absolute.partition(".")[0])
    if not _is_below(absolute, SDK):
        return builtins.__import__(name, space, local, names or (), level)
    module = _loaded(absolute)
    for each in names or ():
        if not hasattr(module, each) and hasattr(module, "__path__"):
            whole = f"{absolute}.{each}"
            setattr(module, each, _stand_in(whole) if _is_below(whole, UNUSED) else _loaded(whole))
    return module if names else _loaded(absolute.partition(".")[0])


def _absolute(name: str, package: str, level: int) -> str:
    if not level:
        return name
    above = package.rsplit(".", level - 1)[0]
    return f"{above}.{name}" if name else above


def _is_below(name: str, packages: frozenset[str]) -> bool:
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def _stand_in(name: str) -> ModuleType:
    made = _StandIn(name)
    vars(made).update(_MADE.get(name, {}))
    return made


class _StandIn(ModuleType):
    """A module that has every name: a class to be named in annotations, and never to be made."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (_NeverMade,), {"__module__": self.__name__})


class _NeverMade:
    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotUsed(f"{type(self).__module__}.{type(self).__name__}")


class _Request:
    """What the SDK writes a request into before it hands it to its session, see ``sessions.transport``."""

    def prepare(self, *, method: str, url: str, data: bytes | None, headers: dict[str, str]) -> None:
        self.method, self.url, self.body, self.headers = method, url, data, headers


class _NeverSends:
    """An adapter of the sessions that the SDK would make; it makes two adapters when it is imported."""

    def __init__(self, **_: Any) -> None:
        """Open nothing."""


_MADE: dict[str, dict[str, Any]] = {
    "requests": {"PreparedRequest": _Request, "adapters": SimpleNamespace(HTTPAdapter=_NeverSends)}
}
"""What the SDK does make of these packages."""
