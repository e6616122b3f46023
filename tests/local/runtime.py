"""Function Compute's runtime on a laptop: instances as processes, with time limits, logs and credentials."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from tests.local.template import Function

Environment = Callable[[], Mapping[str, str]]
"""Returns what the platform sets for an instance when it starts, role credentials among it."""

_WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one invocation: a result or an error, and what the function printed."""

    request_id: str
    log: str
    result: Any = None
    error: Mapping[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class FunctionRunner:
    """Instances of one function, up to ``instances`` side by side; each handles one event at a time."""

    function: Function
    environment: Environment
    region: str
    account_id: str
    instances: int = 2
    command: Sequence[str] = (sys.executable,)
    import_path: str = ""
    _idle: SimpleQueue[_Instance | None] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        for _ in range(self.instances):
            self._idle.put(None)

    def invoke(self, event: bytes, *, request_id: str) -> Outcome:
        """Return what the function made of ``event``; a time-out or crash ends the instance, as there."""
        instance = self._idle.get()
        try:
            instance = instance or self._start()
            answer = instance.ask(event, request_id=request_id, timeout=self.function.timeout_seconds)
            if answer is None:
                instance.stop()
                instance = None
        finally:
            self._idle.put(instance)
        log = f"FC Invoke Start RequestId: {request_id}\n{(answer or {}).get('log', '')}"
        log += f"FC Invoke End RequestId: {request_id}\n"
        if answer is None:
            return Outcome(request_id=request_id, log=log, error=self._ended())
        return Outcome(request_id=request_id, log=log, result=answer.get("result"), error=answer.get("error"))

    def stop(self) -> None:
        """End all instances; those at work end with their event."""
        for _ in range(self.instances):
            instance = self._idle.get()
            if instance is not None:
                instance.stop()

    def _ended(self) -> Mapping[str, Any]:
        message = (
            f"the function did not answer within {self.function.timeout_seconds} s, or its process ended"
        )
        return {"errorType": "FunctionTimedOut", "errorMessage": message, "stackTrace": []}

    def _start(self) -> _Instance:
        function = self.function
        described = {
            "handler": function.handler,
            "initializer": function.initializer,
            "code": str(function.code),
            "region": self.region,
            "account_id": self.account_id,
            "function": {
                "name": function.name,
                "handler": function.handler,
                "memory": function.memory_mb,
                "timeout": function.timeout_seconds,
            },
        }
        given = {name: value for name, value in self.environment().items() if value != ""}
        system = {
            "FC_FUNCTION_NAME": function.name,
            "FC_FUNC_CODE_PATH": str(function.code),
            "PATH": os.defpath,
            "PYTHONPATH": self.import_path,
        }
        return _Instance(self.command, described, {**system, **given})


class _Instance:
    """One process; frames go in and out by its pipes."""

    def __init__(self, command: Sequence[str], described: Mapping[str, Any], environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [*command, str(_WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
        )
        self._send(json.dumps(described).encode())

    def ask(self, event: bytes, *, request_id: str, timeout: float) -> dict[str, Any] | None:
        """Return the worker's answer; None after ``timeout`` seconds or when the process is gone."""
        timer = threading.Timer(timeout, self._process.kill)
        timer.start()
        try:
            self._send(json.dumps({"event": event.decode("latin-1"), "request_id": request_id}).encode())
            frame = _read(_pipe(self._process.stdout))
            answer: dict[str, Any] | None = json.loads(frame) if frame else None
        except BrokenPipeError:
            return None
        finally:
            timer.cancel()
        return answer

    def stop(self) -> None:
        """End the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            _pipe(pipe).close()

    def _send(self, frame: bytes) -> None:
        pipe = _pipe(self._process.stdin)
        pipe.write(len(frame).to_bytes(4, "big") + frame)
        pipe.flush()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the instance has no pipe")
    return pipe


def _read(pipe: IO[bytes]) -> bytes:
    size = pipe.read(4)
    return pipe.read(int.from_bytes(size, "big")) if len(size) == 4 else b""
