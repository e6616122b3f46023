"""Values: frozen classes with slots, made by one decorator whose methods are written once.

``dataclasses`` writes and compiles the methods of each class on each start, which takes half of a cold start.
Here all classes share these methods; what differs, the names of the fields, stands in the class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_options: bool) -> Callable[[Any], Any]:
        """Tell type checkers only: Python 3.10 has no such function."""
        return lambda decorator: decorator


Kind = TypeVar("Kind")
Value = TypeVar("Value")

NOTHING: Mapping[str, Any] = {}
"""A mapping without members, as the default of fields."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(cls: type[Kind]) -> type[Kind]:
    """Return ``cls`` as a frozen class with slots, made by keywords: each annotation is a field, in order.

    A field with a value in the class may be left out. ``__post_init__``, where there is one, checks what was
    made. Equality and hash are those of the tuple of all fields, within one class.
    """
    space = dict(vars(cls))
    names = tuple(space.get("__annotations__", ()))
    defaults = {name: space.pop(name) for name in names if name in space}
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    metaclass: Any = type(cls)
    made = metaclass(cls.__name__, cls.__bases__, {**_METHODS, **space, "__slots__": names})
    made.__qualname__ = cls.__qualname__
    # Read on each construction: a plain dictionary is merged in half the time of a read-only view.
    made._defaults = defaults
    made._count = len(names)
    made._put = tuple((name, vars(made)[name].__set__) for name in names)
    made._copied = tuple((name, vars(made)[name].__get__, vars(made)[name].__set__) for name in names)
    made._checks = hasattr(made, "__post_init__")
    made._all = staticmethod(attrgetter(*names) if names else _nothing)
    return made  # type: ignore[no-any-return]  # made by a metaclass


def _nothing(_: object) -> tuple[()]:
    return ()


def replaced(of: Value, **changes: Any) -> Value:
    """Return a value like ``of``, but for these fields."""
    kind: Any = type(of)
    # Not through its constructor: a field that is not changed was checked when it was first given.
    made = kind.__new__(kind)
    for name, get, put in kind._copied:
        put(made, changes.pop(name) if name in changes else get(of))
    if changes:
        raise TypeError(f"{kind.__qualname__}: {next(iter(changes))} is no field")
    if kind._checks:
        made.__post_init__()
    return made  # type: ignore[no-any-return]  # of the same class


def fields(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of a value class, in order."""
    return kind.__slots__  # type: ignore[attr-defined, no-any-return]  # value() has put them there


def defaults(kind: type) -> Mapping[str, Any]:
    """Return what fields hold that were left out."""
    return MappingProxyType(kind._defaults)  # type: ignore[attr-defined]  # value() has put them there


def _init(self: Any, **given: Any) -> None:
    kind = type(self)
    if len(given) != kind._count:
        given = {**kind._defaults, **given}
    try:
        for name, put in kind._put:
            put(self, given[name])
    except KeyError as absent:
        raise TypeError(f"{kind.__qualname__}: {absent.args[0]} is missing") from None
    if len(given) != kind._count:
        unknown = next(name for name in given if name not in kind.__slots__)
        raise TypeError(f"{kind.__qualname__}: {unknown} is no field")
    if kind._checks:
        self.__post_init__()


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({shown})"


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._all(self) == self._all(other)


def _hash(self: Any) -> int:
    return hash(self._all(self))


def _refuse_change(self: Any, name: str, *_: Any) -> NoReturn:
    raise AttributeError(f"{type(self).__qualname__}: {name} cannot change, values are frozen")


def _refuse_copy(self: Any) -> NoReturn:
    raise TypeError(f"{type(self).__qualname__}: values are not pickled or copied, hand the object itself on")


_METHODS: dict[str, Any] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _equal,
    "__hash__": _hash,
    "__setattr__": _refuse_change,
    "__delattr__": _refuse_change,
    "__reduce__": _refuse_copy,
}
