"""The one line that writes a claim's value, in the languages of docs/identity.md."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.grants.claims import written
from tests import needed

PAGE = (Path(__file__).parents[3] / "docs" / "identity.md").read_text(encoding="utf-8")
VALUES = [
    "alice",
    "auth0|5f7c",
    ".a",
    "..",
    "a.b",
    "\u00e4\U0001f600",
    "a~b",
    "a b",
    "user+tag@example.com",
    "a\n",
    "%2F",
]


def line(language: str) -> str:
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(code)


@pytest.mark.parametrize("value", VALUES)
def test_in_python(value: str) -> None:
    known = {"re": re, "value": value}
    exec(line("python"), known)  # noqa: S102  # the page's own line

    assert written("sub", value) == known["written"]


def test_in_javascript() -> None:
    node = needed.program("node", leaves_out="the line in JavaScript")
    script = f"console.log(JSON.stringify({json.dumps(VALUES)}.map((value) => {{ {line('js')} return written; }})))"
    said = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True, timeout=60).stdout

    assert [written("sub", value) for value in VALUES] == json.loads(said)


def test_in_java(tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("no Java compiler here: the line in Java")
    literals = ", ".join(json.dumps(value) for value in VALUES)
    (tmp_path / "Written.java").write_text(
        "import static java.nio.charset.StandardCharsets.*;\n"
        "public class Written { public static void main(String[] arguments) { for (String value : new String[] {"
        f"{literals}}}) {{ {line('java')} System.out.println(written); }} }} }}\n",
        encoding="utf-8",
    )
    said = subprocess.run(
        [java, "Written.java"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    ).stdout

    assert [written("sub", value) for value in VALUES] == said.splitlines()
