"""The functions' HTTP contract as an OpenAPI 3.1 document, made from the models that read requests."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import shared
from shared.fc.http import STATUS
from tests.local.openapi import answers, requests, tickets
from tests.local.openapi.examples import PRESIGN, STS, TICKETS

_ASKED = ("PresignRequest", "PresignBatch", "TicketRequest", "RevokeRequest")
_TEXT = {"text/plain": {"schema": {"type": "string"}}}


def document(*, server: str) -> dict[str, Any]:
    """Return the document for the functions at ``server``, such as ``http://127.0.0.1:9000``."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OSS Access Grants",
            "version": shared.__version__,
            "summary": "Temporary, least-privilege access to Alibaba Cloud OSS.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "security": [{"jwt": []}],
        "paths": {
            "/presign": {"get": _get_presign(), "post": _post_presign()},
            "/sts": {"get": _get_sts(), "post": _post_sts()},
            "/t/{ticket}": tickets.of_a_ticket(failures=_failures()),
            "/t/{ticket}/presign": tickets.within_a_ticket(failures=_failures()),
        },
        "components": {
            "securitySchemes": {"jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {**requests.schemas(), **answers.schemas()},
        },
    }


def _post_presign() -> dict[str, Any]:
    return {
        "operationId": "presign",
        "summary": "A presigned URL, an upload form, part URLs, a ticket, or many of them",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [_ref(name) for name in _ASKED]},
                    "examples": {name: {"value": value} for name, value in (PRESIGN | TICKETS).items()},
                }
            },
        },
        "responses": {
            "200": _json("What to send, where, and until when", "PresignAnswer"),
            **_failures(),
        },
    }


def _get_presign() -> dict[str, Any]:
    return {
        "operationId": "presignByQuery",
        "summary": "A presigned URL for GetObject or HeadObject",
        "parameters": [*requests.presign_parameters()],
        "responses": {
            "200": _json("What to send, where, and until when", "PresignedUrl"),
            "302": {
                "description": "With redirect=1: the URL itself",
                "headers": {"Location": {"required": True, "schema": {"type": "string", "format": "uri"}}},
            },
            **_failures(),
        },
    }


def _get_sts() -> dict[str, Any]:
    return {
        "operationId": "credentialsByQuery",
        "summary": "STS credentials narrowed by a session policy",
        "parameters": requests.sts_parameters(),
        "responses": _sts_answers(),
    }


def _post_sts() -> dict[str, Any]:
    return {
        "operationId": "credentials",
        "summary": "STS credentials narrowed by a session policy",
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": _ref("StsRequest"),
                    "examples": {name: {"value": value} for name, value in STS.items()},
                }
            }
        },
        "responses": _sts_answers(),
    }


def _sts_answers() -> dict[str, Any]:
    """Return what ``/sts`` answers; with ``format=mobile`` failures have the status 200 too."""
    return {
        "200": _with_text(_json("Credentials, in the format that was asked for", "StsAnswer")),
        **_failures(),
    }


def _with_text(response: dict[str, Any]) -> dict[str, Any]:
    return {**response, "content": {**response["content"], **_TEXT}}


def _failures() -> dict[str, Any]:
    """Return an entry for each status of the error table."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for error, status in STATUS.items():
        by_status[status].append(f"{error.__name__}: {(error.__doc__ or '').splitlines()[0]}")
    failures = {str(status): _json("\n".join(lines), "Error") for status, lines in sorted(by_status.items())}
    failures["405"]["headers"] = {"Allow": {"schema": {"type": "string"}}}
    failures["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return failures


def _json(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
