"""What `make package`, `make deploy`, `make doctor` and their like run."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from shared.errors import Misconfigured
from tests.deploy import own_secrets, readme, sbom, serverless
from tests.deploy.account import Account, BadAccount, account_of, warning
from tests.deploy.app import app
from tests.deploy.applying import Ask, Infrastructure, NotConfirmed, apply, remove
from tests.deploy.arguments import parser
from tests.deploy.deploy import (
    COMPONENTS,
    Cli,
    Deployment,
    NotDeployable,
    advice,
    checked,
    deploy,
    plan,
    refuse_broken,
)
from tests.deploy.doctor.case import Case
from tests.deploy.doctor.examination import examine
from tests.deploy.doctor.examination import report as report_of
from tests.deploy.dotenv import BadEnvFile, unstable
from tests.deploy.effective import table
from tests.deploy.filled_in import refuse_mistakes
from tests.deploy.infra import in_words
from tests.deploy.jwt_keys import settled
from tests.deploy.package import ROOT, STEPS, TEMPLATE, package, report
from tests.deploy.policies import as_json, roles
from tests.deploy.stage import BadStage, check_stage, kept_prefix, name_of
from tests.deploy.target import UnknownTarget, target_of
from tests.deploy.trees import NotInstalled
from tests.deploy.variables import deployers
from tests.local.template import TemplateError, resources

REFUSALS = (
    UnknownTarget,
    NotDeployable,
    serverless.CliFailed,
    BadEnvFile,
    BadAccount,
    BadStage,
    NotConfirmed,
    TemplateError,
    Misconfigured,
    NotInstalled,
    readme.NotInStep,
)
"""What a user can cause: each is said in its own words, without a traceback."""
NO_ALIAS = (
    "no access alias: run `s config add -a default` (npx @serverless-devs/s@3.1.10), "
    "or set AccountID, AccessKeyID and AccessKeySecret"
)
INTERRUPTED = 130
CLEAR = "\r\033[K"
"""Empties a terminal's line."""


def main() -> None:
    """Carry out one sub-command."""
    arguments = parser(__doc__ or "").parse_args()
    try:
        mine = deployers(os.environ, file=arguments.env_file)
        RUN[arguments.command](arguments, settled(mine, read=arguments.command == "deploy"))
    except REFUSALS as error:
        what = advice(error) if isinstance(error, serverless.CliFailed) else ""
        sys.exit(f"{error}\n{what}" if what else str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _package(arguments: argparse.Namespace, environ: Mapping[str, str]) -> None:
    target = target_of(environ)
    archives = package(
        target=target, build=arguments.build, say=lambda step: show(sys.stderr, step, of=STEPS)
    )
    if sys.stderr.isatty():
        sys.stderr.write(CLEAR)
    print(report(archives, target=target))


def show(out: TextIO, step: str, *, of: Sequence[str]) -> None:
    """Write which step begins: a bar that moves on a terminal, a line elsewhere."""
    done = of.index(step)
    bar = f"[{'#' * done:-<{len(of)}}] {done + 1} of {len(of)}: {step}"
    out.write(f"{CLEAR}{bar}" if out.isatty() else f"{bar}\n")
    out.flush()


def _secrets(_: argparse.Namespace, __: Mapping[str, str]) -> None:
    print("\n".join(own_secrets.lines(date.today(), entropy=os.urandom)))


def _policies(arguments: argparse.Namespace, environ: Mapping[str, str]) -> None:
    told = {"ACCOUNT_ID": arguments.account_id} if arguments.account_id else {}
    account = account_of({**environ, **told})
    if account.is_made_up:
        print(warning(account), file=sys.stderr)
    print(as_json(roles(resources(environ, account_id=account.id))))


def _deploy(arguments: argparse.Namespace, environ: Mapping[str, str]) -> None:
    template, build = TEMPLATE.relative_to(ROOT), Path(os.path.relpath(arguments.build, ROOT))
    deployment = Deployment(template=template, build=build, target=target_of(environ), environ=environ)
    if differing := unstable(arguments.env_file, os.environ):
        raise NotDeployable(
            f".env: {differing[0]}: the command line reads '\\$' in two ways; leave the dollar out"
        )
    check_stage(environ)
    refuse_mistakes(environ, file=arguments.env_file)
    if arguments.dry_run:
        _dry_run(deployment, account_of(environ))
        return
    account = account_of(environ)
    _refuse_made_up(account)
    # Refused by our own reading first: that needs neither npm nor a network.
    _dry_run(deployment, account)
    kept = kept_prefix(environ, file=arguments.env_file)
    deployment = replace(deployment, environ=kept)
    rendered = checked(deployment, cli=_cli(kept, run=serverless.run))
    _package(arguments, kept)
    deploy(deployment, rendered, cli=_cli(kept, run=_loudly))
    _say_the_rest(rendered, kept)


def _dry_run(deployment: Deployment, account: Account) -> None:
    """Print what a deployment sets and does; raises ``NotDeployable`` where it would be refused."""
    rendered = resources(deployment.environ, account_id=account.id)
    print(f"account  {account.id}  ({account.source or 'MADE UP: set ACCOUNT_ID or run s config add'})")
    region = rendered["presign"]["props"]["region"]
    print(f"region   {region}{'' if deployment.environ.get('OSS_REGION') else '  (OSS_REGION is not set)'}")
    print(f"names    {name_of(rendered)}-…\n")
    print(table(rendered), end="\n\n", flush=True)
    refuse_broken(rendered)
    print("\n".join(plan(deployment, rendered)), flush=True)


def _say_the_rest(rendered: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Say what a deployment cannot do for its deployer, and what is wrong with it; neither undoes it."""
    domain = rendered["presign"]["props"].get("customDomain") or {}
    if domain and environ.get("CORS_ALLOWED_ORIGINS"):
        print(
            "NOT SET: the CORS rules of the domain, which the component drops; docs/deploy.md, Web pages, says how."
        )
    if not domain:
        print("No GRANTS_DOMAIN: the test domain turns every answer into an attachment.")
        return
    case = _case(f"https://{domain['domainName']}", environ)
    print(f"\nmake doctor URL={case.url}\n{report_of(case, examine(case))}")


def _infra(arguments: argparse.Namespace, environ: Mapping[str, str]) -> None:
    refuse_mistakes(environ, file=arguments.env_file)
    infra, account = _infrastructure(environ, build=arguments.build)
    if arguments.dry_run:
        print(json.dumps(infra.template, indent=2))
        print("\n".join(in_words(infra.template)), file=sys.stderr)
        print(warning(account), file=sys.stderr)
    elif arguments.check:
        changes = infra.changes()
        print("\n".join(changes) or "as it was applied last from this machine")
        sys.exit(1 if changes else 0)
    else:
        _refuse_made_up(account)
        apply(infra, cli=_cli(environ, run=_loudly), ask=_asking(arguments))


def _remove(arguments: argparse.Namespace, environ: Mapping[str, str]) -> None:
    infra, account = _infrastructure(environ, build=arguments.build)
    _refuse_made_up(account)
    # The keys may be a file or an address, which the command line cannot read.
    pinned = {"core_load_serverless_devs_component": ";".join(COMPONENTS), "JWT_KEYS": ""}
    remove(
        infra,
        template=TEMPLATE.relative_to(ROOT),
        variables=pinned,
        cli=_cli(environ, run=_loudly),
        ask=_asking(arguments),
    )


def _infrastructure(environ: Mapping[str, str], *, build: Path) -> tuple[Infrastructure, Account]:
    check_stage(environ)
    account = account_of(environ)
    rendered = resources(environ, account_id=account.id)
    refuse_broken(rendered)
    return Infrastructure(resources=rendered, environ=environ, folder=build / "infra"), account


def _refuse_made_up(account: Account) -> None:
    if account.is_made_up:
        raise NotDeployable(NO_ALIAS)
    print(f"account  {account.id}  ({account.source})")


def _asking(arguments: argparse.Namespace) -> Ask:
    if arguments.yes:
        return lambda question: re.findall(r"\[(.*)\] \Z", question)[0]
    return _typed


def _typed(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        return ""


def _doctor(arguments: argparse.Namespace, environ: Mapping[str, str]) -> None:
    domain = environ.get("GRANTS_DOMAIN", "")
    url = arguments.url or (f"https://{domain}" if domain else "")
    if not re.match(r"https?://[^/]", url):
        raise NotDeployable(
            "doctor: name the deployment, make doctor URL=https://grants.example.com, or set GRANTS_DOMAIN"
        )
    case = _case(url, environ, token=arguments.token, origin=arguments.origin, write=arguments.write)
    found = examine(case)
    print(report_of(case, found))
    sys.exit(1 if found else 0)


def _case(url: str, environ: Mapping[str, str], *, token: str = "", **asked: Any) -> Case:
    return Case(url=url, token=token or environ.get("GRANTS_JWT", ""), **asked)


def _sbom(arguments: argparse.Namespace, _: Mapping[str, str]) -> None:
    path = arguments.build / sbom.NAME
    path.write_text(sbom.document(arguments.build), encoding="utf-8")
    print(f"{path}: {hashlib.sha256(path.read_bytes()).hexdigest()}")


def _app(arguments: argparse.Namespace, _: Mapping[str, str]) -> None:
    made = app(ROOT, into=arguments.build)
    print(f"{made.path}: {made.sha256}\ns init oss-access-grants --uri {made.path} -d my-grants -a default")


def _readme(arguments: argparse.Namespace, _: Mapping[str, str]) -> None:
    contract = readme.contract()
    if not arguments.check:
        readme.write()
        readme.OPENAPI.write_text(contract, encoding="utf-8")
        return
    pages = readme.stale()
    if not readme.OPENAPI.exists() or readme.OPENAPI.read_text(encoding="utf-8") != contract:
        pages.append(readme.OPENAPI.name)
    if pages:
        sys.exit(f"generated parts are stale in {', '.join(pages)}: run `make readme`")


def _cli(environ: Mapping[str, str], *, run: Callable[..., str]) -> Cli:
    """Return the command line with the deployer's variables, started where it looks for ``.env`` too."""

    def call(arguments: tuple[str, ...], more: Mapping[str, str]) -> str:
        return run(_command(), arguments, folder=ROOT, environ={**environ, **more})

    return call


def _loudly(command: Path, arguments: tuple[str, ...], **where: Any) -> str:
    print("\ns", *arguments, flush=True)
    return serverless.stream(command, arguments, **where)


def _command() -> Path:
    command = serverless.install()
    if command is None:
        raise NotDeployable("Node.js with npm is needed, to install the Serverless Devs command line")
    return command


RUN = {
    "package": _package,
    "sbom": _sbom,
    "app": _app,
    "readme": _readme,
    "secrets": _secrets,
    "policies": _policies,
    "deploy": _deploy,
    "infra": _infra,
    "remove": _remove,
    "doctor": _doctor,
}

if __name__ == "__main__":
    main()
