"""Generated parts of the README: a stale one is noticed, and every part has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy import readme


@pytest.mark.parametrize("part", readme.PARTS)
def test_a_stale_part_is_noticed_and_mended(part: str, tmp_path: Path) -> None:
    good = readme.README.read_text(encoding="utf-8")
    stale = tmp_path / "README.md"
    stale.write_text(
        good.replace(f"<!-- generated: {part} -->\n", f"<!-- generated: {part} -->\nold\n"), "utf-8"
    )
    noticed = not readme.is_in_step(stale)
    readme.write(stale)

    assert noticed
    assert good == stale.read_text(encoding="utf-8")


def test_a_part_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for the generated part environment"):
        readme.rendered("# A README\n")
