"""PostObject: a multipart form whose signed policy says what may be stored (OSS, PostObject)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, BinaryIO

from werkzeug.datastructures import Headers
from werkzeug.formparser import MultiPartParser
from werkzeug.wrappers import Request, Response

from tests.emulator import v4
from tests.emulator.buckets import Bucket
from tests.emulator.calls import Call, xml
from tests.emulator.cloud import Cloud
from tests.emulator.errors import OssError
from tests.emulator.identities import Principal
from tests.emulator.objects import keep, new_object
from tests.emulator.storage import CHUNK_BYTES
from tests.emulator.wire import Incoming

MAX_BYTES = 5 * 1024**3
MAX_LIFE = timedelta(days=7)

UNCONDITIONED_FIELDS = {"policy", "x-oss-signature", "file", "key"}
"""[open] Fields that need no condition of the policy; every other field must meet one here."""

Fields = Mapping[str, str]


def post_object(cloud: Cloud, incoming: Incoming, bucket: Bucket, *, now: datetime) -> Response:
    """Store the file of a form; headers' and URL's signatures play no part."""
    fields, file = _parsed(incoming.request)
    principal, policy = _verified(cloud, fields, now)
    call = Call(cloud=cloud, incoming=incoming, bucket=bucket, principal=principal, now=now)
    key = fields.get("key", "").replace("${filename}", file.filename or "")
    if not 1 <= len(key.encode()) <= 1023 or key[0] in "/\\":
        raise OssError("object-name", ObjectName=key)
    size_range = _check_conditions(policy, {**fields, "key": key, "bucket": bucket.name})
    _authorize(call, fields, key)
    size = _size(file.stream)
    if size > min(size_range[1], MAX_BYTES):
        raise OssError("form-too-large")
    if size < size_range[0]:
        raise OssError("form-too-small")
    forbid = fields.get("x-oss-forbid-overwrite", "false").lower() == "true"
    if forbid and bucket.exists(key):
        raise OssError("exists", Key=key)
    blob = cloud.store.write(_chunks(file.stream))
    stored = new_object(call, key=key, blob=blob, headers=dict(fields), etag=blob.md5)
    keep(call, stored, forbid_overwrite=forbid)
    return _answer(call, fields, key, etag=stored.etag)


def _parsed(request: Request) -> tuple[dict[str, str], Any]:
    """Return (fields by lower-case name, file); large files go to a temporary file on the way."""
    if request.mimetype != "multipart/form-data" or "boundary" not in request.mimetype_params:
        raise OssError("form-not-multipart")
    parser = MultiPartParser(buffer_size=CHUNK_BYTES, max_form_memory_size=None)
    boundary = request.mimetype_params["boundary"].encode("ascii", "replace")
    try:
        form, files = parser.parse(request.stream, boundary, request.content_length)
    except ValueError:
        raise OssError("form-malformed") from None
    pairs = [(name.lower(), value) for name, value in form.items(multi=True)]
    fields = dict(pairs)
    if len(fields) != len(pairs) or "file" not in files:
        raise OssError("form-malformed")
    return fields, files["file"]


def _verified(cloud: Cloud, fields: Fields, now: datetime) -> tuple[Principal, Mapping[str, Any]]:
    """Return who signed the policy, and the policy."""
    if fields.get("x-oss-signature-version") != v4.ALGORITHM:
        raise OssError("anonymous" if "policy" not in fields else "version-unknown")
    claimed = v4.claimed_by_form(fields)
    begun = v4.moment(claimed.stamp)
    if begun - now > v4.SKEW:
        raise OssError("not-yet-valid")
    v4.check_scope(claimed, region=cloud.region)
    principal = v4.known(claimed, find=cloud.identities.find, now=now)
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
        policy = json.loads(base64.b64decode(encoded, validate=True))
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
    """Return the range of sizes; raises where a condition does not hold, or a field meets none."""
    size_range, conditioned = (0, MAX_BYTES), set(UNCONDITIONED_FIELDS)
    for condition in policy["conditions"]:
        if isinstance(condition, list) and condition[:1] == ["content-length-range"]:
            size_range = _range(condition)
        else:
            name, holds = _condition(condition, fields)
            if not holds:
                raise OssError("form-condition", detail=json.dumps(condition, ensure_ascii=False))
            conditioned.add(name)
    unmet = sorted(set(fields) - conditioned - {"bucket"})
    if unmet:
        raise OssError("form-condition", detail=f"no condition for {unmet[0]}")
    return size_range


def _range(condition: list[Any]) -> tuple[int, int]:
    bounds = condition[1:]
    if len(bounds) != 2 or not all(type(bound) is int and 0 <= bound <= MAX_BYTES for bound in bounds):
        raise OssError("form-policy")
    return bounds[0], bounds[1]


def _condition(condition: Any, fields: Fields) -> tuple[str, bool]:
    """Return (field, whether its condition holds)."""
    if isinstance(condition, dict) and len(condition) == 1:
        [(name, wanted)] = condition.items()
        return name.lower(), fields.get(name.lower()) == wanted
    if not isinstance(condition, list) or len(condition) != 3 or not str(condition[1]).startswith("$"):
        raise OssError("form-policy")
    operator, name, wanted = condition[0], condition[1][1:].lower(), condition[2]
    value = fields.get(name, "")
    if operator == "eq" and isinstance(wanted, str):
        return name, value == wanted
    if operator == "starts-with" and isinstance(wanted, str):
        return name, value.startswith(wanted)
    if operator in ("in", "not-in") and isinstance(wanted, list):
        return name, (value in wanted) == (operator == "in")
    raise OssError("form-policy")


def _authorize(call: Call, fields: Fields, key: str) -> None:
    call.authorize("oss:PutObject", key=key)
    if "x-oss-object-acl" in fields:
        call.authorize("oss:PutObjectAcl", key=key)


def _answer(call: Call, fields: Fields, key: str, *, etag: str) -> Response:
    """Answer as ``success_action_status`` asks: 200, 201 with a document, or 204."""
    status = fields.get("success_action_status", "204")
    headers = Headers(
        {
            "ETag": f'"{etag}"',
            "Location": f"http://{call.incoming.host}/{key}".encode("ascii", "replace").decode(),
        }
    )
    if status == "201":
        response = xml(
            "PostResponse", Bucket=call.bucket.name, Location=headers["Location"], Key=key, ETag=f'"{etag}"'
        )
        response.status_code = 201
    else:
        response = Response("", 200 if status == "200" else 204)
    response.headers.update(headers)
    return response


def _size(stream: BinaryIO) -> int:
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
