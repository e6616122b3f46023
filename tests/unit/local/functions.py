"""Functions made for a test: a few lines of code in a folder, run as the platform would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from tests.local.runtime import FunctionRunner
from tests.local.template import Function

Made = Callable[..., FunctionRunner]


@contextmanager
def runners(folder: Path) -> Iterator[Made]:
    """Yield ``make(code, …)``; what it made is stopped at the end."""
    made: list[FunctionRunner] = []

    def make(
        code: str,
        *,
        timeout: int = 20,
        instances: int = 1,
        initializer: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> FunctionRunner:
        (folder / "index.py").write_text(dedent(code))
        runner = FunctionRunner(
            function=_function(folder, timeout=timeout, initializer=initializer),
            environment=lambda: environ or {},
            region="cn-hangzhou",
            account_id="123456789012",
            instances=instances,
        )
        made.append(runner)
        return runner

    yield make
    for runner in made:
        runner.stop()


def _function(folder: Path, *, timeout: int, initializer: str | None) -> Function:
    return Function(
        resource="made",
        name="made-for-a-test",
        runtime="python3.12",
        handler="index.handler",
        code=folder,
        timeout_seconds=timeout,
        memory_mb=256,
        role="acs:ram::123456789012:role/made",
        initializer=initializer,
        layers=(),
        environment={},
        triggers=(),
    )
