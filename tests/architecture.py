"""The rules of the house that a machine can hold, each a function from sources to violations."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from statistics import median

from tests.sources import Import, Source, functions, imports, lines_of, sources

LAYERS: Mapping[str, frozenset[str]] = {
    "tool": frozenset({"diagnose"}),
    "tool's rooms": frozenset({"diagnosis"}),
    "wing above wings": frozenset({"ticket"}),
    "wing": frozenset({"on_upload", "presign", "presign_on_event", "sts"}),
    "platform": frozenset({"fc"}),
    "settings": frozenset({"settings"}),
    "idea": frozenset({"grants", "oidc", "redemptions", "sessions"}),
    "own requests": frozenset({"oss"}),
    "seal": frozenset({"seals"}),
    "signature": frozenset({"signing"}),
    "wire": frozenset({"https", "strict_json"}),
    "door": frozenset({"validation"}),
    "basement": frozenset({"errors", "precompiled", "values"}),
}
"""The rooms of ``shared``, from top to bottom: imports go down, between packages and inside them."""

THIRD_PARTY: Mapping[str, frozenset[str]] = {
    "oidc.keys": frozenset({"jwt"}),
    "oidc.tokens": frozenset({"jwt"}),
    "precompiled": frozenset({"pydantic_core"}),
    "redemptions.redis": frozenset({"redis"}),
    "validation": frozenset({"pydantic", "pydantic_core"}),
}
"""What may be imported from outside, and by whom; inside functions only, for it is slow to import."""

CLOCKS = frozenset({"now", "utcnow", "today", "time", "time_ns", "monotonic"})
IMPURE = frozenset(
    {"io", "os", "pathlib", "random", "secrets", "shutil", "socket", "subprocess", "sys", "time", "uuid"}
)


def _rank(entry: str) -> int:
    return next((rank for rank, modules in enumerate(LAYERS.values()) if entry in modules), -1)


def modules_outside_the_table(found: Iterable[Source]) -> list[str]:
    return [each.name for each in found if each.room and _rank(each.room) < 0]


def arrows_up(found: Iterable[Source]) -> list[str]:
    """Return imports of a room above, or of another room on the same floor."""
    return [
        f"{source.name} -> {each.name}"
        for source in found
        for each in imports(source)
        if each.name.startswith("shared.") and source.room
        if not _leads_down(source.room, each.name.split(".")[1])
    ]


def _leads_down(source: str, target: str) -> bool:
    return source == target or _rank(source) < _rank(target)


def cycle(found: Iterable[Source]) -> list[str]:
    """Return modules that import each other in a circle, deferred imports included; empty without one."""
    try:
        TopologicalSorter(arrows(found)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def arrows(found: Iterable[Source]) -> dict[str, set[str]]:
    """Return for each module the modules that it imports; ``from package import name`` may name either."""
    every = list(found)
    names = {source.name for source in every}
    return {
        source.name: {_module(each.name, names) for each in imports(source)} - {"", source.name}
        for source in every
    }


def _module(imported: str, names: set[str]) -> str:
    return next((name for name in (imported, imported.rpartition(".")[0]) if name in names), "")


def foreign_imports(found: Iterable[Source]) -> list[str]:
    """Return imports of shared that are neither ours, nor the standard library, nor in their place."""
    return [
        f"{source.name} -> {each.name}"
        for source in found
        for each in imports(source)
        if not each.is_for_type_checkers
        if each.package not in sys.stdlib_module_names | {"shared"} and not _in_place(source, each)
    ]


def _in_place(source: Source, each: Import) -> bool:
    return not each.at_module_level and each.package in THIRD_PARTY.get(source.place, frozenset())


def leaks_of_signing(found: Iterable[Source]) -> list[str]:
    """Return what signing imports or calls beyond itself, errors and pure parts of the standard library."""
    return [
        f"{source.name}: {problem}"
        for source in found
        if source.room == "signing"
        for problem in (*_impure_imports(source), *_impure_calls(source))
    ]


def _impure_imports(source: Source) -> Iterator[str]:
    for each in imports(source):
        ours = each.name.startswith(("shared.signing", "shared.errors", "shared.values"))
        pure = each.package in sys.stdlib_module_names - IMPURE
        if not ours and not pure and not each.is_for_type_checkers:
            yield each.name


def _impure_calls(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in CLOCKS | {"open", "print", "input", "getenv"}:
                yield f"{name}()"


def imports_beyond(found: Iterable[Source], *, ours: tuple[str, ...]) -> list[str]:
    """Return imports from this repository other than ``ours``."""
    return [
        f"{source.name} -> {each.name}"
        for source in found
        for each in imports(source)
        if each.package in {"shared", "functions", "tests"} and not f"{each.name}.".startswith(ours)
    ]


def third_party_of_functions(found: Iterable[Source]) -> list[str]:
    known = sys.stdlib_module_names | {"shared"}
    return [
        f"{each.name} -> {one.name}" for each in found for one in imports(each) if one.package not in known
    ]


def over_long_modules(found: Iterable[Source], *, ceiling: int) -> list[str]:
    lengths = {source.name: len(source.text.splitlines()) for source in found}
    return [f"{name}: {length} lines" for name, length in lengths.items() if length > ceiling]


def over_long_functions(found: Iterable[Source], *, ceiling: int) -> list[str]:
    return [
        f"{source.name}.{function.name}: {lines_of(function)} lines"
        for source in found
        for function in functions(source.tree)
        if lines_of(function) > ceiling
    ]


def median_length(found: Iterable[Source]) -> float:
    return median(lines_of(function) for source in found for function in functions(source.tree))


def path_edits(found: Iterable[Source]) -> list[str]:
    return [source.name for source in found if any(map(_edits_path, ast.walk(source.tree)))]


def _edits_path(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"syspath_prepend", "addsitedir"} or _is_sys_path(node.func.value)
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return any(_is_sys_path(getattr(each, "value", each)) or _is_sys_path(each) for each in targets)


def _is_sys_path(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path"


def prints(found: Iterable[Source]) -> list[str]:
    return [
        source.name
        for source in found
        if source.room != "diagnose"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]


def described(found: Iterable[Source]) -> str:
    """Return packages with their modules and lines, and the arrows between packages."""
    every = list(found)
    rooms = sorted({source.room for source in every if source.room}, key=_rank)
    lines = [
        f"{room}: {sum(each.room == room for each in every)} modules, "
        f"{sum(len(each.text.splitlines()) for each in every if each.room == room)} lines"
        for room in rooms
    ]
    between = {
        (source.split(".")[1], target.split(".")[1])
        for source, targets in arrows(every).items()
        for target in targets
        if "." in source and "." in target and source.split(".")[1] != target.split(".")[1]
    }
    shown = [f"{room} -> {', '.join(sorted(to for start, to in between if start == room))}" for room in rooms]
    shipped = sum(len(each.text.splitlines()) for each in every if _rank(each.room) > 1 or not each.room)
    return "\n".join([*lines, "", *shown, "", f"{len(between)} arrows, {shipped} lines in the layer"])


if __name__ == "__main__":
    sys.stdout.write(described(sources("shared")) + "\n")
