"""PostObject: a multipart form whose signed policy says what may be stored (OSS, PostObject)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Response

from ..cloud import Cloud
from ..documents import read_json
from ..ram.identities import Principal
from ..store.buckets import Bucket
from ..store.storage import Blob, StoredObject
from ..wire import facts, v4
from ..wire.errors import OssError
from ..wire.incoming import SIGNATURE_PARAMETERS, Incoming
from . import callbacks
from .calls import Call, checked_key, xml
from .form_data import Form, read_form
from .operations import KNOWN_OSS_HEADERS, refuse_unknown
from .writing import authorize_write, forbids_overwrite, headers_of_write, keep, new_object

MAX_BYTES = 5 * 1024**3
MAX_LIFE = timedelta(days=7)

Fields = Mapping[str, str]


def post_object(cloud: Cloud, incoming: Incoming, bucket: Bucket, *, now: datetime) -> Response:
    """Store the file of a form; headers' and URL's signatures play no part."""
    form = read_form(incoming)
    principal, policy = verified(
        form.fields,
        find=cloud.identities.find,
        region=cloud.region,
        now=now,
        is_issued=cloud.identities.is_issued,
    )
    call = Call(cloud=cloud, incoming=incoming, bucket=bucket, principal=principal, now=now)
    key = checked_key(form.fields.get("key", "").replace("${filename}", form.filename))
    fields = {**form.fields, "key": key, "bucket": bucket.name}
    sizes = _check_conditions(policy, fields)
    refuse_unknown(fields, known=KNOWN_OSS_HEADERS | SIGNATURE_PARAMETERS | {"x-oss-content-type"})
    authorize_write(call, key, fields)
    if "success_action_redirect" in fields:
        raise OssError("not-implemented", detail="success_action_redirect")
    forbid = forbids_overwrite(fields)
    call.bucket.check_overwriting(key, forbid=forbid)
    callback = callbacks.asked_for(call, form=fields)
    blob = _stored(call, form.file, sizes)
    headers = {**fields, "content-type": _content_type(form)}
    made = new_object(call, key=key, blob=blob, headers=headers, etag=blob.md5)
    stored = keep(call, made, forbid_overwrite=forbid)
    answer = _answer(call, fields, stored)
    return callbacks.answered(call, callback, stored, operation="PostObject", otherwise=answer)


def _content_type(form: Form) -> str:
    """Return the type that counts: ``x-oss-content-type``, then the file part's own, then the field's."""
    return form.fields.get("x-oss-content-type") or form.file_type or form.fields.get("content-type", "")


def _stored(call: Call, file: Iterator[bytes], sizes: tuple[int, int]) -> Blob:
    """Return the stored file if its size is within ``sizes`` (bytes, both ends included)."""
    blob = call.cloud.store.write(_at_most(sizes[1], file))
    if blob.size < sizes[0]:
        call.cloud.store.drop(blob)
        raise OssError("form-too-small")
    return blob


def _at_most(maximum: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        maximum -= len(chunk)
        if maximum < 0:
            raise OssError("form-too-large")
        yield chunk


def verified(
    fields: Fields,
    *,
    find: v4.Find,
    region: str,
    now: datetime,
    is_issued: v4.IsIssued = lambda _: False,
) -> tuple[Principal, Mapping[str, Any]]:
    """Return who signed the policy, and the policy."""
    if fields.get("x-oss-signature-version") != v4.ALGORITHM:
        if {"policy", "signature"} <= fields.keys():
            raise OssError("v1")
        raise OssError("anonymous" if "policy" not in fields else "version-unknown")
    claimed = v4.claimed_by_form(fields)
    begun = v4.moment(claimed.stamp)
    if begun - now > v4.SKEW:
        raise OssError("not-yet-valid")
    v4.check_scope(claimed, region=region)
    principal = v4.known(claimed, find=find, now=now, is_issued=is_issued)
    key = v4.signing_key(principal.access_key_secret, claimed)
    expected = hmac.new(key, fields["policy"].encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), claimed.signature.encode()):
        raise OssError("signature", OSSAccessKeyId=claimed.access_key_id, StringToSign=fields["policy"])
    policy = _policy(fields["policy"])
    if now >= min(_expiration(policy), begun + MAX_LIFE):
        raise OssError("form-expired")
    return principal, policy


def _policy(encoded: str) -> Mapping[str, Any]:
    try:
        policy = read_json(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        raise OssError("form-policy") from None
    if not isinstance(policy, dict) or set(policy) != {"expiration", "conditions"}:
        raise OssError("form-policy")
    if not isinstance(policy["conditions"], list):
        raise OssError("form-policy")
    return policy


def _expiration(policy: Mapping[str, Any]) -> datetime:
    try:
        return datetime.strptime(policy["expiration"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except (TypeError, ValueError):
        raise OssError("form-policy") from None


def _check_conditions(policy: Mapping[str, Any], fields: Fields) -> tuple[int, int]:
    """Return the range of sizes; raises where a condition does not hold, or V4's own fields meet none."""
    size_range, conditioned = (0, MAX_BYTES), set()
    for condition in policy["conditions"]:
        if isinstance(condition, list) and condition[:1] == ["content-length-range"]:
            low, high = _range(condition)
            size_range = max(low, size_range[0]), min(high, size_range[1])
            continue
        name, holds = _condition(condition, fields)
        if not holds:
            refusal = "form-condition" if name in fields else "form-field-absent"
            raise OssError(refusal, detail=_as_list(condition))
        conditioned.add(name)
    for name in facts.FORM_FIELDS_THAT_NEED_A_CONDITION:
        if name in fields and name not in conditioned:
            raise OssError("form-extra", detail=name)
    return size_range


def _as_list(condition: Any) -> str:
    """Return a condition as refusals show it: a list, also where it was written as an object."""
    shown = condition
    if isinstance(condition, dict):
        [(name, wanted)] = condition.items()
        shown = ["eq", f"${name}", wanted]
    return json.dumps(shown, ensure_ascii=False)


def _range(condition: list[Any]) -> tuple[int, int]:
    bounds = condition[1:]
    if len(bounds) != 2 or not all(type(bound) is int and 0 <= bound <= MAX_BYTES for bound in bounds):
        raise OssError("form-range")
    return bounds[0], bounds[1]


def _condition(condition: Any, fields: Fields) -> tuple[str, bool]:
    """Return (field, whether its condition holds)."""
    if isinstance(condition, dict) and len(condition) == 1:
        [(name, wanted)] = condition.items()
        return name.lower(), fields.get(name.lower()) == wanted
    if not isinstance(condition, list) or len(condition) != 3 or not str(condition[1]).startswith("$"):
        raise OssError("form-condition-malformed")
    operator, name, wanted = condition[0], condition[1][1:].lower(), condition[2]
    if not isinstance(wanted, list if operator in ("in", "not-in") else str):
        raise OssError("form-condition-malformed")
    return name, name in fields and _holds(operator, fields[name], wanted)


def _holds(operator: str, value: str, wanted: Any) -> bool:
    match operator:
        case "eq":
            return bool(value == wanted)
        case "starts-with":
            return value.startswith(wanted)
        case "in" | "not-in":
            return (value in wanted) == (operator == "in")
    raise OssError("form-condition-malformed")


def _answer(call: Call, fields: Fields, stored: StoredObject) -> Response:
    """Answer as ``success_action_status`` asks: 200, 201 with a document, or 204."""
    status = facts.FORM_SUCCESS_STATUSES.get(fields.get("success_action_status", ""), 204)
    location = f"http://{call.incoming.host}/{quote(stored.key)}"
    response = Response("", status)
    if status == 201:
        etag = f'"{stored.etag}"'
        response = xml("PostResponse", Bucket=call.bucket.name, Location=location, Key=stored.key, ETag=etag)
        response.status_code = status
        response.headers["Location"] = location
    response.headers.update(headers_of_write(call, stored))
    return response
