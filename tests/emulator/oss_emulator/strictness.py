"""How sure the emulator is: every refusal and every assumption, with its mark."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise

from .sts.errors import ERRORS as STS_ERRORS
from .wire import facts
from .wire.refusals import ERRORS

MARKS = {
    "rec": "recorded from the service",
    "doc": "a page of the vendor's",
    "src": "the source of an official SDK",
    "inf": "inferred",
    "open": "not settled: the side is taken that makes promises harder to keep",
}


def lines() -> Iterator[str]:
    """Yield the table, the least sure first."""
    for mark in ("open", "inf", "src", "doc", "rec"):
        yield f"[{mark}] {MARKS[mark]}"
        yield from sorted(f"  {line}" for line in _marked(mark))


def _marked(mark: str) -> Iterator[str]:
    for name, row in ERRORS.items():
        if row.mark == mark:
            yield f"OSS  {name}: {row.status} {row.code} {row.ec}".rstrip()
    for name, refusal in STS_ERRORS.items():
        if refusal.mark == mark:
            yield f"STS  {name}: {refusal.status}"
    yield from (f"fact {text}" for text in _assumptions() if f"[{mark}]" in text)


def _assumptions() -> Iterator[str]:
    """Yield the names of ``facts`` with what is said below each."""
    body = ast.parse(inspect.getsource(facts)).body
    for named, said in pairwise(body):
        if (
            isinstance(named, ast.Assign)
            and isinstance(said, ast.Expr)
            and isinstance(said.value, ast.Constant)
        ):
            (target,) = named.targets
            yield f"{ast.unparse(target)}: {' '.join(str(said.value.value).split())}"
