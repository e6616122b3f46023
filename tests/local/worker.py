"""One instance of a function: a process of its own that imports the code and handles one event at a time.

Standard library only, and nothing of this project: it also runs packaged functions, on a bare interpreter.
Frames on the pipes are four bytes of length and JSON; all that the function prints goes to standard error.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import sys
import traceback
from types import SimpleNamespace
from typing import Any, BinaryIO


def main() -> None:
    """Serve frames from standard input until it ends."""
    instance = json.loads(sys.argv[1])
    source, sink = _own_pipes()
    handler = None
    while frame := _read(source):
        call = json.loads(frame)
        try:
            handler = handler or _load(instance)
            result = handler(base64.b64decode(call["event"]), _context(instance, call["request_id"]))
            outcome = json.dumps(_described_result(result))
        except BaseException as error:  # The platform reports whatever a handler raises.
            outcome = json.dumps({"error": _described_error(error)})
        sys.stdout.flush()
        sys.stderr.flush()
        _write(sink, outcome.encode())


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes of the frames; the function finds an empty input and the log in their places."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def _load(instance: dict[str, Any]) -> Any:
    """Return the handler, after the initializer has run."""
    module_name, _, function = instance["handler"].rpartition(".")
    path = os.path.join(instance["code"], *module_name.split("/")) + ".py"
    spec = importlib.util.spec_from_file_location("function_code", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module {module_name}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
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
    if isinstance(result, dict):
        return {"result": result}
    if not isinstance(result, (str, bytes)):
        result = json.dumps(result)
    data = result.encode() if isinstance(result, str) else result
    return {"data": base64.b64encode(data).decode()}


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
