"""Expressions of template.yml: the part of JavaScript that ours are written in, as Serverless Devs evaluates it.

Texts, arrays, ``+``, ``===``, ``&&``, ``||``, ``c ? a : b``, ``name => …``, calls, and a few methods of texts and arrays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|[A-Za-z_$][\w$]*|[0-9]+|=>|===|!==|&&|\|\||[?:()\[\].,+!])")

Names = Mapping[str, Any]


class ExpressionError(ValueError):
    """The expression says something that this reader does not know."""


def evaluate(text: str, names: Names) -> Any:
    """Return the value of an expression; functions and objects are looked up in ``names``."""
    reader = _Reader(_tokens(text), text)
    found = reader.conditional()
    if reader.peek():
        raise ExpressionError(f"cannot read {reader.peek()!r} in {text}")
    return found(names)


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"cannot read {text[position:].strip()[:20]!r} in {text}")
        tokens.append(match[1])
        position = match.end()
    return tokens


def truth(value: Any) -> bool:
    """Tell what JavaScript makes of a value in a condition: an empty list is true."""
    return isinstance(value, (list, dict)) or bool(value)


_METHODS: dict[str, Callable[..., Any]] = {
    "split": lambda text, by: text.split(by),
    "trim": lambda text: text.strip(),
    "startsWith": lambda text, prefix: text.startswith(prefix),
    "toUpperCase": lambda text: text.upper(),
    "join": lambda items, by=",": by.join(map(str, items)),
    "map": lambda items, change: [change(item) for item in items],
    "filter": lambda items, keep: [item for item in items if truth(keep(item))],
    "concat": lambda items, more: (
        items + (more if isinstance(items, str) or isinstance(more, list) else [more])
    ),
    "includes": lambda items, item: item in items,
}
"""Methods by name; what they are called on comes first."""

_Node = Callable[[Names], Any]


class _Reader:
    """Reads tokens from left to right; each method returns a function from names to the value."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self._tokens, self._text, self._at = tokens, text, 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, token: str = "") -> str:
        found = self.peek()
        if not found or (token and found != token):
            raise ExpressionError(f"{token or 'a value'!r} expected in {self._text}")
        self._at += 1
        return found

    def _took(self, token: str) -> bool:
        if self.peek() == token:
            self._at += 1
            return True
        return False

    def conditional(self) -> _Node:
        condition = self._either()
        if not self._took("?"):
            return condition
        yes = self.conditional()
        self._take(":")
        no = self.conditional()
        return lambda names: (yes if truth(condition(names)) else no)(names)

    def _either(self) -> _Node:
        left = self._both()
        while self._took("||"):
            left = _or(left, self._both())
        return left

    def _both(self) -> _Node:
        left = self._equal()
        while self._took("&&"):
            left = _and(left, self._equal())
        return left

    def _equal(self) -> _Node:
        left = self._sum()
        while self.peek() in ("===", "!=="):
            left = _same(left, negated=self._take() == "!==", right=self._sum())
        return left

    def _sum(self) -> _Node:
        left = self._not()
        while self._took("+"):
            left = _plus(left, self._not())
        return left

    def _not(self) -> _Node:
        if not self._took("!"):
            return self._member()
        operand = self._not()
        return lambda names: not truth(operand(names))

    def _member(self) -> _Node:
        value = self._primary()
        while self._took("."):
            name = self._take()
            value = _method(value, name, self._arguments()) if self.peek() == "(" else _field(value, name)
        return value

    def _arguments(self, begin: str = "(", end: str = ")") -> list[_Node]:
        self._take(begin)
        found: list[_Node] = []
        while not self._took(end):
            if found:
                self._take(",")
            found.append(self.conditional())
        return found

    def _primary(self) -> _Node:
        if self._took("("):
            inner = self.conditional()
            self._take(")")
            return inner
        if self.peek() == "[":
            items = self._arguments("[", "]")
            return lambda names: [item(names) for item in items]
        token = self._take()
        if token[0] in "'\"" or token.isdigit():
            literal = int(token) if token.isdigit() else token[1:-1]
            return lambda _: literal
        if self._took("=>"):
            return _arrow(token, self.conditional())
        if self.peek() == "(":
            arguments = self._arguments()
            return lambda names: _named(token, names)(*(each(names) for each in arguments))
        return lambda names: _named(token, names)


def _named(name: str, names: Names) -> Any:
    if name not in names:
        raise ExpressionError(f"{name} is not known here")
    return names[name]


def _arrow(parameter: str, body: _Node) -> _Node:
    return lambda names: lambda value: body({**names, parameter: value})


def _or(left: _Node, right: _Node) -> _Node:
    return lambda names: value if truth(value := left(names)) else right(names)


def _and(left: _Node, right: _Node) -> _Node:
    return lambda names: right(names) if truth(value := left(names)) else value


def _same(left: _Node, *, negated: bool, right: _Node) -> _Node:
    return lambda names: (left(names) == right(names)) is not negated


def _plus(left: _Node, right: _Node) -> _Node:
    return lambda names: left(names) + right(names)


def _field(value: _Node, name: str) -> _Node:
    if name == "length":
        return lambda names: len(value(names))
    return lambda names: _named(name, value(names))


def _method(value: _Node, name: str, arguments: list[_Node]) -> _Node:
    if name not in _METHODS:
        raise ExpressionError(f"the method {name} is not known here")
    return lambda names: _METHODS[name](value(names), *(each(names) for each in arguments))
