"""One instance of a function, from outside: its process, its time limit and its log."""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

GRACE_SECONDS = 1
"""What a process has to say where it was, once its time is up."""
_ENDING = ("SystemExit", "KeyboardInterrupt", "GeneratorExit")
_WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A result (an object, or other bytes), or an error."""

    result: Mapping[str, Any] | bytes = b""
    error: Mapping[str, Any] | None = None


class Instance:
    """One process; frames go in and out by its pipes, and what it prints goes to a file."""

    def __init__(
        self, command: Sequence[str], *, described: Mapping[str, Any], environ: Mapping[str, str]
    ) -> None:
        self.has_ended = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop()
        # Its own session: Ctrl-C is for the parent, which then ends it.
        self._process = subprocess.Popen(
            [*command, str(_WORKER), json.dumps(described)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=dict(environ),
            start_new_session=True,
        )

    def ask(self, event: bytes, *, request_id: str, timeout: float) -> Answer:
        """Return the answer to ``event``; after ``timeout`` seconds the process is ended."""
        overdue = threading.Event()
        timer = threading.Timer(timeout, self._kill, (overdue,))
        timer.start()
        try:
            frame = self._exchange({"event": base64.b64encode(event).decode(), "request_id": request_id})
        finally:
            timer.cancel()
            timer.join()
        if frame and not overdue.is_set():
            answer = _answer(json.loads(frame))
            # SystemExit and the like are reported, and end the instance.
            self.has_ended = answer.error is not None and answer.error["errorType"] in _ENDING
            return answer
        self.has_ended = True
        if overdue.is_set():
            return _ended("FunctionTimedOut", f"the function did not answer within {timeout} s")
        return _ended("ProcessExited", "the function's process ended before it answered")

    def printed(self) -> str:
        """Return what the function printed since this was asked last."""
        # The process writes at the offset that it shares with this file object.
        self._log.seek(0)
        printed = self._log.read().decode("utf-8", "replace")
        self._log.seek(0)
        self._log.truncate()
        return printed

    def stop(self) -> None:
        """End the process and close its pipes and its log."""
        self._process.kill()
        self._process.wait()
        # What could not be written to it any more is still in the buffer, and closing tries once again.
        with suppress(BrokenPipeError):
            _pipe(self._process.stdin).close()
        _pipe(self._process.stdout).close()
        self._log.close()

    def _kill(self, overdue: threading.Event) -> None:
        overdue.set()
        self._process.terminate()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _exchange(self, call: Mapping[str, str]) -> bytes:
        """Return the frame that answers ``call``, empty where the process has ended."""
        frame = json.dumps(call).encode()
        pipe = _pipe(self._process.stdin)
        try:
            pipe.write(len(frame).to_bytes(4, "big"))
            pipe.write(frame)
            pipe.flush()
        except BrokenPipeError:
            return b""
        return _read(_pipe(self._process.stdout))


def _answer(said: Mapping[str, Any]) -> Answer:
    if "data" in said:
        return Answer(result=base64.b64decode(said["data"]))
    return Answer(result=said.get("result", b""), error=said.get("error"))


def _ended(error_type: str, message: str) -> Answer:
    return Answer(error={"errorMessage": message, "errorType": error_type, "stackTrace": []})


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the instance has no pipe")
    return pipe


def _read(pipe: IO[bytes]) -> bytes:
    """Return one whole frame, or nothing."""
    size = pipe.read(4)
    frame = pipe.read(int.from_bytes(size, "big")) if len(size) == 4 else b""
    return frame if len(frame) == int.from_bytes(size, "big") else b""
