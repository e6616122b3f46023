"""An invocation as the platform hands it over: an HTTP request as an event object, or a JSON payload.

Nothing in here is trusted: bounds first, then types, then content. Whoever may invoke the function directly
can write an event of the HTTP shape, so that permission is trust (see docs/security.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared import strict_json
from shared.errors import InvalidRequest, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType
from shared.values import NOTHING, value

MAX_BODY_BYTES = 1024 * 1024
_MAX_CLIENT_TEXT = 128  # characters
# W3C Trace Context, section 3.2.2: version 00, and neither id all zeros.
_TRACE_PARENT = r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"

_USUAL_TIMEOUT_SECONDS = 10
_JSON_TYPES = {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}


@value
class Invocation:
    """One call: over HTTP, or direct (then ``method`` is empty and ``unverified_headers`` None)."""

    method: str
    unverified_headers: Mapping[str, str] | None
    unverified_query: Mapping[str, str]
    unverified_body: str | bytes
    is_base64: bool = False
    unverified_path: str = ""
    """As it was sent, percent-encoded; only tickets stand in it."""
    unverified_client: Mapping[str, str] = NOTHING
    """For the audit line: ``source_ip``, ``user_agent``, ``trace_id``."""

    @property
    def is_direct(self) -> bool:
        """Whether no HTTP trigger stands between the caller and us."""
        return self.unverified_headers is None

    def header(self, name: str) -> str | None:
        """Return the header with this lower-case ``name``; None where absent, or in a direct invocation."""
        return None if self.unverified_headers is None else self.unverified_headers.get(name)


@value
class Runtime:
    """What the platform's context says of this invocation; what it does not say has a plain stand-in."""

    request_id: str
    function: str
    timeout: timedelta
    account_id: str


def runtime_of(context: Any, *, function: str) -> Runtime:
    """Return what ``context`` says; its members differ between runtimes and ways to invoke."""
    described = getattr(context, "function", None)
    return Runtime(
        request_id=str(getattr(context, "request_id", "")),
        function=str(getattr(described, "name", function)),
        timeout=timedelta(seconds=float(getattr(described, "timeout", _USUAL_TIMEOUT_SECONDS))),
        account_id=str(getattr(context, "account_id", "")),
    )


def parse(event: bytes | str) -> Invocation:
    """Return the invocation that ``event`` is; anything but an HTTP event (version v1) is a direct one."""
    try:
        envelope = json.loads(event if isinstance(event, str) else event.decode())
        method = envelope["requestContext"]["http"]["method"]
        if envelope["version"] == "v1" and isinstance(method, str):
            return _http(envelope, method)
    except (ValueError, RecursionError, LookupError, TypeError):
        pass  # Not of the HTTP shape: a payload, whose own faults are named when it is read.
    return Invocation(method="", unverified_headers=None, unverified_query={}, unverified_body=event)


def _http(envelope: Mapping[str, Any], method: str) -> Invocation:
    body, headers = envelope.get("body"), _folded(envelope.get("headers"))
    path = envelope.get("rawPath")
    return Invocation(
        method=method,
        unverified_path=path if isinstance(path, str) else "",
        unverified_headers=headers,
        unverified_client=_client(envelope["requestContext"]["http"], headers),
        unverified_query=_texts(envelope.get("queryParameters")),
        unverified_body=body if isinstance(body, str) else "",
        is_base64=envelope.get("isBase64Encoded") is True,
    )


def _client(http: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    said = {"source_ip": http.get("sourceIp"), "user_agent": http.get("userAgent")}
    client = {name: text[:_MAX_CLIENT_TEXT] for name, text in said.items() if isinstance(text, str)}
    traced = "traceparent" in headers and re.fullmatch(_TRACE_PARENT, headers["traceparent"])
    return {**client, "trace_id": traced[1]} if traced else client


def _folded(members: Any) -> dict[str, str]:
    """Return headers by lower-case name; one that comes twice is joined by a comma, as the platform does."""
    headers = _texts(members)
    folded = {name.lower(): value for name, value in headers.items()}
    if len(folded) != len(headers):
        folded = {n: ",".join(value for name, value in headers.items() if name.lower() == n) for n in folded}
    return folded


def _texts(members: Any) -> dict[str, str]:
    if not isinstance(members, dict):
        return {}
    return {name: value for name, value in members.items() if isinstance(value, str)}


def fields_of(invocation: Invocation, *, empty_body_is: str | None = None) -> dict[str, Any]:
    """Return the unverified fields of a POST or a direct invocation.

    ``empty_body_is`` stands for an empty body where one is allowed. Raises ``UnsupportedMediaType``,
    ``PayloadTooLarge`` or ``InvalidRequest``.
    """
    if not invocation.is_direct:
        is_optional = empty_body_is is not None and not invocation.unverified_body
        _check_media_type(invocation.header("content-type"), optional=is_optional)
    text = _text(invocation)
    return _json_object(empty_body_is if empty_body_is is not None and not text else text)


def check_method(invocation: Invocation, *, allow: tuple[str, ...]) -> None:
    """Raise ``MethodNotAllowed`` unless the method is one of ``allow``, or the invocation is direct."""
    if not invocation.is_direct and invocation.method not in allow:
        raise MethodNotAllowed(allow=allow)


def _check_media_type(media_type: str | None, *, optional: bool) -> None:
    # Only a type that a foreign page cannot send without a preflight (Fetch, CORS-safelisted request-header).
    if media_type is None and optional:
        return
    if (media_type or "").lower() not in _JSON_TYPES:
        raise UnsupportedMediaType("send the body as application/json in UTF-8")


def _text(invocation: Invocation) -> str:
    body = invocation.unverified_body
    # Base64 takes four characters for three bytes; JSON escapes are already undone.
    if len(body) > MAX_BODY_BYTES * (4 / 3 if invocation.is_base64 else 1) + 4:
        raise PayloadTooLarge(f"the body takes at most {MAX_BODY_BYTES} bytes")
    try:
        raw = body.encode("utf-8") if isinstance(body, str) else body
        data = _from_base64(raw) if invocation.is_base64 else raw
        text = data.decode("utf-8")
    except UnicodeError:
        raise InvalidRequest("the body is UTF-8") from None
    if len(data) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"the body takes at most {MAX_BODY_BYTES} bytes")
    return text


def _from_base64(body: bytes) -> bytes:
    from base64 import b64decode

    try:
        return b64decode(body, validate=True)
    except ValueError:
        raise InvalidRequest("the body is not base64, although the event says so") from None


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = strict_json.read(text)
    except strict_json.NotStrict as error:
        raise InvalidRequest(str(error)) from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body is a JSON object")
    return value
