"""The load on the emulator, small, and that it sees wrong answers."""

from __future__ import annotations

import pytest
from werkzeug.wrappers import Response

from oss_emulator import serve
from tests.benchmarks import emulator_load
from tests.benchmarks.emulator_load import Mixed
from tests.benchmarks.servers import Server


def test_no_answer_is_wrong_under_load(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        emulator_load.main(["--requests", "600", "--clients", "40", "--mib", "24"])
    said = capsys.readouterr().out

    assert 0 == ended.value.code
    assert "24 MiB in parts of 8 MiB" in said
    assert "600 mixed requests of 40 clients: 0 wrong" in said


def test_a_server_that_keeps_nothing_is_found_out() -> None:
    with serve(Response("", 200, headers={"ETag": "x"})) as address:
        wrong = Mixed(Server(address, 0, None), 1).run(40)

    assert 30 < wrong
