"""The control endpoint: roles, users, clock, faults and log over HTTP, for tests in any language.

It listens on a loopback port of its own and answers nobody who comes by another name, nor any web page: whoever
reaches it may do everything. Bodies and answers are JSON.

| Request | Does |
| --- | --- |
| ``GET /clock``, ``PUT /clock`` | the time; ``{"now": "2026-11-23T12:00:00Z"}`` stops it, ``{"advance_seconds": 60}`` moves it, ``{"run": true}`` |
| ``PUT /buckets/<name>`` | a new bucket; ``{"versioned": true, "custom_domain": "files.example.com", "blocks_public_access": false}`` |
| ``PUT /account`` | what OSS lets it do: ``{"public_endpoint_open": false, "type_overrides_open": true}`` |
| ``PUT /users/<name>`` | a user, an AccessKey and the ``UserId`` of bucket policies: ``{"policies": [...]}`` |
| ``PUT /roles/<name>`` | ``{"trust": {...}, "policies": [...], "max_session_duration_seconds": 3600}`` |
| ``POST /roles/<name>/session`` | credentials of a session, without asking STS |
| ``POST /faults`` | ``{"service": "oss" or "sts", "kind": "slow", "seconds": 2, "times": 3}`` |
| ``GET /log`` | what OSS was asked, oldest first |
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from .cloud import Cloud
from .documents import read_json
from .ram.identities import Principal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

EVERYTHING = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""A policy for whoever develops."""

_OWN_NAME = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]+)?")
_FAULTS = {
    "oss": ("server_error", "unavailable", "throttling", "user_disabled", "slow", "reset"),
    "sts": (
        "throttling",
        "server_error",
        "slow",
        "html",
        "empty",
        "redirect",
        "no_credentials",
        "oversized",
        "lying",
    ),
}

_FIELDS_OF_BUCKETS = {"versioned": bool, "custom_domain": str, "blocks_public_access": bool}
_FIELDS_OF_ACCOUNTS = {"public_endpoint_open": bool, "type_overrides_open": bool}
_MOST_OF_FAULTS = {"times": 10_000, "seconds": 600, "size": 1024**3}

Body = dict[str, Any]


class Control:
    """A WSGI application that changes a cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._routes: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("GET", "/clock", self._time),
            ("PUT", "/clock", self._set_clock),
            ("PUT", "/buckets/([a-z0-9-]+)", self._bucket),
            ("PUT", "/account", self._account),
            ("PUT", "/users/([A-Za-z0-9.-]+)", self._user),
            ("PUT", "/roles/([A-Za-z0-9.-]+)", self._role),
            ("POST", "/roles/([A-Za-z0-9.-]+)/session", self._session),
            ("POST", "/faults", self._fault),
            ("GET", "/log", self._log),
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        status, document = self._answer(request)
        body = json.dumps(document, default=str) + "\n"
        return Response(body, status, mimetype="application/json")(environ, start_response)

    def _answer(self, request: Request) -> tuple[int, Any]:
        # A web page of anybody can send requests to this machine; it cannot hide its Origin, nor rename the host.
        if not _OWN_NAME.fullmatch(request.host) or "Origin" in request.headers:
            return 403, {"error": "only this machine, and no web page"}
        for method, pattern, does in self._routes:
            path = re.fullmatch(pattern, request.path)
            if path and method == request.method:
                return self._done(does, path.groups(), request)
        return 404, {
            "error": "unknown; see oss_emulator.control",
            "known": [f"{m} {p}" for m, p, _ in self._routes],
        }

    def _done(self, does: Callable[..., Any], names: tuple[str, ...], request: Request) -> tuple[int, Any]:
        try:
            sent = read_json(request.get_data() or b"{}")
            if not isinstance(sent, dict):
                raise ValueError("the body is a JSON object")
            return 200, does(*names, sent)
        except (ValueError, KeyError, TypeError, LookupError, OverflowError) as error:
            return 400, {"error": f"{type(error).__name__}: {error}"}

    def _time(self, _: Body) -> Body:
        return {"now": self._cloud.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _set_clock(self, sent: Body) -> Body:
        clock = self._cloud.clock
        if sent.get("run"):
            clock.run()
        if "now" in sent:
            moment = datetime.strptime(sent["now"], "%Y-%m-%dT%H:%M:%SZ")
            clock.set(moment.replace(tzinfo=timezone.utc))
        if "advance_seconds" in sent:
            clock.advance(timedelta(seconds=sent["advance_seconds"]))
        return self._time(sent)

    def _account(self, sent: Body) -> Body:
        _check_types(sent, _FIELDS_OF_ACCOUNTS)
        for field, is_open in sent.items():
            setattr(self._cloud, field, is_open)
        return {field: getattr(self._cloud, field) for field in _FIELDS_OF_ACCOUNTS}

    def _bucket(self, name: str, sent: Body) -> Body:
        _check_types(sent, _FIELDS_OF_BUCKETS)
        bucket = self._cloud.create_bucket(name, **sent)
        return {"name": bucket.name, "region": bucket.region, "versioned": bucket.versioned}

    def _user(self, name: str, sent: Body) -> Body:
        return keys_of(self._cloud.identities.add_user(name, policies=sent.get("policies", [EVERYTHING])))

    def _role(self, name: str, sent: Body) -> Body:
        return {"arn": self._cloud.identities.add_role(name, **sent).arn}

    def _session(self, name: str, sent: Body) -> Body:
        return keys_of(self._cloud.identities.role_session(name, **sent))

    def _fault(self, sent: Body) -> Body:
        service, kind = sent.pop("service", "oss"), sent.pop("kind")
        if kind not in _FAULTS.get(service, ()):
            raise ValueError(f"services and kinds: {_FAULTS}")
        for field, most in _MOST_OF_FAULTS.items():
            if type(sent.get(field, 1)) not in (int, float) or not 0 <= sent.get(field, 1) <= most:
                raise ValueError(f"{field}: a number from 0 to {most}")
        faults = self._cloud.faults if service == "oss" else self._cloud.sts.faults
        getattr(faults, kind)(**sent)
        return {"ordered": kind}

    def _log(self, _: Body) -> list[Body]:
        return [asdict(line) for line in self._cloud.log]


def _check_types(sent: Body, fields: Mapping[str, type]) -> None:
    """Raise unless each field is known, and of its type."""
    for field, value in sent.items():
        if not isinstance(value, fields[field]):
            raise ValueError(f"{field}: {fields[field].__name__}")


def keys_of(principal: Principal) -> Body:
    """Return the credentials of somebody, by the names of STS."""
    keys: Body = {"AccessKeyId": principal.access_key_id, "AccessKeySecret": principal.access_key_secret}
    if principal.security_token is not None:
        keys["SecurityToken"] = principal.security_token
    if principal.uid:
        keys["UserId"] = principal.uid
    return {**keys, "Arn": principal.arn}
