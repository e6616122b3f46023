"""How many faults were named first, gathered while tests run, printed by ``tests/conftest.py`` when they end."""

from __future__ import annotations


class Diagnosed:
    """Rows of fault, expected cause, and whether it came first from the URL alone and with OSS's answer."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, str, str]] = {}

    def record(self, name: str, expected: str, *, alone: str, answered: str, visible: bool) -> None:
        """Keep one row; ``visible`` says whether the URL alone can show the fault."""
        by_url = ("first" if alone == expected else alone) if visible else "-"
        self.rows[name] = (expected, by_url, "first" if answered == expected else answered)

    def lines(self) -> list[str]:
        """Return the table, a line for each fault, and its sums."""
        visible = [row for row in self.rows.values() if row[1] != "-"]
        by_url, answered = (
            sum(row[1] == "first" for row in visible),
            sum(row[2] == "first" for row in self.rows.values()),
        )
        rows = [f"{name:<56}{row[0]:<24}{row[1]:<10}{row[2]}" for name, row in self.rows.items()]
        sums = f"{'sum':<80}{by_url}/{len(visible):<7}{answered}/{len(self.rows)}"
        return [f"{'fault':<56}{'cause':<24}{'URL':<10}with OSS's answer", *rows, sums]


DIAGNOSED = Diagnosed()
