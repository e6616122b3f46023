from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.unit.local.functions import Made, runners


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Made]:
    with runners(tmp_path) as made:
        yield made


def test_a_handler_gets_bytes_and_a_context_without_credentials(make: Made) -> None:
    code = """
        def handler(event, context):
            function = vars(context.function)
            return {"event": event.hex(), **vars(context), "function": function}
    """
    result = make(code, timeout=9).invoke(b"\x00\xff{", request_id="r1").result

    assert {
        "event": "00ff7b",
        "request_id": "r1",
        "region": "cn-hangzhou",
        "account_id": "123456789012",
        "function": {
            "name": "made-for-a-test",
            "handler": "index.handler",
            "memory": 256,
            "timeout": 9,
            "version_id": "",
            "qualifier": "LATEST",
        },
    } == result


@pytest.mark.parametrize(
    ("returned", "meant"),
    [
        ("{'a': 1}", {"a": 1}),
        ("'text'", b"text"),
        (r"b'\xff'", b"\xff"),
        ("[1]", b"[1]"),
        ("None", b"null"),
        ("''", b""),
    ],
)
def test_results_arrive_in_the_form_that_goes_out(make: Made, returned: str, meant: object) -> None:
    outcome = make(f"def handler(event, context):\n    return {returned}").invoke(b"", request_id="r")

    assert (meant, None) == (outcome.result, outcome.error)


def test_only_the_functions_own_environment_is_there(make: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THIS_MACHINE", "x")
    code = """
        import os
        def handler(event, context):
            return dict(os.environ)
    """
    environ = (
        make(code, environ={"GRANT_READ_PREFIXES": "a/", "EMPTY": ""}).invoke(b"", request_id="r").result
    )

    assert isinstance(environ, dict)
    assert "OF_THIS_MACHINE" not in environ
    assert ("a/", "", "made-for-a-test") == (
        environ["GRANT_READ_PREFIXES"],
        environ["EMPTY"],
        environ["FC_FUNCTION_NAME"],
    )


def test_whatever_is_raised_is_reported_with_its_stack(make: Made) -> None:
    code = """
        def handler(event, context):
            raise ValueError("no such luck")
    """
    error = make(code).invoke(b"", request_id="r").error

    assert error is not None
    assert ("ValueError", "no such luck", "handler") == (
        error["errorType"],
        error["errorMessage"],
        error["stackTrace"][-1][2],
    )


@pytest.mark.parametrize("code", ["import nothing_of_this_name", "def other(event, context): pass", "1 +"])
def test_code_that_does_not_load_is_an_error_of_the_invocation(make: Made, code: str) -> None:
    assert make(code).invoke(b"", request_id="r").error is not None


def test_a_result_that_is_no_json_is_an_error_of_the_invocation(make: Made) -> None:
    runner = make("def handler(event, context):\n    return {'a': {1} if event else 'fine'}")
    refused, fine = runner.invoke(b"x", request_id="r1"), runner.invoke(b"", request_id="r2")

    assert "TypeError" == (refused.error or {})["errorType"]
    assert {"a": "fine"} == fine.result


def test_the_initializer_runs_once_before_the_first_event(make: Made) -> None:
    code = """
        count = 0
        def initialize(context):
            global count
            count += 1
        def handler(event, context):
            return str(count)
    """
    runner = make(code, initializer="index.initialize")

    assert [b"1", b"1"] == [runner.invoke(b"", request_id="r").result for _ in range(2)]


def test_an_instance_stays_warm_and_a_stopped_one_starts_cold(make: Made) -> None:
    code = """
        import os
        def handler(event, context):
            return str(os.getpid())
    """
    runner = make(code, instances=2)
    warm = {runner.invoke(b"", request_id="r").result for _ in range(3)}
    runner.stop()

    assert 1 == len(warm)
    assert runner.invoke(b"", request_id="r").result not in warm


def test_everything_printed_is_in_the_log_of_its_own_invocation(make: Made) -> None:
    code = """
        import logging, os, sys
        print("loading")
        logging.basicConfig(level="INFO", stream=sys.stdout)
        def handler(event, context):
            print(event.decode())
            logging.info("logged %s", event.decode())
            sys.stdout.flush()
            os.write(1, b"raw ")
            os.write(2, b"bytes \\xff\\n")
            print("late", file=sys.stderr)
    """
    runner = make(code)
    first, second = runner.invoke(b"one", request_id="r1").log, runner.invoke(b"two", request_id="r2").log

    assert (
        "FC Invoke Start RequestId: r1\nloading\none\nINFO:root:logged one\nraw bytes \ufffd\nlate\n" in first
    )
    assert second == (
        "FC Invoke Start RequestId: r2\ntwo\nINFO:root:logged two\nraw bytes \ufffd\nlate\n"
        "FC Invoke End RequestId: r2\n"
    )


def test_reading_standard_input_does_not_eat_the_next_event(make: Made) -> None:
    runner = make("import sys\ndef handler(event, context):\n    return sys.stdin.read() + event.decode()")

    assert [b"one", b"two"] == [runner.invoke(event, request_id="r").result for event in (b"one", b"two")]


def test_a_function_that_takes_too_long_is_killed_and_its_log_is_kept(make: Made) -> None:
    code = """
        import time
        def handler(event, context):
            print("begun", flush=True)
            time.sleep(60 if event else 0)
            return "awake"
    """
    runner = make(code, timeout=1)
    slow, next_one = runner.invoke(b"x", request_id="r1"), runner.invoke(b"", request_id="r2")

    assert "FunctionTimedOut" == (slow.error or {})["errorType"]
    assert "begun" in slow.log
    assert "in handler" in slow.log
    assert b"awake" == next_one.result


def test_a_function_whose_process_ends_does_not_take_the_next_one_along(make: Made) -> None:
    code = """
        import os
        def handler(event, context):
            if event:
                os._exit(3)
            return "alive"
    """
    runner = make(code)
    gone, next_one = runner.invoke(b"x", request_id="r1"), runner.invoke(b"", request_id="r2")

    assert "ProcessExited" == (gone.error or {})["errorType"]
    assert b"alive" == next_one.result


def test_a_function_that_exits_is_reported_and_its_instance_ends(make: Made) -> None:
    code = """
        import os, sys
        def handler(event, context):
            return sys.exit(2) if event else str(os.getpid())
    """
    runner = make(code)
    first = runner.invoke(b"", request_id="r").result
    refused, next_one = runner.invoke(b"x", request_id="r"), runner.invoke(b"", request_id="r")

    assert "SystemExit" == (refused.error or {})["errorType"]
    assert (None, True) == (next_one.error, first != next_one.result)


def test_the_code_is_imported_by_its_name_from_its_own_folder(make: Made, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("WORD = 'beside'")
    code = """
        import os, sys
        import beside
        def handler(event, context):
            return [__name__, sys.modules["index"].__name__, os.getcwd(), os.environ["HOME"], beside.WORD]
    """
    said = json.loads(make(code).invoke(b"", request_id="r").result)  # type: ignore[arg-type]  # a list goes as bytes

    assert ["index", "index", str(tmp_path), "/tmp", "beside"] == said  # noqa: S108  # as on the platform


@pytest.mark.parametrize(
    ("code", "named"),
    [("import nothing_of_this_name", "ImportModuleError"), ("1 +", "UserCodeSyntaxError")],
)
def test_code_that_does_not_load_is_called_as_the_platform_calls_it(
    make: Made, code: str, named: str
) -> None:
    assert named == (make(code).invoke(b"", request_id="r").error or {})["errorType"]


def test_a_result_is_weighed_as_the_platform_writes_it(make: Made) -> None:
    code = "def handler(event, context):\n    return {'x': event.decode() * 6_000_000}"
    small, large = (make(code).invoke(each.encode(), request_id="r") for each in ("x", "\u5185"))

    assert small.error is None
    assert "ResponseTooLarge" == (large.error or {})["errorType"]


def test_large_events_and_results_pass_whole(make: Made) -> None:
    event = json.dumps({"x": "\u5185" * 500_000}).encode()

    assert (
        event == make("def handler(event, context):\n    return event").invoke(event, request_id="r").result
    )


def test_events_side_by_side_do_not_mix(make: Made) -> None:
    runner = make("def handler(event, context):\n    return context.request_id + event.decode()", instances=2)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: runner.invoke(b"!", request_id=f"r{n}").result, range(40)))

    assert [f"r{n}!".encode() for n in range(40)] == results
