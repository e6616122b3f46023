"""Mistakes of a deployer that no function would notice: names, samples, and what stands in no template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.deploy import __main__ as deploy
from tests.deploy.filled_in import mistakes
from tests.deploy.variables import OF_THE_TOOLS, names

GOOD = {"OSS_REGION": "cn-hangzhou", "OSS_BUCKET": "my-bucket", "GRANTS_DOMAIN": "grants.example.com"}


def said(**more: str) -> list[str]:
    environ = GOOD | more
    return mistakes(environ, named=environ)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TTL_MAX_SECOND", "TTL_MAX_SECONDS"),
        ("EVENT_PREFX", "EVENT_PREFIX"),
        ("CORS_ALLOWED_ORIGIN", "CORS_ALLOWED_ORIGINS"),
        ("GRANT_MAX_SIZE_BYTE", "GRANT_MAX_SIZE_BYTES"),
        ("OIDC_BIND_SESSION", "OIDC_BIND_SESSIONS"),
        ("CREATE_BUCKETS", "CREATE_BUCKET"),
    ],
)
def test_a_name_that_nobody_reads_is_told_from_the_one_that_was_meant(name: str, meant: str) -> None:
    assert [f"{name}: no such variable; did you mean {meant}?"] == said(**{name: "1"})


def test_an_unknown_name_of_a_family_of_ours_is_a_mistake_and_others_are_nobodys_business() -> None:
    wrong = said(GRANT_COLOUR="red", DATABASE_URL="postgres://", NODE_ENV="production")

    assert ["GRANT_COLOUR"] == [line.partition(":")[0] for line in wrong]


def test_every_variable_that_is_known_may_be_named() -> None:
    assert [] == mistakes(GOOD, named=names() | OF_THE_TOOLS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CERT_ID", "\N{HORIZONTAL ELLIPSIS}"),
        ("JWT_KEY_N", "\N{HORIZONTAL ELLIPSIS}"),
        ("SEAL_KEYS", "k1:\N{HORIZONTAL ELLIPSIS}"),
        ("SEAL_KEYS", "k1:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"),
        ("UPLOAD_WEBHOOK_SECRET", "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"),
        ("CREATE_BUCKET", "yes"),
        ("SERVICE_LINKED_ROLES", "True"),
        ("GRANTS_DOMAIN", "https://grants.example.com"),
        ("GRANTS_DOMAIN", "grants.example.com/"),
        ("OSS_REGION", "cn-hangzou"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(name: str, value: str) -> None:
    wrong = said(**{name: value})

    assert [name] == [line.partition(":")[0] for line in wrong]
    assert "MTIz" not in wrong[0]


def test_all_mistakes_are_said_at_once() -> None:
    assert 3 == len(said(TTL_MAX_SECOND="1", CERT_ID="\N{HORIZONTAL ELLIPSIS}", CREATE_BUCKET="yes"))


@pytest.mark.parametrize("command", ["deploy", "infra"])
def test_nothing_is_planned_with_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".env"
    file.write_text("OSS_REGION=cn-hangzhou\nOSS_BUCKET=my-bucket\nTTL_MAX_SECOND=60\n", encoding="utf-8")
    arguments: list[Any] = ["tests.deploy", "--env-file", str(file), command, "--dry-run"]
    monkeypatch.setattr("sys.argv", arguments)

    with pytest.raises(SystemExit, match="did you mean TTL_MAX_SECONDS") as refused:
        deploy.main()
    assert refused.value.code
    assert "" == capsys.readouterr().out
