"""The account that a deployment goes to: as told, as the command line knows it, or made up."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deploy import serverless

MADE_UP = serverless.ACCOUNT_ID
VARIABLES = ("ACCOUNT_ID", "AccountID")
"""Ours, and the one that the command line itself takes."""

_ASKING = {
    "edition": "3.0.0",
    "name": "account",
    "access": "default",
    "vars": {"account": "${config('AccountID')}"},
}


class BadAccount(Exception):
    """What was given is no account id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account id, and where it is from."""

    id: str
    source: str

    @property
    def is_made_up(self) -> bool:
        """Tell whether nobody named an account."""
        return not self.source


def account_of(environ: Mapping[str, str]) -> Account:
    """Return the account of the variables, else of the command line's alias ``default``, else a made-up one."""
    for name in VARIABLES:
        if environ.get(name):
            if not re.fullmatch(r"[0-9]{10,20}", environ[name]):
                raise BadAccount(f"{name}: an account id is a number of 10 to 20 digits")
            return Account(id=environ[name], source=name)
    known = _of_the_command_line(environ)
    return Account(id=known, source="s config, alias default") if known else Account(id=MADE_UP, source="")


def warning(account: Account) -> str:
    """Return the loud line for a made-up account; empty for any other."""
    if not account.is_made_up:
        return ""
    return (
        f"WARNING: the account {account.id} is MADE UP, these ARNs work nowhere. "
        "Set ACCOUNT_ID=… (or run: s config add -a default)"
    )


def _of_the_command_line(environ: Mapping[str, str]) -> str:
    """Return the account of the alias ``default``; empty where there is no alias or no command line."""
    home = Path(environ.get("HOME") or Path.home())
    if not any((home / ".s" / name).exists() for name in ("access.yaml", "access.yml")):
        return ""
    command = serverless.installed() or _path(shutil.which("s"))
    if command is None:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "s.yaml")
        template.write_text(json.dumps({**_ASKING, "resources": _nothing()}))
        try:
            preview = ("preview", "-t", str(template), "-o", "json")
            printed = serverless.run(command, preview, folder=Path(folder), environ={"HOME": str(home)})
        except serverless.CliFailed:
            return ""
    found = re.search(r'"account": "([0-9]{10,20})"', printed)
    return found[1] if found else ""


def _nothing() -> dict[str, object]:
    return {"f": {"component": "fc3", "props": {"account": "${vars.account}"}}}


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
