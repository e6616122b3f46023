"""The account that policies and plans are printed for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy import serverless
from tests.deploy.account import MADE_UP, BadAccount, account_of, warning

Cli = Callable[..., str]


@pytest.mark.parametrize("name", ["ACCOUNT_ID", "AccountID"])
def test_a_variable_names_it(name: str) -> None:
    account = account_of({name: "1234567890123456", "HOME": "/nonexistent"})

    assert ("1234567890123456", name) == (account.id, account.source)
    assert "" == warning(account)


@pytest.mark.parametrize("text", ["77", "my-account", "123456789012\n", "٣" * 12])
def test_what_is_no_account_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadAccount, match=r"^ACCOUNT_ID: an account id is a number"):
        account_of({"ACCOUNT_ID": text})


def test_a_made_up_one_is_said_loudly(tmp_path: Path) -> None:
    account = account_of({"HOME": str(tmp_path)})

    assert MADE_UP == account.id
    assert f"WARNING: the account {MADE_UP} is MADE UP" in warning(account)


def test_the_command_lines_own_alias_names_it(cli: Cli, tmp_path: Path) -> None:
    keys = ["--AccountID", "9876543210987654", "--AccessKeyID", "made-up", "--AccessKeySecret", "made-up"]
    cli("config", "add", *keys, "-a", "default", "-f", environ={"HOME": str(tmp_path)})
    account = account_of({"HOME": str(tmp_path)})

    assert ("9876543210987654", "s config, alias default") == (account.id, account.source)
    assert serverless.installed() is not None
