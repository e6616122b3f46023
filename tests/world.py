"""Worlds for tests: environments, HTTP events and contexts as the platform makes them, and fresh instances."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

ROOT = Path(__file__).parents[1]
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
BUCKET_ONLY = {"OSS_REGION": "cn-hangzhou", "OSS_BUCKET": "examplebucket"}


class HasKeys(Protocol):
    """Whoever signs: one of the emulator's sessions, or made up."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None


def credentials_of(keys: HasKeys) -> dict[str, str]:
    """Return the variables in which the platform hands a role's credentials to a function."""
    return own_credentials(keys.access_key_id, keys.access_key_secret, keys.security_token or "")


def own_credentials(
    key: str = "STS.function", secret: str = "own-secret", token: str = "own-token"
) -> dict[str, str]:
    """Return the same for made-up credentials."""
    names = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")
    return {f"ALIBABA_CLOUD_{name}": text for name, text in zip(names, (key, secret, token), strict=True)}


def environ(**changes: str) -> dict[str, str]:
    """Return variables with which every function starts, that grant each caller a folder; an empty one is unset.

    URLs are signed by the function itself, so that no STS is needed.
    """
    usual = {
        "IDENTITY_CLAIMS": "sub",
        "SIGNING_SESSION": "function",
        "GRANT_READ_PREFIXES": "users/{sub}/",
        "GRANT_WRITE_PREFIXES": "users/{sub}/",
    }
    return {**BUCKET_ONLY, **usual, **own_credentials(), **changes}


def http_event(
    body: Any = "",
    *,
    method: str = "POST",
    sub: str | None = "alice",
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    path: str = "/presign",
    **changes: Any,
) -> dict[str, Any]:
    """Return the event of an HTTP request by the caller ``sub``; a ``body`` that is no text is sent as JSON."""
    known = {"Content-Type": "application/json", **({} if sub is None else {"X-Jwt-Sub": sub})}
    http = {"method": method, "path": path, "sourceIp": "192.0.2.1", "userAgent": "curl/8"}
    return {
        "version": "v1",
        "rawPath": path,
        "body": body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        "headers": known if headers is None else dict(headers),
        "queryParameters": dict(query or {}),
        "requestContext": {"http": http},
        **changes,
    }


def context(
    name: str = "presign", *, request_id: str = "req-1", account_id: str = "123456789012", timeout: int = 10
) -> Any:
    """Return the context that the platform hands in, as far as functions read it."""
    function = SimpleNamespace(name=name, timeout=timeout)
    return SimpleNamespace(request_id=request_id, account_id=account_id, function=function)


class Respond(Protocol):
    """The contract of a function for tests and other hosts."""

    def __call__(
        self, event: bytes, context: Any, *, environ: Mapping[str, str], now: datetime
    ) -> dict[str, Any]:
        """Answer one invocation in this environment and at this time."""
        ...


def instance(name: str) -> Respond:
    """Return ``respond`` of a fresh instance of a function, which has kept nothing from other tests."""
    path = ROOT / "functions" / name / "index.py"
    spec = importlib.util.spec_from_file_location(f"instance_of_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    respond: Respond = module.respond
    return respond
