"""What the commands of packaging and deploying are called, and what may be told them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tests.deploy import sbom
from tests.deploy.package import BUILD
from tests.deploy.variables import ENV_FILE


def parser(description: str) -> argparse.ArgumentParser:
    """Return the parser of the command line; ``command`` is the name of the one that was asked for."""
    made = argparse.ArgumentParser(prog="python -m tests.deploy", description=description)
    commands = made.add_subparsers(required=True, metavar="command", dest="command")
    for add in (_add_packaging, _add_deploying, _add_asking):
        add(commands)
    made.add_argument("--env-file", type=Path, default=ENV_FILE, help="default: .env beside template.yml")
    made.add_argument("--build", type=Path, default=BUILD, help="folder of the packages (default build/)")
    return made


def _add_packaging(commands: Any) -> None:
    commands.add_parser("package", help="layers and function archives under build/")
    commands.add_parser("sbom", help=f"what the packaged layers hold, as build/{sbom.NAME}")
    commands.add_parser("app", help="this project as an application for s init")
    reading = commands.add_parser("readme", help="bring the generated parts of README and docs in step")
    reading.add_argument("--check", action="store_true", help="only say whether they are")


def _add_deploying(commands: Any) -> None:
    commands.add_parser("secrets", help="lines for .env with secrets that are new each time")
    policies = commands.add_parser("policies", help="trust policy and policy of every role, as JSON")
    policies.add_argument(
        "--account-id", default="", help="default: ACCOUNT_ID, else the account of `s config`"
    )
    deploying = commands.add_parser("deploy", help="publish the layers and deploy the functions")
    deploying.add_argument("--dry-run", action="store_true", help="print the steps; needs no credentials")
    making = commands.add_parser("infra", help="roles, logs, alerts, queues and the like, as one stack")
    making.add_argument("--dry-run", action="store_true", help="print the stack; needs no credentials")
    making.add_argument("--check", action="store_true", help="compare it with the one that was applied last")
    removing = commands.add_parser("remove", help="take a stage away; never the bucket")
    for asking in (making, removing):
        asking.add_argument("--yes", action="store_true", help="do not ask")


def _add_asking(commands: Any) -> None:
    asking = commands.add_parser("doctor", help="ask a deployment's endpoints, and name what is wrong")
    asking.add_argument("url", nargs="?", default="", help="default: the domain of GRANTS_DOMAIN")
    asking.add_argument("--token", default="", help="a caller's token (default: GRANTS_JWT)")
    asking.add_argument("--origin", default="", help="a page's origin, such as https://app.example.com")
    asking.add_argument("--write", action="store_true", help="store an object too, and take it away again")
