"""The command line: what it prints, how it ends, and what it keeps to itself."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from shared.diagnose import main
from tests.unit.diagnosis.signed_world import NOW, World
from tests.unit.diagnosis.signed_world import world as new_world

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return new_world(tmp_path)


def test_a_good_url_ends_with_zero(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main([world.get().url], now=NOW, colour=False)
    assert "Nothing is wrong" in capsys.readouterr().out


def test_an_expired_url_ends_with_one_and_says_since_when(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = main([world.get().url], now=LATER, colour=False)
    printed = capsys.readouterr().out

    assert 1 == ended
    assert (
        "1. expired: The URL expired 50 minutes ago, at 2026-11-23 12:10:00 UTC; it was good for 10 minutes."
        in printed
    )
    assert "Remedy: Ask for a new URL" in printed
    assert "\033" not in printed


def test_a_terminal_gets_colours(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    main([world.get().url], now=LATER, colour=True)

    assert "\033[31;1mexpired\033[0m" in capsys.readouterr().out


def test_the_moment_of_judgement_can_be_chosen(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main([world.get().url, "--now", "2026-11-23T12:09:59Z"], now=LATER, colour=False)
    assert 1 == main([world.get().url, "--now", "2026-11-23T12:10:00"], now=NOW, colour=False)
    assert capsys.readouterr().err == ""


def test_error_method_and_headers_are_read(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issued = world.sign("PUT", headers={"Content-Type": "image/png", "x-oss-meta-a": "b"})
    answer = world.send("PUT", issued.url, {"Content-Type": "text/plain", "x-oss-meta-a": "b"})
    document = tmp_path / "error.xml"
    document.write_bytes(answer.get_data())

    request = ["--method", "put", "--header", "Content-Type: image/png", "--header", "x-oss-meta-a: b"]
    ended = main([issued.url, "--error", str(document), *request], now=NOW, colour=False)

    assert 1 == ended
    assert (
        "arrived with Content-Type: text/plain; the URL was signed with image/png" in capsys.readouterr().out
    )


def test_the_url_can_come_from_standard_input(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{world.get().url}\n"))

    assert 0 == main(["-"], now=NOW, colour=False)
    assert "Nothing is wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["no url"],
        ["https://host/key", "--error", "no-such-file"],
        ["https://host/key", "--error", __file__],
    ],
)
def test_unreadable_input_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == main(arguments, now=NOW, colour=False)
    assert "see --help" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["u", "--header", "no colon"], ["u", "--now", "noon"], ["u", "--colour"], ["-", "--error", "-"]],
)
def test_bad_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments, now=NOW, colour=False)
    said = capsys.readouterr().err

    assert 2 == ended.value.code
    assert "usage:" in said
    assert "_" not in said


def test_tokens_and_signatures_are_not_printed(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = world.session()
    issued = world.sign("PUT", principal=session)
    answer = world.send("PUT", issued.url.replace("cat", "dog"), {"x-oss-object-acl": "private"})
    document = tmp_path / "error.xml"
    document.write_bytes(answer.get_data())

    main([issued.url, "--error", str(document)], now=LATER, colour=False)
    printed = capsys.readouterr().out

    assert "key-changed" in printed
    assert (session.security_token or "")[:20] not in printed
    assert issued.url[-64:] not in printed


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["https://host/key", "--error", str(tmp_path)], now=NOW, colour=False)

    assert f"diagnose: cannot read {tmp_path}: Is a directory; see --help\n" == capsys.readouterr().err


def as_a_module(
    url: str, *, pasted: bytes = b"", stdout: int = subprocess.PIPE, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as people do; ``environ`` is what it finds beside PATH, ``pasted`` its standard input."""
    command = [sys.executable, "-m", "shared.diagnose", url, "--now", "2026-11-23T13:00:00Z"]
    variables = {"PATH": os.environ["PATH"], **environ}
    return subprocess.run(
        command, input=pasted, stdout=stdout, stderr=subprocess.PIPE, env=variables, check=False
    )


def test_it_runs_as_a_module_without_colours_in_a_pipe(world: World) -> None:
    ended = as_a_module(world.get().url)

    assert 1 == ended.returncode
    assert ended.stdout.startswith(b"1. expired: ")


def test_a_terminal_without_the_character_still_shows_the_rest(world: World) -> None:
    url = world.get().url.replace("cat", "caf\u00e9").replace("&", "&amp;")

    ended = as_a_module(url, PYTHONIOENCODING="ascii")

    assert (1, b"") == (ended.returncode, ended.stderr)
    assert rb"caf\xe9.png?" in ended.stdout


def test_bytes_that_are_no_text_are_answered() -> None:
    ended = as_a_module("-", pasted=b"\xff\xfe", PYTHONIOENCODING="utf-8:strict")

    assert 2 == ended.returncode
    assert b"not an http(s) URL" in ended.stderr


def test_a_reader_that_has_seen_enough_ends_it_quietly(world: World) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ended = as_a_module(world.get().url, stdout=writing)
    os.close(writing)

    assert (-signal.SIGPIPE, b"") == (ended.returncode, ended.stderr)
