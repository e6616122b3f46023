"""T1 to T3 and G2: what one core serves per second, warm, without sockets; and growth with the number of callers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from time import perf_counter
from typing import Any

from shared.fc.frame import Call, Function, over_http
from shared.fc.http import Reply
from shared.fc.invocation import Invocation
from shared.fc.role_sessions import RoleSessions
from shared.presign import operation as presign
from shared.sessions.cache import SessionCache
from shared.sessions.port import SessionRequest
from shared.settings.functions import once, presign_settings, sts_settings
from shared.signing import Credentials
from shared.sts.operation import answer_from
from tests.benchmarks.handlers import CONTEXT, ONE, http_event
from tests.benchmarks.measure import Row, exponent
from tests.benchmarks.signing import NOW, TOKEN
from tests.world import environ, own_credentials

SECONDS = 1.5
CALLERS = (10, 100, 1_000, 10_000, 100_000)
ROLE = "acs:ram::123456789012:role/sessions"
ITEMS = {"items": [{**ONE, "key": f"users/alice/{number}.png"} for number in range(100)]}
ENVIRON = environ(STS_ROLE_ARN=ROLE, **own_credentials("STS.NUexample", "s" * 44, TOKEN))


def rows() -> Iterator[Row]:
    """Yield the rows; audit lines go to memory, STS is one function call away."""
    screen, sys.stdout = sys.stdout, StringIO()
    try:
        rates = {name: _rate(call) for name, call in _work().items()}
        growth = exponent({callers: _time_of_a_second_round(callers) for callers in CALLERS})
    finally:
        sys.stdout = screen
    yield Row("T1", "presign, warm, one URL", rates["presign"], None, "requests/s of one core")
    yield Row("T2", "sts, warm, a session out of the cache", rates["sts"], None, "requests/s of one core")
    yield Row("T3", "presign, warm, a batch of 100", rates["batch"], None, "requests/s of one core")
    yield Row("G2", "growth of time, 10 to 100,000 callers of one instance", growth, 1.1, "exponent")


def _work() -> dict[str, Callable[[], Any]]:
    signing = Function(
        "presign", load=once(presign_settings), answer=over_http(presign.operate, allow=("POST",))
    )
    one, batch, issue = http_event(ONE), http_event(ITEMS), http_event({})
    issuing, cache = once(sts_settings), SessionCache()

    def answer(invocation: Invocation, call: Call[Any]) -> Reply:
        return answer_from(_sessions(call, cache), invocation, call)

    sts = Function("sts", load=issuing, answer=over_http(answer, allow=("POST",)))
    return {
        "presign": lambda: signing.respond(one, CONTEXT, environ=ENVIRON, now=NOW),
        "batch": lambda: signing.respond(batch, CONTEXT, environ=ENVIRON, now=NOW),
        "sts": lambda: sts.respond(issue, CONTEXT, environ=ENVIRON, now=NOW),
    }


def _rate(call: Callable[[], Any]) -> float:
    assert 200 == call()["statusCode"]
    count, began = 0, perf_counter()
    while perf_counter() - began < SECONDS:
        call()
        count += 1
    return count / (perf_counter() - began)


def _sessions(call: Call[Any], cache: SessionCache) -> RoleSessions:
    return RoleSessions(
        role=call.settings.role,
        credentials=call.credentials,
        function_name="sts",
        timeout=timedelta(seconds=5),
        cache=cache,
        assume_role=_issued,
        now=call.now,
    )


def _issued(request: SessionRequest, *, now: datetime, **_: Any) -> Credentials:
    return Credentials(
        access_key_id="STS.x", access_key_secret="s", security_token="t", expires_at=now + request.duration
    )


def _time_of_a_second_round(callers: int) -> float:
    """Return the seconds that all callers take when each of them comes back; beyond 16,384 none is remembered."""
    cache = SessionCache()
    requests = [
        SessionRequest(
            role_arn=ROLE,
            role_session_name=f"c{number}",
            policy=json.dumps(number),
            duration=timedelta(hours=1),
        )
        for number in range(callers)
    ]
    began = 0.0
    for _ in range(2):
        began = perf_counter()
        for number, request in enumerate(requests):
            cache.session(
                request,
                caller=number,
                assume_role=_issued,
                credentials=_issued(request, now=NOW),
                timeout=timedelta(seconds=5),
                now=NOW,
                good_for=timedelta(minutes=20),
            )
    return perf_counter() - began
