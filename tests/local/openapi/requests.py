"""Schemas of what is asked for: the models' own, and one for each operation with the fields that belong to it."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from shared.grants.operations import OPERATIONS, PresignRequest, ResponseOverrides
from shared.grants.tickets import TicketRequest
from shared.presign.payload import MAX_ITEMS
from shared.presign.tickets import RevokeRequest
from shared.sts.payload import StsRequest

Schema = dict[str, Any]

_REFS = "#/components/schemas/{model}"
_REQUIRED = {"UploadPart": ["upload_id"], "CompleteMultipartUpload": ["upload_id"]}
_REQUIRED |= {"AbortMultipartUpload": ["upload_id"], "ListParts": ["upload_id"]}
_BY_QUERY = ("GetObject", "HeadObject")


def schemas() -> dict[str, Schema]:
    """Return all request schemas by name."""
    named = {f"{operation}Request": _of_operation(operation) for operation in OPERATIONS}
    references = {operation: _REFS.format(model=f"{operation}Request") for operation in OPERATIONS}
    either: Schema = {
        "description": _model(PresignRequest)["description"],
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "operation", "mapping": references},
    }
    return {
        **named,
        "PresignRequest": either,
        "PresignBatch": _batch(),
        "ResponseOverrides": _model(ResponseOverrides),
        "StsRequest": _model(StsRequest),
        "TicketRequest": _model(TicketRequest),
        "RevokeRequest": _model(RevokeRequest),
    }


def _model(model: type) -> Schema:
    schema = TypeAdapter(model).json_schema(ref_template=_REFS)
    schema.pop("$defs", None)
    return schema


def _of_operation(operation: str) -> Schema:
    model, rules = _model(PresignRequest), OPERATIONS[operation]
    fields = {name: field for name, field in model["properties"].items() if name in rules.fields}
    fields["operation"] = {**fields["operation"], "enum": [operation]}
    schema: Schema = {
        "type": "object",
        "title": operation,
        "description": f"{rules.method}, by the grant to {rules.permission}.",
        "additionalProperties": False,
        "properties": fields,
        "required": ["operation", *_REQUIRED.get(operation, [])],
    }
    if "filename" in rules.fields:
        return {**schema, "oneOf": [{"required": ["key"]}, {"required": ["filename"]}]}
    schema["required"].append("key")
    if operation == "UploadPart":
        schema["oneOf"] = [{"required": ["part_number"]}, {"required": ["part_numbers"]}]
    return schema


def _batch() -> Schema:
    items = {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": {"type": "object"}}
    return {
        "type": "object",
        "description": "Many at once: each item is a PresignRequest, and gets an answer or an error of its own.",
        "additionalProperties": False,
        "properties": {"items": items},
        "required": ["items"],
    }


def presign_parameters() -> list[Schema]:
    """Return the query parameters of ``GET /presign``."""
    taken = set().union(*(OPERATIONS[operation].fields for operation in _BY_QUERY)) - {"response"}
    fields = {name: field for name, field in _model(PresignRequest)["properties"].items() if name in taken}
    fields["operation"] = {**fields["operation"], "enum": list(_BY_QUERY)}
    overrides = {f"response.{name}": field for name, field in _model(ResponseOverrides)["properties"].items()}
    redirect = {
        "redirect": {"type": "string", "enum": ["0", "1"], "description": "1 answers 302 to the URL."}
    }
    required = {"operation", "key"}
    return [
        _parameter(name, field, name in required) for name, field in (fields | overrides | redirect).items()
    ]


def sts_parameters() -> list[Schema]:
    """Return the query parameters of ``GET /sts``."""
    return [_parameter(name, field, False) for name, field in _model(StsRequest)["properties"].items()]


def ticket_parameters() -> list[Schema]:
    """Return the query parameters of a ticket for credentials."""
    return [each for each in sts_parameters() if each["name"] in ("format", "duration_seconds")]


def _parameter(name: str, field: Schema, required: bool) -> Schema:
    schema = {key: value for key, value in field.items() if key not in ("description", "title")}
    # A query has no null: what is not there is absent.
    if "anyOf" in schema:
        schema = next(choice for choice in schema["anyOf"] if choice.get("type") != "null")
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": field["description"],
        "schema": schema,
    }
