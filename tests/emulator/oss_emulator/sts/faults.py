"""Bad days of STS that a test can order, one call at a time."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

Answer = Callable[[], Response | None]


class Faults:
    """A queue of faults; each is consumed by one call, in order, and an empty queue means good weather."""

    def __init__(self) -> None:
        self._queue: deque[Answer] = deque()

    def throttling(self, times: int = 1, *, retry_after_ms: int | None = None) -> None:
        """Answer ``Throttling.User``, with ``x-acs-retry-after`` where given."""
        headers = {} if retry_after_ms is None else {"x-acs-retry-after": str(retry_after_ms)}
        self._add(
            times, lambda: _json({"Code": "Throttling.User", "Message": "Request was denied."}, 400, headers)
        )

    def server_error(self, times: int = 1, *, status: int = 503, code: str = "ServiceUnavailable") -> None:
        """Answer a 5xx with a JSON body."""
        self._add(times, lambda: _json({"Code": code, "Message": "upstream-canary"}, status))

    def slow(self, seconds: float, times: int = 1) -> None:
        """Answer well, but late."""

        def late() -> None:
            time.sleep(seconds)

        self._add(times, late)

    def html(self, times: int = 1, *, status: int = 200) -> None:
        """Answer a page of somebody else's."""
        self._add(times, lambda: Response("<html>upstream-canary</html>", status, mimetype="text/html"))

    def empty(self, times: int = 1) -> None:
        """Answer 200 with an empty body."""
        self._add(times, lambda: Response("", 200))

    def redirect(self, location: str, times: int = 1) -> None:
        """Answer 307 to another host."""
        self._add(times, lambda: Response("", 307, headers={"Location": location}))

    def no_credentials(self, times: int = 1) -> None:
        """Answer 200 without ``Credentials``."""
        self._add(times, lambda: _json({"RequestId": "canary"}, 200))

    def oversized(self, size: int, times: int = 1) -> None:
        """Answer 200 with a body of ``size`` bytes."""
        self._add(times, lambda: Response(b" " * size, 200, mimetype="application/json"))

    def lying(self, times: int = 1, **credentials: Any) -> None:
        """Answer 200 with these ``Credentials``, such as a malformed or distant ``Expiration``."""
        told = {
            "AccessKeyId": "STS.liar",
            "AccessKeySecret": "secret",
            "SecurityToken": "token",
            "Expiration": "2999-01-01T00:00:00Z",
        } | credentials
        self._add(times, lambda: _json({"RequestId": "canary", "Credentials": told}, 200))

    def take(self) -> Response | None:
        """Return the next fault's answer; None means that the call goes on as usual."""
        try:
            fault = self._queue.popleft()
        except IndexError:
            return None
        return fault()

    def _add(self, times: int, answer: Answer) -> None:
        self._queue.extend([answer] * times)


def _json(document: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    body = {"RequestId": "00000000-0000-0000-0000-000000000000", "HostId": "sts.aliyuncs.com", **document}
    return Response(json.dumps(body), status, headers=headers, mimetype="application/json")
