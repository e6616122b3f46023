"""What the STS SDK imports and a synchronous AssumeRole never uses, stood in for where it is left out.

``make package`` leaves these packages out of the SDK's layer: most of its size, and of the time that its
import takes. ``FULL_SDK=true make package`` puts them in, and then nothing is stood in for. What counts is
what stands beside the SDK: the platform has packages of its own, in versions that nobody has pinned. The only
module that stands between the SDK and its imports.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from os.path import dirname
from types import ModuleType, SimpleNamespace
from typing import Any

from shared.errors import Misconfigured

UNUSED = frozenset(
    {
        *("aiofiles", "aiohttp", "apscheduler", "cryptography", "websocket"),
        *("alibabacloud_credentials", "alibabacloud_gateway_spi", "alibabacloud_tea_openapi.websocket_utils"),
        *("darabonba.utils.xml", "darabonba.websocket", "requests"),
    }
)
"""Asynchronous calls, background refresh of other credential kinds, RSA key pairs, web sockets, XML.

``sessions.sdk`` says where credentials come from, ``sessions.transport`` sends the requests.
"""


class NotInThisLayer(Exception):
    """What was left out of the layer is used after all; ``FULL_SDK=true make package`` puts it in."""


def is_left_out(name: str) -> bool:
    """Tell whether no package of this name is installed beside the SDK."""
    # None in sys.modules keeps a name from being imported (Python, the import system).
    return sys.modules.get(name, sys) is None or PathFinder.find_spec(name, [_folder_of_the_sdk()]) is None


@cache
def _folder_of_the_sdk() -> str:
    found = PathFinder.find_spec("alibabacloud_sts20150401")
    if found is None or found.origin is None:
        raise Misconfigured("layers", "the STS SDK is missing: list its layer in template.yml")
    return dirname(dirname(found.origin))


@contextmanager
def stood_in() -> Iterator[None]:
    """Let imports of ``UNUSED`` packages succeed within the block, where the SDK has come without them.

    Nothing of it stays behind but what the SDK's own modules hold. Raises ``Misconfigured`` without an SDK.
    """
    finder = _StandIns(_folder_of_the_sdk())
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in finder.made:
            sys.modules.pop(name, None)


class _StandIns:
    """Finds an empty package for each name in ``UNUSED``, and for what is imported from there.

    Finder and loader in one, without their base classes: importing those takes as long as the SDK's client.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.made: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        if not any(f"{name}.".startswith(f"{unused}.") for unused in UNUSED):
            return None
        if PathFinder.find_spec(name, [self._folder] if path is None else path) is not None:
            return None
        loader: Any = self
        return ModuleSpec(name, loader, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        self.made.append(spec.name)
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Put in what can be made; any other name is a class that cannot."""
        vars(module).update(_MADE.get(module.__name__, {}))


class _StandIn(ModuleType):
    """A module that has every name: a class to be named in annotations, and never to be made."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (_NeverMade,), {"__module__": self.__name__})


class _NeverMade:
    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotInThisLayer(f"{type(self).__module__}.{type(self).__name__}")


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
