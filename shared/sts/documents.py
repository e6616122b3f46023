"""Documents that hand out a session, in the shapes that clients read as they are.

Times are ``YYYY-MM-DDTHH:MM:SSZ``, UTC, without fractions: the mobile providers parse nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.fc.http import Reply
from shared.signing import Credentials
from shared.values import value


@value
class IssuedSession:
    """A session, its end as ``shared.fc.times.times`` puts it, and where it can be used."""

    session: Credentials
    times: Mapping[str, Any]
    access: Mapping[str, Any]
    request_id: str


def reply(issued: IssuedSession, *, shape: str) -> Reply:
    """Return the answer in this ``shape``; a direct invocation gets the JSON document in place of text."""
    if shape == "process":
        return Reply(document=process_document(issued))
    if shape == "env":
        text = environment_lines(issued)
        return Reply(document=document(issued), text=text, media_type="text/plain; charset=utf-8")
    return Reply(document=document(issued))


def document(issued: IssuedSession) -> dict[str, Any]:
    """Return the one document of the mobile providers, credentials URI clients and ``ali-oss``.

    What is not a credential stands under ``Access``: ``ali-oss`` copies every member over its own options.
    """
    session, times = issued.session, issued.times
    return {
        "StatusCode": 200,
        "Code": "Success",
        "RequestId": issued.request_id,
        "AccessKeyId": session.access_key_id,
        "AccessKeySecret": session.access_key_secret,
        "SecurityToken": session.security_token,
        "Expiration": times["expires_at"],
        "ExpiresIn": times["expires_in"],
        "RefreshAfter": times["refresh_after"],
        "LimitedBy": times["limited_by"],
        "Access": issued.access,
    }


def process_document(issued: IssuedSession) -> dict[str, Any]:
    """Return what the credentials SDKs read from an external process."""
    session = issued.session
    return {
        "mode": "StsToken",
        "access_key_id": session.access_key_id,
        "access_key_secret": session.access_key_secret,
        "sts_token": session.security_token,
        "expiration": issued.times["expires_at"],
    }


def environment_lines(issued: IssuedSession) -> str:
    """Return shell commands that set what OSS clients read, whatever characters the values hold."""
    session = issued.session
    variables = {
        "OSS_ACCESS_KEY_ID": session.access_key_id,
        "OSS_ACCESS_KEY_SECRET": session.access_key_secret,
        "OSS_SESSION_TOKEN": session.security_token or "",
        "OSS_REGION": issued.access["Region"],
        "OSS_ENDPOINT": issued.access["Endpoint"],
    }
    return "".join(f"export {name}={_shell_quoted(value)}\n" for name, value in variables.items())


def failure_document(code: str, message: str, *, status: int, request_id: str) -> dict[str, Any]:
    """Return what the mobile providers read on failure, in an answer whose HTTP status is 200."""
    return {"StatusCode": status, "ErrorCode": code, "ErrorMessage": message, "RequestId": request_id}


def _shell_quoted(value: str) -> str:
    # Between single quotes a POSIX shell reads every character as itself, but the quote.
    return "'" + value.replace("'", "'\\''") + "'"
