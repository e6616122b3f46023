"""Python files of this repository as sources: names, imports and functions, read without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

ROOT = Path(__file__).parents[1]
EMULATOR = "tests.emulator.oss_emulator"


class Source(NamedTuple):
    """One Python file: its dotted name and its text."""

    name: str
    text: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    @property
    def room(self) -> str:
        """Return the name that ``LAYERS`` knows: ``signing`` for ``shared.signing.v4``."""
        return self.name.split(".")[1] if "." in self.name else ""

    @property
    def place(self) -> str:
        """Return the name below ``shared``: ``signing.v4``."""
        return self.name.partition(".")[2]


class Import(NamedTuple):
    """One import: the whole name, whether it runs with the module itself, and whether it runs at all."""

    name: str
    at_module_level: bool
    is_for_type_checkers: bool

    @property
    def package(self) -> str:
        return self.name.split(".")[0]


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def sources(*folders: str) -> list[Source]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [
        Source(_dotted(path.relative_to(ROOT)), path.read_text(encoding="utf-8"), path.stem == "__init__")
        for path in paths
        if "node_modules" not in path.parts
    ]


def support_sources() -> list[Source]:
    return [source for source in sources("tests") if not source.name.split(".")[-1].startswith("test_")]


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: Source) -> Iterator[Import]:
    tree = source.tree
    lazy = {id(node) for function in functions(tree) for node in ast.walk(function)}
    typed = {id(node) for block in ast.walk(tree) if _is_typed(block) for node in block.body}
    for node in ast.walk(tree):
        for name in _imported(node, source):
            yield Import(name, id(node) not in lazy, id(node) in typed)


def _is_typed(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _imported(node: ast.AST, source: Source) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{_absolute(node, source)}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, source: Source) -> str:
    """Return the whole name of a module; only the emulator, a distribution of its own, imports relatively."""
    if node.level == 0:
        return str(node.module)
    assert source.name.startswith(EMULATOR), f"{source.name}: relative import"
    above = node.level - source.is_package
    package = source.name.rsplit(".", above)[0] if above else source.name
    return ".".join(filter(None, (package, node.module)))


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
