"""Schemas of what is answered."""

from __future__ import annotations

from typing import Any, get_args

from shared.fc.http import STATUS
from shared.grants.decision import LimitedBy
from shared.grants.operations import OPERATIONS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_SECONDS: Schema = {"type": "integer", "minimum": 1, "description": "seconds"}
_TEXTS: Schema = {"type": "object", "additionalProperties": _TEXT}
_URL: Schema = {"type": "string", "format": "uri"}
_LIMITED_BY: Schema = {"type": "string", "enum": list(get_args(LimitedBy))}
_CODES = sorted({error.code for error, status in STATUS.items() if status != 500} | {"InternalError"})


def schemas() -> dict[str, Schema]:
    """Return all answer schemas by name."""
    one = ["PresignedUrl", "UploadForm", "PartUrls", "CompactPartUrls", "DryRun"]
    tickets = ["TicketAnswer", "RevokedAnswer"]
    return {
        "PresignAnswer": {"oneOf": [_ref(name) for name in (*one, *tickets, "BatchAnswer")]},
        "PresignedUrl": _answer({"url": _URL}),
        "UploadForm": _answer({"url": _URL, "fields": {**_TEXTS, "required": ["key", "policy"]}}),
        "PartUrls": _answer({"parts": _list(_object({"part_number": {"type": "integer"}, "url": _URL}))}),
        "CompactPartUrls": _answer({"url_template": _TEXT, "signatures": _list(_TEXT)}),
        "DryRun": _answer({}),
        "BatchAnswer": _object(
            {"items": _list({"oneOf": [*map(_ref, (*one, *tickets)), _ref("ItemError")]})}
        ),
        "TicketAnswer": _ticket(),
        "RevokedAnswer": _object({"operation": {"const": "RevokeTicket"}, "id": _TEXT}),
        "ItemError": _object({"error": _object({"Code": {"enum": _CODES}, "Message": _TEXT})}),
        "Error": _object({"Code": {"enum": _CODES}, "Message": _TEXT, "RequestId": _TEXT}),
        "StsAnswer": {"oneOf": [_ref("StsCredentials"), _ref("StsFailure"), _ref("ProcessCredentials")]},
        "StsCredentials": _credentials(),
        "StsFailure": _failure(),
        "ProcessCredentials": _process(),
    }


def _answer(more: Schema) -> Schema:
    """Return the schema of one answer: what all have, and ``more``."""
    always = {
        "operation": {"type": "string", "enum": list(OPERATIONS)},
        "method": {"type": "string", "enum": ["GET", "HEAD", "PUT", "POST", "DELETE"]},
        "headers": {**_TEXTS, "description": "all that the client must send, with exactly these values"},
        "bucket": _TEXT,
        "key": _TEXT,
        "expires_at": {**_TIME, "description": "the first moment at which OSS refuses"},
        "expires_in": _SECONDS,
        "limited_by": _LIMITED_BY,
        "refresh_after": _TIME,
        "server_time": _TIME,
    }
    schema = _object({**always, **more})
    schema["properties"]["size_enforced_by"] = {"enum": ["storage", "signature", "callback", "nothing"]}
    return schema


def _ticket() -> Schema:
    schema = _object(
        {
            "operation": {"const": "Ticket"},
            "id": {**_TEXT, "description": "what the log knows the ticket by"},
            "expires_at": _TIME,
            "expires_in": _SECONDS,
            "limited_by": _LIMITED_BY,
        }
    )
    schema["properties"] |= {"url": _URL, "uses": {"type": "integer", "minimum": 1}}
    return schema


def _credentials() -> Schema:
    access = {"Region": _TEXT, "Endpoint": _URL, "Cname": {"type": "boolean"}, "Bucket": _TEXT}
    access |= {f"{each}Prefixes": _list(_TEXT) for each in ("Read", "Write", "Delete")}
    return _object(
        {
            "StatusCode": {"const": 200},
            "Code": {"const": "Success"},
            "RequestId": _TEXT,
            "AccessKeyId": _TEXT,
            "AccessKeySecret": _TEXT,
            "SecurityToken": _TEXT,
            "Expiration": _TIME,
            "ExpiresIn": _SECONDS,
            "RefreshAfter": _TIME,
            "LimitedBy": _LIMITED_BY,
            "Access": _object(access),
        }
    )


def _failure() -> Schema:
    schema = _object(
        {
            "StatusCode": {"type": "integer"},
            "ErrorCode": {"enum": _CODES},
            "ErrorMessage": _TEXT,
            "RequestId": _TEXT,
        }
    )
    return {**schema, "description": "format=mobile: failures too have the HTTP status 200"}


def _process() -> Schema:
    return _object(
        {
            "mode": {"const": "StsToken"},
            "access_key_id": _TEXT,
            "access_key_secret": _TEXT,
            "sts_token": _TEXT,
            "expiration": _TIME,
        }
    )


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
