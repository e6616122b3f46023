"""Generated parts of README and docs: a stale one is noticed, and every part has its one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy import readme


@pytest.mark.parametrize("page", readme.PAGES, ids=lambda page: page.name)
def test_a_stale_part_is_noticed_and_mended(page: Path, tmp_path: Path) -> None:
    good, copy = page.read_text(encoding="utf-8"), tmp_path / page.name
    parts = readme.parts_of(good)
    for part in parts:
        marker = f"<!-- generated: {part} -->\n"
        copy.write_text(good.replace(marker, f"{marker}old\n"), "utf-8")

        assert [page.name] == readme.stale([copy]), part
        readme.write([copy])
        assert good == copy.read_text(encoding="utf-8"), part


def test_every_generated_part_has_a_place() -> None:
    placed = {part for page in readme.PAGES for part in readme.parts_of(page.read_text(encoding="utf-8"))}

    assert readme.PARTS.keys() == placed


def test_an_unknown_part_is_an_error() -> None:
    with pytest.raises(ValueError, match="no generated part is called weather"):
        readme.rendered("<!-- generated: weather -->\n<!-- end -->\n")


def test_the_contract_of_the_docs_is_the_one_that_is_served() -> None:
    assert readme.contract() == readme.OPENAPI.read_text(encoding="utf-8")
