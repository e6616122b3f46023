"""Bytecode in which dataclasses are written out, as ``@dataclass`` would write them on each start.

Importing ``dataclasses`` and running its decorator takes half of a cold start. Only bytecode is written: the
source beside it stays as it is, and tracebacks name its lines. Runs by itself under the platform's Python:
``python dataclass_bytecode.py FOLDER LANDS_IN``.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

_UNCHECKED_HASH = 1
"""PEP 552: neither the source's time nor its text is looked at."""

_EXPANDABLE = ({"frozen", "slots"}, {"frozen", "slots", "kw_only"})
_ABSENT = "..."
"""Stands for a default that a factory makes."""


def expanded(source: str) -> ast.Module:
    """Return a module's syntax tree with its frozen, slotted dataclasses written out.

    Dataclasses of another kind stay as they are, and so does the import of what is still used.
    """
    tree = ast.parse(source)
    tree.body = [_written_out(node) if isinstance(node, ast.ClassDef) else node for node in tree.body]
    tree.body = [node for node in map(_only_used(tree), tree.body) if node is not None]
    return ast.fix_missing_locations(tree)


def _only_used(tree: ast.Module) -> Callable[[ast.stmt], ast.stmt | None]:
    """Return what drops names from the import of ``dataclasses`` that nothing uses any more."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}

    def kept(node: ast.stmt) -> ast.stmt | None:
        if not isinstance(node, ast.ImportFrom) or node.module != "dataclasses":
            return node
        node.names = [alias for alias in node.names if alias.name in used]
        return node if node.names else None

    return kept


def _written_out(node: ast.ClassDef) -> ast.ClassDef:
    decorator = next((each for each in node.decorator_list if _is_expandable(each)), None)
    if decorator is None:
        return node
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    names = [each.target.id for each in fields if isinstance(each.target, ast.Name)]
    methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    keyword_only = any(each.arg == "kw_only" for each in decorator.keywords)  # type: ignore[attr-defined]  # a call
    made = _made(names, post_init="__post_init__" in methods, keyword_only=keyword_only)
    _give_defaults(made[1], fields)
    for inner in (inner for each in made for inner in ast.walk(each)):
        # One line: of a call that spans several, a traceback names the last.
        inner.__dict__.update(lineno=node.lineno, end_lineno=node.lineno, col_offset=0, end_col_offset=0)
    node.decorator_list.remove(decorator)
    node.body = [
        *_without_fields(node.body),
        *(each for each in made if getattr(each, "name", "") not in methods),
    ]
    return node


def _is_expandable(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "dataclass"
        and {each.arg for each in decorator.keywords} in _EXPANDABLE
    )


def _without_fields(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield a class's statements but its fields and the texts that describe them."""
    after_a_field = False
    for node in body:
        describes = after_a_field and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        after_a_field = isinstance(node, ast.AnnAssign)
        if not after_a_field and not describes:
            yield node


def _made(names: list[str], *, post_init: bool, keyword_only: bool) -> list[ast.stmt]:
    """Return slots and methods: the constructor comes second, still without defaults."""
    values = "".join(f"self.{name}, " for name in names)
    shown = ", ".join(f"{name}={{self.{name}!r}}" for name in names)
    lines = [
        f"__slots__ = {tuple(names)!r}",
        f"def __init__(self, {'*, ' if keyword_only else ''}{', '.join(names)}):",
        " put = object.__setattr__",
        *(f" put(self, {name!r}, {name})" for name in names),
        *([" self.__post_init__()"] if post_init else []),
        "def __setattr__(self, name, value):",
        " raise AttributeError(f'cannot assign to field {name!r}')",
        "def __delattr__(self, name):",
        " raise AttributeError(f'cannot delete field {name!r}')",
        "def __eq__(self, other):",
        " if other.__class__ is not self.__class__: return NotImplemented",
        f" return ({values}) == ({values.replace('self.', 'other.')})",
        "def __hash__(self):",
        f" return hash(({values}))",
        "def __repr__(self):",
        f" return self.__class__.__qualname__ + f'({shown})'",
    ]
    return ast.parse("\n".join(lines)).body


def _give_defaults(constructor: ast.stmt, fields: list[ast.AnnAssign]) -> None:
    """Put the fields' defaults into the constructor; what a factory makes is made when it is called."""
    assert isinstance(constructor, ast.FunctionDef)  # it is what _made wrote
    arguments = constructor.args
    for index, field in enumerate(fields):
        factory = _factory(field.value)
        default = ast.parse(_ABSENT, mode="eval").body if factory else field.value
        if arguments.kwonlyargs:
            arguments.kw_defaults[index] = default
        elif default is not None:
            arguments.defaults.append(default)
        if factory is not None:
            name = arguments.kwonlyargs[index].arg if arguments.kwonlyargs else arguments.args[index + 1].arg
            text = f"{name} = {ast.unparse(factory)}() if {name} is {_ABSENT} else {name}"
            constructor.body.insert(0, ast.parse(text).body[0])


def _factory(default: ast.expr | None) -> ast.expr | None:
    """Return the factory of ``field(default_factory=…)``; raises on any other use of ``field``."""
    if not (
        isinstance(default, ast.Call) and isinstance(default.func, ast.Name) and default.func.id == "field"
    ):
        return None
    if [each.arg for each in default.keywords] != ["default_factory"]:
        raise ValueError("field() with anything but default_factory is not written out")
    return default.keywords[0].value


def compile_folder(folder: Path, *, lands_in: str) -> None:
    """Write bytecode for every module below ``folder``; tracebacks name paths below ``lands_in``."""
    for path in sorted(folder.rglob("*.py")):
        source = path.read_bytes()
        name = f"{lands_in}/{path.relative_to(folder).as_posix()}"
        code = compile(expanded(source.decode()), name, "exec", dont_inherit=True)
        target = Path(importlib.util.cache_from_source(str(path)))
        target.parent.mkdir(exist_ok=True)
        head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little")
        target.write_bytes(head + importlib.util.source_hash(source) + marshal.dumps(code))


if __name__ == "__main__":
    compile_folder(Path(sys.argv[1]), lands_in=sys.argv[2])
