"""``python -m tests.deploy``: what `make package`, `make policies` and `make deploy` run."""

from __future__ import annotations

import argparse
import os

from tests.deploy.package import package, report
from tests.deploy.target import target_of


def main() -> None:
    """Carry out one sub-command."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("package", help="layers and function archives under build/")
    command.set_defaults(run=_package)
    arguments = parser.parse_args()
    arguments.run(arguments)


def _package(_: argparse.Namespace) -> None:
    target = target_of(os.environ)
    print(report(package(target=target), target=target))


if __name__ == "__main__":
    main()
