"""Paths of ``ticket``: the permission stands in the path, so that nothing else is asked for."""

from __future__ import annotations

from typing import Any

from tests.local.openapi.requests import ticket_parameters

Schema = dict[str, Any]

_TICKET: Schema = {
    "name": "ticket",
    "in": "path",
    "required": True,
    "description": "The ticket; a secret.",
    "schema": {"type": "string", "maxLength": 1024},
}
_ON: Schema = {
    "description": "On to the object, by a URL of at most 60 s",
    "headers": {"Location": {"required": True, "schema": {"type": "string", "format": "uri"}}},
}
_PAGE: Schema = {"text/html": {"schema": {"type": "string"}}}


def of_a_ticket(*, failures: Schema) -> Schema:
    """Return what is answered at a ticket's own path."""
    credentials = {"application/json": {"schema": {"$ref": "#/components/schemas/StsAnswer"}}}
    got = {"description": "Credentials; or of a link with uses, its page", "content": credentials | _PAGE}
    gone = {"application/json": {"schema": {"$ref": "#/components/schemas/RevokedAnswer"}}}
    return {
        "parameters": [_TICKET],
        "get": _operation(
            "openTicket",
            "Follow a link, or read credentials",
            {"200": got, "302": _ON, **failures},
            parameters=ticket_parameters(),
        ),
        "head": _operation(
            "lookAtTicket", "Whether it works; never counts", {"200": {"description": "It does"}, **failures}
        ),
        "post": _operation("useTicket", "Use a link that is counted", {"303": _ON, **failures}),
        "delete": _operation(
            "revokeTicket",
            "Call a revocable ticket back",
            {"200": {"description": "It opens nothing again", "content": gone}, **failures},
        ),
    }


def within_a_ticket(*, failures: Schema) -> Schema:
    """Return what is answered at the path behind a ticket that takes the body of ``/presign``."""
    asked = {
        "anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("PresignRequest", "PresignBatch")]
    }
    answered = {"$ref": "#/components/schemas/PresignAnswer"}
    operation = _operation(
        "presignWithinTicket",
        "What /presign answers, within the ticket",
        {
            "200": {
                "description": "What to send, where, and until when",
                "content": {"application/json": {"schema": answered}},
            },
            **failures,
        },
    )
    body = {"required": True, "content": {"application/json": {"schema": asked}}}
    return {"parameters": [_TICKET], "post": {**operation, "requestBody": body}}


def _operation(name: str, summary: str, responses: Schema, **more: Any) -> Schema:
    return {"operationId": name, "summary": summary, "security": [], "responses": responses, **more}
