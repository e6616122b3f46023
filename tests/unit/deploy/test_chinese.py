"""The Chinese pages name what the English ones name: variables, operations, commands, codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.grants.operations import OPERATIONS
from tests.deploy import readme
from tests.deploy.package import ROOT

ENGLISH, CHINESE = ROOT / "docs", ROOT / "docs" / "zh"
PAIRS = [(ENGLISH / page.name, page) for page in sorted(CHINESE.glob("*.md")) if page.name != "README.md"]
PAIRS.append((ROOT / "README.md", CHINESE / "README.md"))


def named(text: str) -> set[str]:
    """Return the variables, operations, commands and codes of an error or a doctor's finding that a text names in code."""
    code = "\n".join(_code(text))
    return {
        *re.findall(r"(?<![.\w])[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", code),
        *re.findall(r"\bmake [a-z-]+\b", code),
        *(name for name in OPERATIONS if re.search(rf"\b{name}\b", code)),
    }


def _code(text: str) -> list[str]:
    fences = re.findall(r"^```\w+\n(.*?)^```", text, re.M | re.S)
    return [*fences, *re.findall(r"`([^`\n]+)`", re.sub(r"^```\w+\n.*?^```", "", text, flags=re.M | re.S))]


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda page: page.name)
def test_what_the_chinese_page_names_the_english_one_names_too(english: Path, chinese: Path) -> None:
    theirs = named(english.read_text(encoding="utf-8"))
    ours = named(chinese.read_text(encoding="utf-8"))

    assert set() == ours - theirs


@pytest.mark.parametrize("page", ["reference.md", "deploy.md"])
def test_what_is_looked_up_is_complete_in_chinese(page: str) -> None:
    english, chinese = ((folder / page).read_text(encoding="utf-8") for folder in (ENGLISH, CHINESE))
    left_out = named(english) - named(chinese)

    assert set() == left_out


def test_a_name_without_chinese_words_stops_the_tables() -> None:
    with pytest.raises(ValueError, match=r"variables: NEW_VARIABLE: translate it"):
        readme.words("variables", [*readme.words("variables", _variables()), "NEW_VARIABLE"])


def test_words_of_a_name_that_is_gone_stop_the_tables() -> None:
    with pytest.raises(ValueError, match=r"commands: clean: translate it, or take it away"):
        readme.words("commands", readme.targets().keys() - {"clean"})


def _variables() -> set[str]:
    table = readme.environment("zh")
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.M))
