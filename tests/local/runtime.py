"""Function Compute's runtime on a laptop: instances side by side, with time limits, logs and credentials."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import LifoQueue
from typing import Any

from tests.local.instance import Instance
from tests.local.template import Function

Environment = Callable[[], Mapping[str, str]]
"""Returns what the platform sets for an instance when it starts, role credentials among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one invocation: an object, other bytes, or an error; and what the function printed."""

    request_id: str
    log: str
    result: Mapping[str, Any] | bytes = b""
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
    _idle: LifoQueue[Instance | None] = field(init=False, default_factory=LifoQueue)

    def __post_init__(self) -> None:
        for _ in range(self.instances):
            self._idle.put(None)

    def invoke(self, event: bytes, *, request_id: str) -> Outcome:
        """Return what the function made of ``event``; a time-out or crash ends the instance, as there."""
        # The instance that was at work last is taken first, so a warm one is used again.
        instance = self._idle.get()
        try:
            instance = instance or self._start()
            answer = instance.ask(event, request_id=request_id, timeout=self.function.timeout_seconds)
            printed = instance.printed()
            if instance.has_ended:
                instance.stop()
                instance = None
        finally:
            self._idle.put(instance)
        return Outcome(
            request_id=request_id,
            log=f"FC Invoke Start RequestId: {request_id}\n{printed}FC Invoke End RequestId: {request_id}\n",
            result=answer.result,
            error=answer.error,
        )

    def stop(self) -> None:
        """End all instances, those at work with their event; the next event starts another."""
        running = [self._idle.get() for _ in range(self.instances)]
        for instance in running:
            if instance is not None:
                instance.stop()
            self._idle.put(None)

    def _start(self) -> Instance:
        # From 3.11 on this keeps the worker's own folder off the import path.
        path = os.pathsep.join(filter(None, (str(self.function.code), self.import_path)))
        python = {"PATH": os.defpath, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
        environ = {**python, **self._system(), **self.environment()}
        return Instance(self.command, described=self._described(), environ=environ)

    def _described(self) -> dict[str, Any]:
        function = self.function
        return {
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
                "version_id": "",
                "qualifier": "LATEST",
            },
        }

    def _system(self) -> dict[str, str]:
        return {
            "HOME": "/tmp",  # noqa: S108  # as on the platform
            "FC_INSTANCE_ID": f"c-{uuid.uuid4().hex[:24]}",
            "FC_QUALIFIER": "LATEST",
            "FC_ACCOUNT_ID": self.account_id,
            "FC_REGION": self.region,
            "FC_FUNCTION_NAME": self.function.name,
            "FC_FUNCTION_HANDLER": self.function.handler,
            "FC_FUNCTION_MEMORY_SIZE": str(self.function.memory_mb),
            "FC_FUNC_CODE_PATH": str(self.function.code),
        }
