"""The snippets of README and docs, run as they stand or held against real answers; and the limits that they state."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from shared.settings.variables.granting import FUNCTIONS
from shared.signing import v4
from shared.values import fields
from tests import needed
from tests.clients import node_clients
from tests.deploy import readme
from tests.local.client import send
from tests.local.stack import BUCKET, Stack, running

PAGES = "\n".join(page.read_text(encoding="utf-8") for page in readme.PAGES)
PICTURE = bytes(range(256)) * 30
MOST_LINES = 20


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as up:
        yield up


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cat.png").write_bytes(PICTURE)
    return tmp_path


def section(title: str, *, level: int = 2) -> str:
    """Return the text between a heading and the next one of its level or above."""
    _, found, rest = PAGES.partition(f"\n{'#' * level} {title}\n")
    assert found, title
    # A comment in a snippet begins as a heading does: fences are looked at whole.
    pieces = re.split(r"^(```\w+\n.*?^```\n)", rest, flags=re.MULTILINE | re.DOTALL)
    kept = []
    for piece in pieces:
        heading = None if piece.startswith("```") else re.search(rf"^#{{1,{level}}} ", piece, re.MULTILINE)
        kept.append(piece[: heading.start()] if heading else piece)
        if heading:
            break
    return "".join(kept)


def snippet(title: str, language: str) -> str:
    """Return the one snippet in ``language`` below a heading of the client snippets."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", section(title, level=3), re.MULTILINE | re.DOTALL)
    return str(code)


def shell(stack: Stack, folder: Path, script: str) -> None:
    """Run a script as a person would, whose variables say where the functions are and who calls."""
    needed.program("curl", leaves_out="the shell snippets")
    run([shutil.which("bash") or "sh", "-euc", script], stack, folder)


def run(command: list[str], stack: Stack, folder: Path) -> str:
    """Return what a command prints in ``folder``; fails with it where the command does."""
    variables = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "GRANTS_URL": f"http://{stack.gateway_host}",
        "GRANTS_JWT": stack.token("alice"),
        "OSS_ENDPOINT": f"http://{stack.emulator_host}",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def stored(stack: Stack, key: str) -> bytes:
    blob = stack.cloud.bucket(BUCKET).current(key).blob
    assert blob is not None
    return b"".join(stack.cloud.store.read(blob))


def test_the_python_snippet_uploads(stack: Stack, folder: Path) -> None:
    (folder / "snippet.py").write_text(snippet("Python", "python"), encoding="utf-8")
    shell(stack, folder, snippet("Python", "sh") + "python snippet.py\n")

    assert PICTURE == stored(stack, "users/alice/python.png")


def test_the_shell_says_why_credentials_are_refused(stack: Stack, folder: Path) -> None:
    script = snippet("Python", "sh").replace("read-write", "delete")
    shell(stack, folder, f'({script}) 2> said; test -z "${{OSS_ACCESS_KEY_ID:-}}"')
    said = json.loads((folder / "said").read_text().splitlines()[-1])

    assert "AccessDenied" == said["Code"]


def test_the_ali_oss_snippet_uploads(stack: Stack, folder: Path) -> None:
    node = node_clients.install()
    (folder / "node_modules").symlink_to(node_clients.HERE / "node_modules")
    code = snippet("Node.js and browser: ali-oss", "js")
    (folder / "snippet.mjs").write_text(code, encoding="utf-8")
    run([node, "snippet.mjs"], stack, folder)

    assert PICTURE == stored(stack, "users/alice/ali-oss.png")


def test_the_signing_snippet_signs(stack: Stack, folder: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", section("The signing layer"), re.MULTILINE | re.DOTALL)
    (folder / "snippet.py").write_text(code.replace("\u2026", "x") + "print(url.url)\n", encoding="utf-8")
    printed = run([sys.executable, "snippet.py"], stack, folder)

    assert printed.startswith("https://examplebucket.oss-cn-hangzhou.aliyuncs.com/users/alice/cat.png?x-oss-")


def test_the_worked_example_is_what_the_steps_make() -> None:
    text = section("The signing layer")
    (canonical,) = re.findall(r"^```text\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    hashed, signature = re.findall(r"`([0-9a-f]{64})`", text)
    stamp = "20231217T033009Z"
    scope = v4.scope_of(stamp, region="cn-hangzhou", product="oss")
    signed = v4.string_to_sign(stamp=stamp, scope=scope, canonical=canonical)

    assert hashed == signed.splitlines()[-1]
    assert signature == v4.signature(v4.signing_key("sk", scope=scope), signed)


READ_MEMBERS = {
    ("Android", "java"): re.compile(r'\ba\.get(?:Int|String)\("(\w+)"\)'),
    ("iOS", "objc"): re.compile(r'answer\[@"(\w+)"\]'),
}


@pytest.mark.parametrize(("title", "language"), READ_MEMBERS)
def test_mobile_snippets_read_members_that_are_there(stack: Stack, title: str, language: str) -> None:
    code = snippet(title, language)
    read = set(READ_MEMBERS[title, language].findall(code))
    (path,) = re.findall(r'"(/sts\?[^"]*)"', code)
    good, bad = (
        send("GET", f"http://{stack.gateway_host}{target}", headers=bearer(stack)).json()
        for target in (path, path.replace("read-write", "everything"))
    )

    assert {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration", "StatusCode"} <= read
    assert read <= good.keys() | bad.keys()
    assert {"ErrorCode", "ErrorMessage"} == read - good.keys()


def bearer(stack: Stack) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.token('alice')}"}


def test_the_cpp_snippet_names_what_the_answer_exports(stack: Stack) -> None:
    code = snippet("C++", "cpp")
    url = f"{stack.url('sts')}?permission=read-write&format=env"
    lines = send("GET", url, headers=bearer(stack)).body.decode().splitlines()
    exported = {line.removeprefix("export ").partition("=")[0] for line in lines}

    named = set(re.findall(r"OSS_[A-Z_]+", code))

    assert {"OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"} <= named <= exported


def test_every_snippet_is_short() -> None:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", section("Client snippets"), re.MULTILINE | re.DOTALL)

    assert ["js", "sh", "python", "cpp", "java", "objc"] == [language for language, _ in blocks]
    assert [] == [code for _, code in blocks if len(code.splitlines()) > MOST_LINES]


def limits() -> Mapping[str, int]:
    """Return the numbers of the table of limits, by the constant that each row names."""
    rows = re.findall(r"^\| [^|]+ \| ([\d,]+) \| `([\w.]+)` \|$", section("Limits"), re.MULTILINE)
    return {name: int(number.replace(",", "")) for number, name in rows}


def constant(dotted: str) -> int:
    """Return a module's number, or the upper bound of its constrained type."""
    module, _, name = dotted.rpartition(".")
    value: Any = getattr(import_module(module), name)
    if isinstance(value, int):
        return value
    (bound,) = (rule.highest for rule in value.__metadata__ if hasattr(rule, "highest"))
    return int(bound)


def test_the_limits_are_those_of_the_code() -> None:
    stated = limits()

    assert section("Limits").count("\n| ") - 2 == len(stated)
    assert {name: constant(name) for name in stated} == stated


def names_of(model: type[Any]) -> list[str]:
    return [*fields(model)]


def test_every_question_names_what_to_use() -> None:
    answers = re.findall(
        r"^\*\*[^*]+\?\*\* .*?(?=\n\n|\Z)|^\*\*[^*]+\.\*\* .*?(?=\n\n|\Z)",
        section("Questions people ask"),
        re.MULTILINE | re.DOTALL,
    )

    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", "".join(answers)))
    known = {name.upper() for groups in FUNCTIONS.values() for group in groups for name in names_of(group)}

    assert 10 == len(answers)
    assert {"GRANT_FORBID_OVERWRITE", "CORS_ALLOWED_ORIGINS"} <= named <= known
    assert [] == [answer for answer in answers if "`" not in answer]
    assert [] == [a for a in answers if "403" in a and "python -m shared.diagnose URL" not in a]
