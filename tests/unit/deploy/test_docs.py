"""Pages that people read: their links lead somewhere, and the tests that they name are there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from shared.seals.keys import seal_keys
from shared.settings.variables.granting import FUNCTIONS
from shared.values import fields
from tests.deploy import own_secrets
from tests.deploy.dotenv import parse
from tests.deploy.effective import refusals
from tests.deploy.package import ROOT
from tests.deploy.readme import PAGES
from tests.deploy.rules import problems
from tests.deploy.variables import names
from tests.local import template

TESTS = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}


def anchor(heading: str) -> str:
    """Return how a heading is linked to, as Markdown viewers make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(found) for found in re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, heading = target.partition("#")
        if path.startswith(("http://", "https://")):
            continue
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (heading and linked.suffix == ".md" and heading not in anchors(linked)):
            broken.append(target)

    assert [] == broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", page.read_text(encoding="utf-8")))

    assert set() == named - TESTS


def test_every_variable_of_a_deployment_stands_in_its_table() -> None:
    of_functions = {
        field.upper() for groups in FUNCTIONS.values() for each in groups for field in fields(each)
    }

    assert set() == names() - of_functions - of_deployments()


def of_deployments() -> set[str]:
    """Return the variables that the page on deployment names."""
    return set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")))


def env_files(text: str) -> dict[str, str]:
    """Return the recipes' `.env` files by the heading they stand under."""
    recipes = re.split(r"^### ", text, flags=re.M)[1:]
    found = {
        recipe.partition("\n")[0]: re.findall(r"^```sh\n# \.env\n(.*?)^```$", recipe, re.M | re.S)
        for recipe in recipes
    }
    return {heading: block for heading, blocks in found.items() for block in blocks}


README = (ROOT / "README.md").read_text(encoding="utf-8")
(DEPLOYED,) = re.findall(r"^```sh\n(OSS_REGION=.*?)^```$", README, re.M | re.S)


OWN = dict(line.split("=", 1) for line in own_secrets.lines(date(2026, 11, 23), entropy=os.urandom))


def with_own_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a recipe as its reader completes them."""
    return {
        name: OWN[name] if "\N{HORIZONTAL ELLIPSIS}" in value else value for name, value in environ.items()
    }


@pytest.mark.parametrize("recipe", ["", *env_files(README)])
def test_a_recipe_of_the_readme_is_taken_by_every_function(recipe: str) -> None:
    environ = with_own_secrets(parse(DEPLOYED + env_files(README).get(recipe, "")))
    rendered = template.resources(environ, account_id="9876543210987654")

    assert [] == refusals(rendered)
    assert [] == problems(rendered)
    assert environ.keys() <= names() | of_deployments()


@pytest.mark.parametrize("recipe", [name for name, text in env_files(README).items() if "SEAL_KEYS" in text])
def test_a_secret_of_the_readme_is_refused_by_its_name(recipe: str) -> None:
    rendered = template.resources(parse(DEPLOYED + env_files(README)[recipe]), account_id="9876543210987654")

    assert ["SEAL_KEYS" in said for said in refusals(rendered)]


def test_secrets_are_new_each_time() -> None:
    today = date(2026, 11, 23)
    first, second = (own_secrets.lines(today, entropy=os.urandom) for _ in range(2))

    assert set() == {*first} & {*second}
    assert ["k20261123"] == [key.kid for key in seal_keys(first[0].removeprefix("SEAL_KEYS=")).every]


def test_the_readme_is_read_in_one_go() -> None:
    assert 250 >= len(README.splitlines())
