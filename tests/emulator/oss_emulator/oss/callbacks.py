"""Callbacks after an upload: OSS asks the application's server, and passes its answer on (OSS, Callback).

Requests go to loopback addresses only (``wire.outgoing``), signed with a test key (``wire.callback_key``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from werkzeug.wrappers import Response

from ..documents import read_json
from ..store.storage import StoredObject
from ..wire.callback_key import signature
from ..wire.errors import OssError
from ..wire.outgoing import MAX_ANSWER_BYTES, Answer
from .calls import Call

MAX_BYTES = 5 * 1024
"""Of ``callback``, and of ``callback-var``, each."""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PUBLIC_KEY_URL = "https://gosspublic.alicdn.com/callback_pub_key_v1.pem"

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.:-]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What an upload asks for: whom to call, with which body, and the application's own variables."""

    urls: tuple[str, ...]
    host: str | None
    body: str
    body_type: str
    own: Mapping[str, str]


def asked_for(call: Call, *, form: Mapping[str, str] | None = None) -> Callback | None:
    """Return the callback of an upload, by header, parameter or field; raises ``OssError`` for a malformed one."""
    header, parameter = call.header("x-oss-callback"), call.parameter("callback")
    field = None if form is None else form.get("callback")
    if sum(each is not None for each in (header, parameter, field)) > 1:
        raise OssError("callback", detail="two of header, parameter and field at once")
    if form is not None:
        text, own = field, {n: v for n, v in form.items() if n.startswith("x:")}
    else:
        text = header or parameter
        variables = call.header("x-oss-callback-var") or call.parameter("callback-var")
        own = _own_variables(variables) if variables else {}
    return None if text is None else _read(_members(text, "callback"), own)


def _own_variables(text: str) -> dict[str, str]:
    """Return the application's own variables; members that do not begin with ``x:`` are none, and no fault."""
    own = {name: value for name, value in _members(text, "callback-var").items() if name.startswith("x:")}
    if not all(isinstance(value, str) for value in own.values()):
        raise OssError("callback", detail="callback-var: values are texts")
    return own


def _members(text: str, name: str) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise OssError("callback", detail=f"{name}: more than 5 KB")
    try:
        members = read_json(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise OssError("callback", detail=f"{name}: base64 of JSON") from None
    if not isinstance(members, dict):
        raise OssError("callback", detail=f"{name}: a JSON object")
    return members


def _read(members: Mapping[str, Any], own: Mapping[str, str]) -> Callback:
    urls = tuple(url for url in str(members.get("callbackUrl", "")).split(";") if url)
    body, body_type = members.get("callbackBody"), members.get("callbackBodyType", FORM)
    if not 1 <= len(urls) <= 5 or not all(map(_is_callable, urls)):
        raise OssError("callback", detail="callbackUrl: one to five http or https URLs")
    if not isinstance(body, str) or not body or body_type not in (FORM, JSON):
        raise OssError("callback", detail="callbackBody: not empty; callbackBodyType: form or JSON")
    host = members.get("callbackHost")
    return Callback(urls=urls, host=str(host) if host else None, body=body, body_type=body_type, own=own)


def _is_callable(url: str) -> bool:
    try:
        split = urlsplit(url if "://" in url else f"http://{url}")
        return split.scheme in ("http", "https") and bool(split.hostname) and (split.port or 80) > 0
    except ValueError:
        return False


def answered(
    call: Call, callback: Callback | None, stored: StoredObject, *, operation: str, otherwise: Response
) -> Response:
    """Return the server's answer in place of OSS's own; 203 with an error document where it is of no use.

    The object is stored already, and stays.
    """
    if callback is None:
        return otherwise
    body = _expanded(callback, call, stored, operation).encode()
    failure = OssError(
        "callback-failed", detail="-1.OSS can not connect to your callbackUrl, please check it."
    )
    for url in callback.urls:
        try:
            return _passed_on(_delivered(call, callback, url, body), otherwise)
        except OssError as error:
            failure = error
    return _failed(failure, call, otherwise)


def _delivered(call: Call, callback: Callback, url: str, body: bytes) -> Answer:
    full = url if "://" in url else f"http://{url}"
    try:
        return call.cloud.deliver(full, _headers(call, callback, full, body), body)
    except TimeoutError:
        raise OssError("callback-slow") from None
    except OSError:
        raise OssError(
            "callback-failed", detail="-1.OSS can not connect to your callbackUrl, please check it."
        ) from None


def _passed_on(answer: Answer, otherwise: Response) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if answer.status != 200:
        raise OssError("callback-failed", detail=f"{answer.status}.")
    if "content-length" not in headers or len(answer.body) > MAX_ANSWER_BYTES:
        raise OssError("callback-answer", detail="Response body has no Content-Length, or is too long.")
    try:
        # As text: from bytes a byte order mark would be taken off, and OSS takes none.
        read_json(answer.body.decode())
    except ValueError:
        raise OssError("callback-answer", detail="Response body is not valid json format.") from None
    response = Response(answer.body, 200, content_type=headers.get("content-type", JSON))
    response.headers.update(
        {n: v for n, v in otherwise.headers.items() if n not in ("Content-Type", "Content-Length")}
    )
    return response


def _failed(failure: OssError, call: Call, otherwise: Response) -> Response:
    document = failure.document(request_id=call.request_id, host=call.incoming.host)
    response = Response(document, 203, content_type="application/xml")
    kept = ("ETag", "x-oss-hash-crc64ecma", "Content-MD5", "x-oss-version-id")
    response.headers.update({name: otherwise.headers[name] for name in kept if name in otherwise.headers})
    return response


def _expanded(callback: Callback, call: Call, stored: StoredObject, operation: str) -> str:
    known = {
        "bucket": call.bucket.name,
        "object": stored.key,
        # As the ETag header has it, quotation marks included.
        "etag": f'"{stored.etag}"',
        "size": str(stored.blob.size if stored.blob else 0),
        "mimeType": stored.headers.get("content-type", ""),
        "crc64": stored.blob.crc64 if stored.blob else "",
        "contentMd5": stored.blob.content_md5 if stored.blob else "",
        "clientIp": "127.0.0.1",
        "reqId": call.request_id,
        "operation": operation,
        **callback.own,
    }
    write = _json_text if callback.body_type == JSON else _form_text
    return _VARIABLE.sub(lambda found: write(found[1], known.get(found[1], "")), callback.body)


def _json_text(name: str, value: str) -> str:
    return value if name == "size" else json.dumps(value, ensure_ascii=False)


def _form_text(_: str, value: str) -> str:
    return quote(value, safe="")


def _headers(call: Call, callback: Callback, url: str, body: bytes) -> dict[str, str]:
    split = urlsplit(url)
    signed = unquote(split.path) + (f"?{split.query}" if split.query else "") + "\n"
    return {
        "Host": callback.host or split.netloc,
        "Connection": "close",
        "Authorization": base64.b64encode(signature(signed.encode() + body)).decode(),
        "Content-MD5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
        "Content-Type": callback.body_type,
        "Date": format_datetime(call.now.replace(microsecond=0), usegmt=True),
        "User-Agent": "aliyun-oss-callback",
        "x-oss-bucket": call.bucket.name,
        "x-oss-pub-key-url": base64.b64encode(PUBLIC_KEY_URL.encode()).decode(),
        "x-oss-request-id": call.request_id,
        "x-oss-requester": call.cloud.account_id,
        "x-oss-signature-version": "1.0",
        "x-oss-tag": "CALLBACK",
    }
