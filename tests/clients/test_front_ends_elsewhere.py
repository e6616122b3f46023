"""Front ends that are no web pages: mini programs, Flutter, a back end in Python, and curl."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import needed
from tests.clients import npm
from tests.clients.front_world import HERE, bundle, bytes_of
from tests.local.client import presigned, send
from tests.local.stack import BUCKET, Stack, running
from tests.world import ROOT

CLIENTS = ROOT / "docs" / "clients"
SIZE = 70_000
NOT_GRANTED = "403 AccessDenied: content_type: this media type is not granted"
MINI = {"wechat.js": {}, "alipay.js": {"fileType": "image"}}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as up:
        yield up


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(bytes_of(SIZE))
    return path


def stored(stack: Stack, key: str) -> bytes:
    blob = stack.cloud.bucket(BUCKET).current(key).blob
    assert blob is not None
    return b"".join(stack.cloud.store.read(blob))


def mini(
    stack: Stack,
    bundles: Path,
    module: str,
    *,
    fails_on_status: bool = False,
    spoils: bool = False,
    **options: Any,
) -> Any:
    """Return what a mini program is told about an upload, and the shares of its progress.

    Its platform hands on HTTP errors as failures, or spoils the form's signature, where that is asked for.
    """
    script = bundle(module, bundles)
    node = npm.installed(HERE, leaves_out="mini programs")
    asked = {
        "grantsUrl": f"http://{stack.gateway_host}",
        "token": stack.token("alice"),
        "filename": "my cat.png",
        "contentType": "image/png",
        **MINI[module],
        **options,
    }
    told = {"options": asked, "failsOnStatus": fails_on_status, "spoils": spoils}
    done = subprocess.run(
        [node, str(HERE / "mini.mjs"), str(script)],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("module", MINI)
def test_a_mini_program_stores_a_file(stack: Stack, bundles: Path, picture: Path, module: str) -> None:
    said = mini(stack, bundles, module, filePath=str(picture))
    what, key = said["told"]

    assert "stored" == what
    assert bytes_of(SIZE) == stored(stack, key)
    assert "image/png" == stack.cloud.bucket(BUCKET).current(key).headers["content-type"]
    assert ([1] if module == "wechat.js" else []) == said["progress"]


@pytest.mark.parametrize("fails_on_status", [False, True])
@pytest.mark.parametrize("module", MINI)
def test_a_mini_program_says_what_the_functions_refuse(
    stack: Stack, bundles: Path, picture: Path, module: str, fails_on_status: bool
) -> None:
    said = mini(
        stack,
        bundles,
        module,
        fails_on_status=fails_on_status,
        filePath=str(picture),
        contentType="text/html",
    )

    assert ["refused", NOT_GRANTED, "Refused"] == said["told"]


@pytest.mark.parametrize("module", MINI)
def test_a_mini_program_says_what_oss_refuses(
    stack: Stack, bundles: Path, picture: Path, module: str
) -> None:
    """Both platforms call it a success: only the status tells."""
    what, message, _ = mini(stack, bundles, module, spoils=True, filePath=str(picture))["told"]

    assert "refused" == what
    assert message.startswith("403 SignatureDoesNotMatch: ")


@pytest.mark.parametrize("module", MINI)
def test_a_mini_program_says_that_it_has_no_connection(
    stack: Stack, bundles: Path, picture: Path, module: str
) -> None:
    said = mini(stack, bundles, module, filePath=str(picture), grantsUrl="http://127.0.0.1:9")

    assert ["refused", "TypeError"] == [said["told"][0], said["told"][2]]
    assert said["told"][1] in ("request:fail", "12: network")


def command(stack: Stack, words: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a snippet as a person would, whose variables say where the functions are and who calls."""
    environ = {
        "PATH": os.environ["PATH"],
        "GRANTS_URL": f"http://{stack.gateway_host}",
        "GRANTS_JWT": stack.token("alice"),
        **variables,
    }
    return subprocess.run(words, env=environ, capture_output=True, text=True, check=False, timeout=60)


PROGRAMS = {
    "backend.py": [sys.executable, str(CLIENTS / "backend.py")],
    "curl.sh": ["sh", str(CLIENTS / "curl.sh")],
}


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> list[str]:
    if request.param == "curl.sh":
        needed.program("curl", leaves_out="the shell snippet")
    return PROGRAMS[request.param]


def test_a_program_stores_a_file(stack: Stack, program: list[str], picture: Path) -> None:
    key = f"users/alice/猫 + é, by {Path(program[-1]).name}.png"
    done = command(stack, [*program, str(picture), key, "image/png"])

    assert 0 == done.returncode, done.stderr
    assert bytes_of(SIZE) == stored(stack, key)
    assert "x-oss-signature" not in done.stdout + done.stderr


def test_a_program_stores_an_empty_file(stack: Stack, program: list[str], tmp_path: Path) -> None:
    empty, key = tmp_path / "empty.txt", f"users/alice/empty, by {Path(program[-1]).name}.txt"
    empty.touch()
    done = command(stack, [*program, str(empty), key, "text/plain"])

    assert 0 == done.returncode, done.stderr
    assert b"" == stored(stack, key)


def test_a_program_says_what_the_functions_refuse(stack: Stack, program: list[str], picture: Path) -> None:
    done = command(stack, [*program, str(picture), "users/bob/cat.png", "image/png"])

    assert 1 == done.returncode
    assert "AccessDenied" in done.stderr
    assert "key: outside the prefixes granted for this operation" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_says_what_oss_refuses(stack: Stack, program: list[str], picture: Path) -> None:
    key = "users/alice/once.png"
    command(stack, [*program, str(picture), key, "image/png"])
    done = command(stack, [*program, str(picture), key, "image/png"])

    assert 1 == done.returncode
    assert "FileAlreadyExists" in done.stderr
    assert not re.search("x-oss-|Signature|Traceback", done.stdout + done.stderr)


def test_the_shell_leaves_nothing_behind(stack: Stack, picture: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    for key in ("users/alice/kept.png", "users/bob/refused.png"):
        command(stack, [*PROGRAMS["curl.sh"], str(picture), key, "image/png"], TMPDIR=str(folder))

    assert b"" != stored(stack, "users/alice/kept.png")
    assert [] == list(folder.iterdir())


def test_flutter_reads_what_a_form_holds(stack: Stack) -> None:
    """Dart is not here: the fields that are asked for are taken, and the members that are read are there."""
    code = (CLIENTS / "flutter.dart").read_text(encoding="utf-8")
    (body,) = re.findall(r"jsonEncode\((\{[^}]*\})\)", code)
    values = {"name": "'cat.png'", "contentType": "'image/png'"}
    asked = json.loads(
        re.sub(r": (name|contentType)", lambda found: f": {values[found[1]]}", body).replace("'", '"')
    )
    form = presigned(stack, **asked)
    refused = send("POST", f"http://{stack.gateway_host}/presign").json()

    assert {"method", "url", "fields", "key"} == set(re.findall(r"form\['(\w+)'\]", code))
    assert {"method", "url", "fields", "key"} <= form.keys()
    assert all(isinstance(value, str) for value in form["fields"].values())
    assert set(re.findall(r"_said\('(\w+)'\)", code)) <= refused.keys()
    assert code.index("fields.addAll") < code.index("fromPath('file'")
