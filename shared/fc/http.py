"""Answers over HTTP: the table of statuses, CORS, and the refusal of whatever an operation raises.

Function Compute maps ``{"statusCode", "headers", "isBase64Encoded", "body"}`` back to HTTP; a direct
invocation gets the bare JSON document.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

from shared import errors
from shared.fc.invocation import Invocation, parse
from shared.settings.caller import CallerSettings, CorsPolicy
from shared.strict_json import write
from shared.values import NOTHING

STATUS: dict[type[errors.ServiceError], int] = {
    errors.InvalidRequest: 400,
    errors.TtlTooLong: 400,
    errors.Unauthenticated: 401,
    errors.AccessDenied: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.Gone: 410,
    errors.PayloadTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Throttled: 429,
    errors.StsRejected: 502,
    errors.StsUnavailable: 502,
    errors.IssuerUnavailable: 503,
    errors.ReceiverUnavailable: 503,
    errors.StoreUnavailable: 503,
    errors.Misconfigured: 500,
    errors.SessionPolicyTooLarge: 500,
}
"""The only place that knows HTTP statuses; whatever is not listed is 500."""

_RETRIED = (errors.IssuerUnavailable, errors.ReceiverUnavailable, errors.StoreUnavailable, errors.Throttled)

JSON_TYPE = "application/json; charset=utf-8"
_ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
NO_ORIGIN = "https://origin.invalid"
"""The origin that answers name where no web page may read them; nobody has it (RFC 6761, section 6.4)."""

_NO_CORS = CorsPolicy()


class HasCaller(Protocol):
    """Settings of a function that can be called over HTTP."""

    @property
    def caller(self) -> CallerSettings: ...


class Called(Protocol):
    """One call of such a function."""

    @property
    def settings(self) -> HasCaller: ...


Call = TypeVar("Call", bound=Called)


class Reply(NamedTuple):
    """What a function answers: a JSON document, or text of another type.

    ``writers`` make the JSON of long members, in pieces, in less time than the encoder takes.
    """

    document: Mapping[str, Any] = NOTHING
    writers: Mapping[str, Callable[[Any], list[str]]] = NOTHING
    status: int = 200
    headers: Mapping[str, str] = NOTHING
    text: str | None = None
    media_type: str = JSON_TYPE


Refuse = Callable[[errors.ServiceError, Invocation, str], Reply]


def refusal(error: errors.ServiceError, _: Invocation, request_id: str) -> Reply:
    """Return the answer for a refused request; a 5xx of our own says the request id only."""
    headers = {}
    if isinstance(error, errors.MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allow)
    if isinstance(error, errors.Unauthenticated) and error.challenge is not None:
        headers["WWW-Authenticate"] = error.challenge
    if isinstance(error, _RETRIED):
        headers["Retry-After"] = str(max(1, round(error.retry_after.total_seconds())))
    document = {**code_and_message(error), "RequestId": request_id}
    return Reply(document=document, status=STATUS.get(type(error), 500), headers=headers)


def code_and_message(error: errors.ServiceError) -> dict[str, str]:
    """Return the public ``Code`` and ``Message``; what is wrong inside a deployment stays in its log."""
    if STATUS.get(type(error), 500) == 500:
        return {"Code": "InternalError", "Message": "internal error; the log has it under this request id"}
    return {"Code": error.code, "Message": str(error)}


def serve(
    event: bytes,
    *,
    request_id: str,
    load: Callable[[Invocation], Call],
    operate: Callable[[Invocation, Call], Reply],
    allow: tuple[str, ...],
    refuse: Refuse = refusal,
) -> dict[str, Any]:
    """Return the platform's answer for ``event``: no exception leaves this function."""
    invocation = parse(event)
    cors = _NO_CORS
    try:
        call = load(invocation)
        cors = call.settings.caller.cors
        if invocation.method == "OPTIONS":
            return _frame(_preflight(allow), invocation=invocation, cors=cors)
        reply = operate(invocation, call)
    except errors.ServiceError as error:
        _log(error, request_id=request_id)
        reply = refuse(error, invocation, request_id)
    except Exception as error:  # The platform would show a stack trace to the caller.
        _log(error, request_id=request_id)
        reply = refuse(errors.ServiceError(), invocation, request_id)
    return _frame(reply, invocation=invocation, cors=cors)


def _preflight(allow: tuple[str, ...]) -> Reply:
    methods = ", ".join((*allow, "OPTIONS"))
    return Reply(status=204, text="", headers={"Allow": methods, "Access-Control-Allow-Methods": methods})


def _frame(reply: Reply, *, invocation: Invocation, cors: CorsPolicy) -> dict[str, Any]:
    if invocation.is_direct:
        return dict(reply.document)
    text = _json(reply) if reply.text is None else reply.text
    headers = {"Content-Type": reply.media_type, **_ALWAYS, **reply.headers}
    headers.update(_cors_headers(invocation.header("origin"), cors=cors, preflight=reply.status == 204))
    return {"statusCode": reply.status, "headers": headers, "isBase64Encoded": False, "body": text}


def _json(reply: Reply) -> str:
    if reply.writers.keys().isdisjoint(reply.document):
        return write(reply.document)
    pieces = []
    for name, member in reply.document.items():
        pieces += [",", write(name), ":"]
        pieces += reply.writers[name](member) if name in reply.writers else [write(member)]
    return "".join(["{", *pieces[1:], "}"])


def _cors_headers(origin: str | None, *, cors: CorsPolicy, preflight: bool) -> dict[str, str]:
    """Return the CORS headers of any answer: where they are absent, the gateway lets every origin in.

    It would echo the origin and allow credentials (Function Compute, CORS of HTTP triggers).
    """
    is_allowed = origin in cors.origins
    named = origin if is_allowed else next(iter(cors.origins), NO_ORIGIN)
    headers = {"Vary": "Origin", "Access-Control-Allow-Origin": str(named)}
    if is_allowed:
        headers["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate"
    if is_allowed and preflight:
        headers["Access-Control-Allow-Headers"] = ", ".join(("authorization", "content-type", *cors.headers))
        headers["Access-Control-Max-Age"] = str(cors.max_age_seconds)
    return headers


def _log(error: Exception, *, request_id: str) -> None:
    """Write class and place of an unexpected failure; never its text, which may quote a secret."""
    line: dict[str, Any]
    if isinstance(error, errors.Misconfigured):
        line = {
            "request_id": request_id,
            "error": "Misconfigured",
            "variable": error.variable,
            "rule": error.rule,
        }
    elif not isinstance(error, errors.ServiceError) or STATUS.get(type(error), 500) >= 500:
        line = {"request_id": request_id, "error": type(error).__name__, "at": _places(error)}
    else:
        return
    sys.stdout.write(json.dumps(line) + "\n")


def _places(error: Exception) -> list[str]:
    places, frame = [], error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{frame.tb_lineno} {code.co_name}")
        frame = frame.tb_next
    return places[-8:]
