"""What `make package`, `make policies`, `make deploy` and `make readme` run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from tests.deploy import readme, serverless
from tests.deploy.deploy import Deployment, NotDeployable, deploy, plan
from tests.deploy.package import BUILD, ROOT, STEPS, TEMPLATE, package, report
from tests.deploy.policies import as_json, roles
from tests.deploy.target import UnknownTarget, target_of
from tests.local.template import resources

CLEAR = "\r\033[K"
"""Empties a terminal's line."""


def main() -> None:
    """Carry out one sub-command."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("package", help="layers and function archives under build/").set_defaults(
        run=_package
    )
    policies = commands.add_parser("policies", help="trust policy and policy of every role, as JSON")
    policies.add_argument("--account-id", default=serverless.ACCOUNT_ID, help="made up, unless given")
    policies.set_defaults(run=_policies)
    deploying = commands.add_parser("deploy", help="publish the layers and deploy the functions")
    deploying.add_argument("--dry-run", action="store_true", help="print the steps; needs no credentials")
    deploying.set_defaults(run=_deploy)
    reading = commands.add_parser("readme", help="bring the generated parts of README and docs in step")
    reading.add_argument("--check", action="store_true", help="only say whether they are")
    reading.set_defaults(run=_readme)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except (UnknownTarget, NotDeployable, serverless.CliFailed) as error:
        sys.exit(str(error))


def _package(_: argparse.Namespace) -> None:
    target = target_of(os.environ)
    archives = package(target=target, say=lambda step: show(sys.stderr, step, of=STEPS))
    if sys.stderr.isatty():
        sys.stderr.write(CLEAR)
    print(report(archives, target=target))


def show(out: TextIO, step: str, *, of: Sequence[str]) -> None:
    """Write which step begins: a bar that moves on a terminal, a line elsewhere."""
    done = of.index(step)
    bar = f"[{'#' * done:-<{len(of)}}] {done + 1} of {len(of)}: {step}"
    out.write(f"{CLEAR}{bar}" if out.isatty() else f"{bar}\n")
    out.flush()


def _policies(arguments: argparse.Namespace) -> None:
    print(as_json(roles(resources(os.environ, account_id=arguments.account_id))))


def _deploy(arguments: argparse.Namespace) -> None:
    target = target_of(os.environ)
    template, build = TEMPLATE.relative_to(ROOT), BUILD.relative_to(ROOT)
    deployment = Deployment(template=template, build=build, target=target, environ=os.environ)
    if arguments.dry_run:
        print("\n".join(plan(deployment)))
        return
    print(deploy(deployment, cli=_cli))


def _readme(arguments: argparse.Namespace) -> None:
    if not arguments.check:
        readme.write()
    elif pages := readme.stale():
        sys.exit(f"generated parts are stale in {', '.join(pages)}: run `make readme`")


def _cli(arguments: tuple[str, ...], environ: Mapping[str, str]) -> str:
    command = serverless.install()
    if command is None:
        sys.exit("make deploy needs Node.js and npm, to install the Serverless Devs command line")
    print("s", *arguments, flush=True)
    return serverless.run(command, arguments, folder=ROOT, environ=environ)


if __name__ == "__main__":
    main()
