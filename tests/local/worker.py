"""One instance of a function: a process of its own that imports the code and handles one event at a time.

Standard library only, and nothing of this project: it also runs packaged functions, on a bare interpreter.
Frames on the pipes are four bytes of length and JSON; all that the function prints goes to standard error.
"""

from __future__ import annotations

import base64
import faulthandler
import importlib.util
import json
import os
import signal
import sys
import traceback
from types import FrameType, SimpleNamespace
from typing import Any, BinaryIO

LARGEST_BYTES = 32 * 1024 * 1024
"""What a result may weigh, as the platform writes it: JSON in ASCII, sorted, indented."""


class ImportModuleError(Exception):
    """As the platform calls a module, or one that it imports, that is not there."""


class UserCodeSyntaxError(Exception):
    """As the platform calls code that does not compile."""


class ResponseTooLarge(Exception):
    """The result weighs more than the platform takes."""


def main() -> None:
    """Serve frames from standard input until it ends."""
    instance = json.loads(sys.argv[1])
    source, sink = _own_pipes()
    signal.signal(signal.SIGTERM, _terminated)
    handler = None
    while frame := _read(source):
        call = json.loads(frame)
        ending: BaseException | None = None
        try:
            handler = handler or _load(instance)
            result = handler(base64.b64decode(call["event"]), _context(instance, call["request_id"]))
            outcome = json.dumps(_described_result(result))
        except BaseException as error:
            outcome = json.dumps({"error": _described_error(error)})
            # The platform reports exceptions; what is more, such as SystemExit, ends the instance.
            ending = None if isinstance(error, Exception) else error
        sys.stdout.flush()
        sys.stderr.flush()
        _write(sink, outcome.encode())
        if ending is not None:
            os._exit(1)


def _terminated(number: int, _: FrameType | None) -> None:
    """Say where every thread was, as the platform does when time is up, and end."""
    faulthandler.dump_traceback(file=2, all_threads=True)
    os._exit(128 + number)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes of the frames; the function finds an empty input and the log in their places."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def _load(instance: dict[str, Any]) -> Any:
    """Return the handler, after the initializer has run: of a module by its own name, in the folder of the code."""
    module_name, _, function = instance["handler"].rpartition(".")
    path = os.path.join(instance["code"], *module_name.split("/")) + ".py"
    name = module_name.replace("/", ".")
    os.chdir(instance["code"])
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportModuleError(f"no module {module_name}")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        raise ImportModuleError(str(error)) from error
    except SyntaxError as error:
        raise UserCodeSyntaxError(str(error)) from error
    if instance["initializer"]:
        getattr(module, instance["initializer"].rpartition(".")[2])(_context(instance, "initializer"))
    return getattr(module, function)


def _context(instance: dict[str, Any], request_id: str) -> SimpleNamespace:
    """Return a context of the Python 3.12 runtime's shape: no credentials in it."""
    return SimpleNamespace(
        request_id=request_id,
        function=SimpleNamespace(**instance["function"]),
        region=instance["region"],
        account_id=instance["account_id"],
    )


def _described_result(result: Any) -> dict[str, Any]:
    """Return an object as it is, and anything else as the bytes that it goes out as."""
    if not isinstance(result, (str, bytes)):
        written = json.dumps(result, indent=4, sort_keys=True)
        _check_size(len(written))
        if isinstance(result, dict):
            return {"result": result}
        result = json.dumps(result)
    data = result.encode() if isinstance(result, str) else result
    _check_size(len(data))
    return {"data": base64.b64encode(data).decode()}


def _check_size(size: int) -> None:
    if size > LARGEST_BYTES:
        raise ResponseTooLarge(
            f"the result weighs {size} bytes as the platform writes it; 32 MiB are allowed"
        )


def _described_error(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": [[frame.filename, frame.lineno, frame.name, frame.line] for frame in frames],
    }


def _read(source: BinaryIO) -> bytes:
    size = source.read(4)
    return source.read(int.from_bytes(size, "big")) if len(size) == 4 else b""


def _write(sink: BinaryIO, frame: bytes) -> None:
    sink.write(len(frame).to_bytes(4, "big") + frame)
    sink.flush()


if __name__ == "__main__":
    main()
