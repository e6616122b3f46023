"""One authenticated call to an operation of OSS, and the answers that operations give."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import defusedxml.ElementTree
from werkzeug.wrappers import Response

from ..cloud import Cloud
from ..documents import read_number
from ..ram.identities import Principal
from ..store.buckets import Bucket
from ..store.storage import CHUNK_BYTES, body_of
from ..wire.errors import OssError
from ..wire.incoming import Incoming
from .authorization import Asked, check

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_NAME_BYTES = 1024
"""Of a prefix, a delimiter or a marker."""
MAX_XML_DEPTH = 20
"""[inf] Of elements in each other; the documents of OSS need no more than six."""

_VERSION_ID = re.compile(r"null|CAEQ[A-Za-z0-9_-]{4,}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCall:
    """A request whose signature holds, or that has none, to the service as a whole."""

    cloud: Cloud
    incoming: Incoming
    principal: Principal
    now: datetime

    @property
    def modified(self) -> str:
        """The time of this call as objects keep it: ISO, UTC, whole seconds."""
        return self.now.replace(microsecond=0).isoformat()

    @property
    def request_id(self) -> str:
        """The id of this request."""
        return self.incoming.request_id

    def header(self, name: str) -> str | None:
        """Return a request header by lower-case name."""
        return self.incoming.headers.get(name)

    def parameter(self, name: str) -> str | None:
        """Return a query parameter."""
        return self.incoming.query.get(name)

    def authorize_on(self, name: str, action: str, *, bucket: Bucket | None = None) -> None:
        """Raise ``OssError`` unless the principal may do this to a bucket by name, or to ``*``, all of them."""
        check(self.asked(action, name), self.principal, bucket=bucket)

    def asked(self, action: str, name: str) -> Asked:
        """Return an action on a resource, with what conditions of policies may ask about this request."""
        resource = f"acs:oss:{self.cloud.region}:{self.cloud.account_id}:{name}"
        return Asked(action=action, resource=resource, context=self._context(), request_id=self.request_id)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(ServiceCall):
    """A call to a bucket that exists."""

    bucket: Bucket

    @property
    def key(self) -> str:
        """The object key that is addressed."""
        return checked_key(self.incoming.key or "")

    @property
    def version_id(self) -> str | None:
        """The version that is named, None for the newest."""
        return checked_version_id(self.parameter("versionId"))

    def authorize(self, action: str, *, key: str | None = None, version_id: str | None = None) -> None:
        """Raise ``OssError`` unless the principal may do this to the key, or to the bucket without one."""
        name = self.bucket.name if key is None else f"{self.bucket.name}/{key}"
        acl = None if key is None else self.bucket.acl_of(key, version_id)
        check(self.asked(action, name), self.principal, bucket=self.bucket, acl=acl)


def checked_key(key: str) -> str:
    """Return a key that OSS takes: 1 to 1023 bytes of UTF-8, no slash or backslash first."""
    if not 1 <= len(key.encode()) <= 1023 or key[0] in "/\\":
        raise OssError("object-name", ObjectName=key)
    return key


def checked_version_id(version_id: str | None) -> str | None:
    """Return the id of a version as OSS writes them: ``null``, or ``CAEQ`` and more; raises ``OssError``."""
    if version_id is not None and not _VERSION_ID.fullmatch(version_id):
        raise OssError("argument", ArgumentName="versionId", ArgumentValue=version_id)
    return version_id


def bounded(call: ServiceCall, name: str) -> str:
    """Return a parameter of a listing, empty where it is absent; raises ``OssError`` for more than 1024 bytes."""
    text = call.parameter(name) or ""
    if len(text.encode()) > MAX_NAME_BYTES:
        raise OssError("argument", ArgumentName=name, ArgumentValue=text)
    return text


def common_prefix(key: str, *, prefix: str, delimiter: str) -> str | None:
    """Return under what a listing groups a key: the text up to the first delimiter behind the prefix, or None."""
    head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
    return prefix + head + delimiter if found else None


def xml(root: str, **elements: Any) -> Response:
    """Return a document: texts become elements, lists repeat one, mappings nest, None is left out."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(root, elements)}'
    return Response(text, 200, content_type="application/xml")


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, Mapping):
        inner = "".join(_element(child, member) for child, member in value.items() if member is not None)
        return f"<{name}>{inner}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


def printable(value: str) -> str:
    """Return what may stand in a header; a line break, say, in a form's field or in an override may not."""
    if _CONTROL.search(value):
        raise OssError("argument", detail="A header's value cannot hold control characters.")
    return value


def on_the_wire(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers as WSGI takes them: bytes of UTF-8, each written as one character of Latin-1."""
    return {name: value.encode().decode("latin-1") for name, value in headers.items()}


def encoding_type(call: ServiceCall) -> str | None:
    """Return how names are written in the answer: ``url``, or None for as they are; raises ``OssError``."""
    asked = call.parameter("encoding-type") or None
    if asked not in (None, "url"):
        raise OssError("argument", ArgumentName="encoding-type")
    return asked


def encoded(call: ServiceCall, name: str) -> str:
    """Return a key or prefix as the answer writes it."""
    return name if encoding_type(call) is None else quote(name, safe="")


def whole_number(call: ServiceCall, name: str, *, default: int, minimum: int, maximum: int) -> int:
    """Return a parameter that is a decimal number within bounds; raises ``OssError``."""
    try:
        number = read_number(call.parameter(name) or str(default))
    except ValueError:
        raise OssError("argument", ArgumentName=name) from None
    if not minimum <= number <= maximum:
        raise OssError("argument", ArgumentName=name)
    return number


def read_xml(call: ServiceCall, *, limit: int = 2 * 1024 * 1024, malformed: str = "malformed-xml") -> Element:
    """Return the body as XML, without entities and the like; raises ``OssError``, ``malformed`` for what is none."""
    length = call.incoming.body_length
    data = b"".join(islice(body_of(call.incoming.request.stream, length=length), limit // CHUNK_BYTES + 1))
    if len(data) > limit:
        raise OssError(malformed)
    digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    if (given := call.header("content-md5")) not in (None, digest):
        raise OssError("digest", also={"Content-MD5": given or ""})
    try:
        parsed: Element = defusedxml.ElementTree.fromstring(data)
    except (defusedxml.ElementTree.ParseError, ValueError, LookupError):
        # A LookupError: the document names an encoding that there is not.
        raise OssError(malformed) from None
    if _is_deep(parsed):
        raise OssError(malformed)
    for element in parsed.iter():
        # OSS reads names whatever their namespace: SDKs and S3 clients send one, or several.
        element.tag = element.tag.rpartition("}")[2]
    return parsed


def _is_deep(document: Element) -> bool:
    """Tell whether elements stand inside each other more often than in any document of OSS."""
    level = [document]
    for _ in range(MAX_XML_DEPTH):
        level = [child for element in level for child in element]
    return bool(level)


def http_date(moment: str) -> str:
    """Return an ISO timestamp as HTTP writes it."""
    return format_datetime(datetime.fromisoformat(moment), usegmt=True)


def new_request_id(now: datetime) -> str:
    """Return 24 upper-case hex digits, of which the first eight are the Unix time."""
    return f"{int(now.timestamp()):08X}{secrets.token_hex(8).upper()}"
