"""Requests that the document and the docs show; tests send each of them."""

from __future__ import annotations

from typing import Any

UPLOAD_ID = "0004B9894A22E5B1888A1E29F8236E2D"
FILM = {"key": "users/alice/film.mp4", "upload_id": UPLOAD_ID}

PRESIGN: dict[str, dict[str, Any]] = {
    "download": {"operation": "GetObject", "key": "users/alice/cat.png", "download_as": "my cat.png"},
    "look": {"operation": "HeadObject", "key": "users/alice/cat.png"},
    "upload": {
        "operation": "PutObject",
        "key": "users/alice/cat.png",
        "content_type": "image/png",
        "metadata": {"album": "cats"},
        "expires_in": 600,
    },
    "upload under a new name": {"operation": "PutObject", "filename": "cat.png", "content_type": "image/png"},
    "form": {
        "operation": "PostObject",
        "key": "users/alice/cat.png",
        "content_type": "image/png",
        "max_size": 5242880,
    },
    "delete": {"operation": "DeleteObject", "key": "users/alice/cat.png"},
    "begin a multipart upload": {"operation": "InitiateMultipartUpload", "key": "users/alice/film.mp4"},
    "parts": {"operation": "UploadPart", **FILM, "part_numbers": [1, 2, 3]},
    "parts, compact": {"operation": "UploadPart", **FILM, "part_numbers": [1, 2, 3], "compact": True},
    "one part": {"operation": "UploadPart", **FILM, "part_number": 1},
    "complete a multipart upload": {"operation": "CompleteMultipartUpload", **FILM},
    "abort a multipart upload": {"operation": "AbortMultipartUpload", **FILM},
    "list parts": {"operation": "ListParts", **FILM},
    "dry run": {"operation": "PutObject", "key": "users/alice/cat.png", "dry_run": True},
    "many at once": {
        "items": [
            {"operation": "GetObject", "key": "users/alice/cat.png"},
            {"operation": "GetObject", "key": "users/bob/dog.png"},
        ]
    },
}
"""What ``POST /presign`` is asked, as alice."""

TICKETS: dict[str, dict[str, Any]] = {
    "a link for a week": {
        "operation": "Ticket",
        "allow": ["GetObject"],
        "key": "users/alice/cat.png",
        "expires_in": 604800,
    },
    "a folder to upload into": {
        "operation": "Ticket",
        "allow": ["PutObject", "PostObject"],
        "prefix": "users/alice/inbox/",
        "max_size": 10485760,
    },
    "credentials without a header": {"operation": "Ticket", "permission": "read", "prefix": "users/alice/"},
    "a ticket, dry": {"operation": "Ticket", "permission": "read", "dry_run": True},
}
"""What ``POST /presign`` is asked where TICKET_URL is set."""

STS: dict[str, dict[str, Any]] = {
    "default": {},
    "to upload, for a quarter of an hour": {"permission": "write", "duration_seconds": 900},
    "for mobile providers": {"format": "mobile"},
    "for a shell": {"permission": "read", "format": "env"},
    "for an external process": {"permission": "read", "format": "process"},
}
"""What ``POST /sts`` is asked."""
