"""`.env` means here what it means to the real command line, whatever stands in it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.deploy.dotenv import BadEnvFile, parse, unstable, with_file
from tests.deploy.serverless import rendered

Cli = Callable[..., str]

ODD = r"""
A=plain
  B = blanks around
export C=exported
D: a colon
E='single # quoted'   # a comment
F="double \n line" # a comment
G=`back $A ticks`
H=cut # here
I='it''s'
J="broken
K=
L="
two lines
"
M=users/{sub}/,public/
N=$A and ${A} and ${NONE:-default} and ${NONE}
O='$A'
P=\$A
Q=a=b=c
R.with-dots=1
S = 'a' b 'c'
T="say \"hi\""
=no name
U
V=é中文
W=$A$B$$A
X="${A:-x}#${Q}"
export   Y   =   yes
Z=`a'b"c`
A2='{"json": "x", "n": 1}'
A3=acs:ram::123:role/x
A4 ="#no comment"
A5=#comment only
A6='multi
line'
A8=\\$A
BIG="\t'$$"
A7=$BIG
FROM_SHELL=file
EMPTY_IN_SHELL=file
"""
SHELL = {"FROM_SHELL": "shell $A", "EMPTY_IN_SHELL": "", "NOT_IN_FILE": "$A"}
FILES = {
    "odd": ODD,
    "carriage returns": ODD.replace("\n", "\r\n"),
    "old line ends": "A=1\rB=2\rC='3'\r",
    "a byte order mark": "\ufeffA=1\nB=2\n",
    "no line end": "A=1",
    "nothing": "",
    "unusual blanks": "A\u00a0=\u3000x\u2003\nB=\u2028y\nC=\x1cz\x1c\n",
}


def values_in(
    folder: Path, cli: Cli, *, text: bytes, names: list[str], shell: Mapping[str, str]
) -> dict[str, str]:
    """Return what the real command line finds for each name."""
    (folder / ".env").write_bytes(text)
    variables = {f"V{index}": f"${{env('{name}', 'unset')}}" for index, name in enumerate(names)}
    props = {"functionName": "f", "region": "cn-hangzhou", "environmentVariables": variables}
    resources = {"f": {"component": "fc3", "props": props}}
    document = {"edition": "3.0.0", "name": "n", "access": "default", "resources": resources}
    (folder / "template.yml").write_text(json.dumps(document))
    printed = cli("preview", "-t", "template.yml", "-o", "json", environ=shell, folder=folder)
    found = rendered(printed)["resources"]["f"]["props"]["environmentVariables"]
    return {name: found[f"V{index}"] for index, name in enumerate(names)}


@pytest.mark.parametrize("name", FILES)
def test_a_file_reads_as_the_real_command_line_reads_it(name: str, cli: Cli, tmp_path: Path) -> None:
    text = FILES[name].encode()
    names = [*parse(FILES[name]), *SHELL, "U", "NONE"]
    real = values_in(tmp_path, cli, text=text, names=names, shell=SHELL)
    ours = with_file(SHELL, file=tmp_path / ".env")

    assert real == {each: ours.get(each) or "unset" for each in names}


def test_random_files_read_as_the_real_command_line_reads_them(cli: Cli, tmp_path: Path) -> None:
    pieces = [
        "A",
        "B",
        "=",
        ":",
        " ",
        "\n",
        "'",
        '"',
        "`",
        "#",
        "\\",
        "$A",
        "${B}",
        "${C:-d}",
        "\\n",
        "export ",
    ]
    chance = random.Random(19)  # test data, no secret
    for _ in range(10):
        text = "".join(
            f"{name}={''.join(chance.choices(pieces[2:], k=6))}\n" for name in ("A", "B", "C", "D", "E", "F")
        )
        try:
            ours = with_file({}, file=_written(tmp_path / "random.env", text))
        except BadEnvFile:
            continue
        real = values_in(tmp_path, cli, text=text.encode(), names=["A", "B", "C", "D", "E", "F"], shell={})

        assert real == {each: ours.get(each) or "unset" for each in real}, text


def test_the_shell_wins_and_a_missing_file_is_none(tmp_path: Path) -> None:
    file = _written(tmp_path / ".env", "A=file\nB=file\n")

    assert {"A": "shell", "B": "file"} == with_file({"A": "shell"}, file=file)
    assert {"A": "shell"} == with_file({"A": "shell"}, file=tmp_path / "none")


@pytest.mark.parametrize("text", ["A=$A", "A=x${A}", "A=$B\nB=$A", "A=$B$B\nB=$A$A"])
def test_a_variable_that_means_itself_is_refused_by_name(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadEnvFile, match=r"^\.env: A refers to itself"):
        with_file({}, file=_written(tmp_path / ".env", text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    with pytest.raises(BadEnvFile, match=r"^\.env: Is a directory"):
        with_file({}, file=tmp_path / ".env")


def test_escaped_dollars_that_a_deployment_reads_differently_are_named(tmp_path: Path) -> None:
    file = _written(tmp_path / ".env", "A=x\nB=\\$A\nC=\\\\$A\n")

    assert ["C"] == unstable(file, {})


def _written(path: Path, text: str) -> Path:
    path.write_text(text, newline="")
    return path
