"""The real command line, started where it finds the stand-in component, with a made-up account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests import needed
from tests.deploy import serverless


@pytest.fixture(scope="session")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return ``run(*arguments, environ={}, folder=…)``, which returns what the CLI printed or raises ``CliFailed``."""
    command = serverless.install()
    if command is None:
        needed.left_out("no npm here: the real Serverless Devs command line")
    home = serverless.made_up_account(command, home=tmp_path_factory.mktemp("home"))

    def run(
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        folder: Path = serverless.STAND_IN_FOLDER,
    ) -> str:
        return serverless.run(command, arguments, folder=folder, environ={**home, **(environ or {})})

    return run
