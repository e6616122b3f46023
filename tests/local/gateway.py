"""Function Compute's front door on a laptop: HTTP triggers and direct invocations behind one address.

``/<function>/…`` stands for the function's own domain; ``/2023-03-30/functions/<name>/invocations`` invokes
it directly, as the platform's API does.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from tests.local.gate import INVOKE_KEY_HEADER, Gate, Refused, check_invoke_key
from tests.local.mapping import accepted, fault, http_event, http_response, invoke_response
from tests.local.runtime import FunctionRunner, Outcome

MAX_REQUEST_HEADER_BYTES = 8 * 1024
MAX_PATH_BYTES = 4 * 1024
MAX_SYNC_BYTES = 32 * 1024 * 1024
MAX_ASYNC_BYTES = 128 * 1024
API_PREFIX = "/2023-03-30/functions/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One function behind the gateway: its runner, and its door if it has an HTTP trigger."""

    runner: FunctionRunner
    gate: Gate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """All functions behind one address. ``destination`` gets the results of asynchronous invocations."""

    functions: Mapping[str, Served]
    invoke_key: str
    now: Callable[[], datetime]
    log: Callable[[str], None]
    destination: Callable[[Outcome], None]

    def __call__(self, request: Request) -> Response:
        """Answer one HTTP request."""
        response = self._answered(request)
        if not request.path.startswith(API_PREFIX):
            _let_pages_read(response, origin=request.headers.get("Origin"))
        return response

    def _answered(self, request: Request) -> Response:
        request_id = _request_id()
        # Read no further: a body without a length could go on for ever.
        request.max_content_length = MAX_SYNC_BYTES
        try:
            _check_size(request)
            reach = self._invoke if request.path.startswith(API_PREFIX) else self._trigger
            return reach(request, request_id=request_id)
        except Refused as refusal:
            return fault(refusal.status, refusal.code, refusal.reason, request_id=request_id)
        except RequestEntityTooLarge:
            return fault(413, "RequestTooLarge", "too large for an invocation", request_id=request_id)

    def _trigger(self, request: Request, *, request_id: str) -> Response:
        served = self.functions.get(request.path.split("/")[1])
        if served is None or served.gate is None:
            raise Refused(404, "no function has this path", code="FunctionNotFound")
        now = self.now()
        headers = served.gate.pass_on(dict(request.headers), method=request.method, now=now)
        account_id = served.runner.account_id
        event = http_event(request, headers=headers, account_id=account_id, request_id=request_id, now=now)
        outcome = self._run(served, request, event=json.dumps(event).encode(), request_id=request_id)
        return accepted(request_id) if outcome is None else http_response(outcome)

    def deliver(self, name: str, event: bytes) -> None:
        """Invoke a function asynchronously, as an event source does; the destination gets the result."""
        request_id = _request_id()
        outcome = self.functions[name].runner.invoke(event, request_id=request_id)
        self.log(outcome.log)
        self.destination(outcome)

    def _invoke(self, request: Request, *, request_id: str) -> Response:
        name = request.path.removeprefix(API_PREFIX).partition("/")[0]
        served = next((s for key, s in self.functions.items() if name in (key, s.runner.function.name)), None)
        if served is None:
            raise Refused(404, "no function has this name", code="FunctionNotFound")
        check_invoke_key(request.headers.get(INVOKE_KEY_HEADER, ""), expected=self.invoke_key)
        outcome = self._run(served, request, event=request.get_data(), request_id=request_id)
        return accepted(request_id) if outcome is None else invoke_response(outcome)

    def _run(self, served: Served, request: Request, *, event: bytes, request_id: str) -> Outcome | None:
        """Return what came of the event; None for an asynchronous one, whose result the destination gets."""
        is_async = request.headers.get("X-Fc-Invocation-Type") == "Async"
        if is_async and len(event) > MAX_ASYNC_BYTES:
            raise RequestEntityTooLarge
        outcome = served.runner.invoke(event, request_id=request_id)
        self.log(outcome.log)
        if not is_async:
            return outcome
        self.destination(outcome)
        return None


def _let_pages_read(response: Response, *, origin: str | None) -> None:
    """Add the trigger's own CORS headers: any origin, with credentials, unless the function names another one.

    A function can name the origin; that credentials are allowed stands whatever it says (Function Compute, CORS).
    """
    if origin is not None:
        response.headers.setdefault("Access-Control-Allow-Origin", origin)
        response.headers["Access-Control-Allow-Credentials"] = "true"


def _check_size(request: Request) -> None:
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers)
    if headers > MAX_REQUEST_HEADER_BYTES or len(request.environ.get("RAW_URI", "")) > MAX_PATH_BYTES:
        raise Refused(400, "the request line or the headers are too long", code="InvalidArgument")


def _request_id() -> str:
    return f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"
