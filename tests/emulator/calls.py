"""One authenticated call to an operation of OSS, and the answers that operations give."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from tests.emulator import ram
from tests.emulator.buckets import Bucket
from tests.emulator.cloud import Cloud
from tests.emulator.errors import OssError
from tests.emulator.identities import Principal
from tests.emulator.wire import Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose signature holds, on a bucket that exists."""

    cloud: Cloud
    incoming: Incoming
    bucket: Bucket
    principal: Principal
    now: datetime

    @property
    def key(self) -> str:
        """The object key that is addressed."""
        key = self.incoming.key or ""
        if not 1 <= len(key.encode()) <= 1023 or key[0] in "/\\":
            raise OssError("object-name", ObjectName=key)
        return key

    def header(self, name: str) -> str | None:
        """Return a request header by lower-case name."""
        return self.incoming.headers.get(name)

    def parameter(self, name: str) -> str | None:
        """Return a query parameter."""
        return self.incoming.query.get(name)

    def authorize(self, action: str, *, key: str | None = None) -> None:
        """Raise ``OssError`` unless the principal may do this to the key, or to the bucket without one."""
        resource = f"acs:oss:{self.cloud.region}:{self.cloud.account_id}:{self.bucket.name}"
        resource += "" if key is None else f"/{key}"
        verdict = ram.evaluate(self.principal, action=action, resource=resource, context=self._context())
        if not verdict.allowed:
            raise _denied(verdict, action)

    def _context(self) -> dict[str, str]:
        incoming = self.incoming
        secure = incoming.is_secure or self.cloud.treat_loopback_as_secure
        context = {
            "acs:SecureTransport": "true" if secure else "false",
            "acs:SourceIp": incoming.request.remote_addr or "127.0.0.1",
            "acs:CurrentTime": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for name, key in (("prefix", "oss:Prefix"), ("delimiter", "oss:Delimiter")):
            if name in incoming.query:
                context[key] = incoming.query[name]
        return context


def _denied(verdict: ram.Verdict, action: str) -> OssError:
    if verdict.policy_type == "SessionPolicy":
        name = "session-policy"
    else:
        name = "explicit-deny" if verdict.reason == "ExplicitDeny" else "no-permission"
    return OssError(name, AuthAction=action, NoPermissionType=verdict.reason, PolicyType=verdict.policy_type)


def xml(root: str, **elements: Any) -> Response:
    """Return a document: texts become elements, lists repeat one, mappings nest."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(root, elements)}'
    return Response(text, 200, content_type="application/xml")


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, Mapping):
        inner = "".join(_element(child, member) for child, member in value.items() if member is not None)
        return f"<{name}>{inner}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


def http_date(moment: str) -> str:
    """Return an ISO timestamp as HTTP writes it."""
    return format_datetime(datetime.fromisoformat(moment), usegmt=True)


def new_request_id() -> str:
    """Return 24 upper-case hex digits."""
    return secrets.token_hex(12).upper()
