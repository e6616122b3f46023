"""One instance of a function: a process of its own that imports the code and handles one event at a time.

Standard library only, and nothing of this project: it also runs packaged functions, on a bare interpreter.
Frames on the pipes are four bytes of length and JSON; what the function prints is captured as its log.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import sys
import traceback
from types import SimpleNamespace
from typing import Any, BinaryIO


def main() -> None:
    """Serve frames from standard input until it ends."""
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Whatever writes to the descriptor itself must not break the frames.
    instance = json.loads(_read(source))
    handler = None
    while frame := _read(source):
        call = json.loads(frame)
        sys.stdout = sys.stderr = log = io.StringIO()
        try:
            handler = handler or _load(instance)
            result = handler(call["event"].encode("latin-1"), _context(instance, call["request_id"]))
            outcome = {"result": result if isinstance(result, (dict, str)) else _text(result)}
        except BaseException as error:  # The platform reports whatever a handler raises.
            outcome = {"error": _described(error)}
        _write(sink, json.dumps({**outcome, "log": log.getvalue()}).encode())


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


def _text(result: Any) -> str:
    return result.decode() if isinstance(result, bytes) else json.dumps(result)


def _described(error: BaseException) -> dict[str, Any]:
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
