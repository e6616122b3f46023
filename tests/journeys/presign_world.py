"""The function ``presign`` in front of the emulated OSS, on one clock: ask, send exactly that, look."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from functions.presign.index import respond
from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import fetch
from tests.world import context, credentials_of, environ, http_event

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
BUCKET = "examplebucket"
DOMAIN = "img.example.com"
OBJECT_ACTIONS = [
    f"oss:{name}"
    for name in (
        "GetObject",
        "GetObjectVersion",
        "PutObject",
        "PutObjectTagging",
        "DeleteObject",
        "ListParts",
        "AbortMultipartUpload",
    )
]


def statement(action: Any, **rest: Any) -> dict[str, Any]:
    """Return a policy of one allowing statement."""
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, **rest}]}


class PresignWorld:
    """A bucket, the function's role, and the function as alice calls it."""

    def __init__(
        self,
        folder: Path,
        *,
        versioned: bool = False,
        session_seconds: int = 36 * 3600,
        tagging: bool = True,
    ) -> None:
        self.cloud = Cloud(folder=folder)
        self.cloud.clock.set(NOON)
        self.bucket = self.cloud.create_bucket(BUCKET, versioned=versioned, custom_domain=DOMAIN)
        self.emulator = Emulator(self.cloud)
        trust = statement("sts:AssumeRole", Principal={"Service": ["fc.aliyuncs.com"]})
        actions = [each for each in OBJECT_ACTIONS if tagging or each != "oss:PutObjectTagging"]
        access = statement(actions, Resource=f"acs:oss:*:*:{BUCKET}/*")
        self.cloud.identities.add_role(
            "presign", trust=trust, policies=[access], max_session_duration_seconds=43_200
        )
        self.session = self.cloud.identities.role_session("presign", duration_seconds=session_seconds)
        self.environ = environ(
            OSS_CUSTOM_DOMAIN=DOMAIN,
            GRANT_DELETE_PREFIXES="users/{sub}/",
            GRANT_PROCESS_STYLES="thumb",
            GRANT_VERSIONS="true",
            GRANT_TAGGING="true" if tagging else "false",
            **credentials_of(self.session),
        )
        self.context = context()

    def call(self, body: Any = None, *, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the platform's answer to a POST of ``body``, or to a GET with ``query``."""
        method, sent = ("POST", json.dumps(body)) if query is None else ("GET", "")
        payload = json.dumps(http_event(sent, method=method, query=query)).encode()
        answer: dict[str, Any] = respond(
            payload, self.context, environ=self.environ, now=self.cloud.clock.now()
        )
        return answer

    def ask(self, operation: str, *, key: str | None = "users/alice/a.bin", **fields: Any) -> dict[str, Any]:
        """Return the document that answers one request."""
        target = {} if key is None else {"key": key}
        answer = self.call({"operation": operation, **target, **fields})
        document: dict[str, Any] = json.loads(answer["body"])
        assert 200 == answer["statusCode"], document
        return document

    def send(
        self,
        document: Mapping[str, Any],
        *,
        body: bytes = b"",
        method: str | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return OSS's answer to what the document says to send, or to a deviation from it."""
        sent = document["headers"] if headers is None else headers
        return fetch(
            self.emulator, method or document["method"], url or document["url"], headers=sent, body=body
        )

    def stored(self, key: str = "users/alice/a.bin") -> bytes:
        """Return what is in the bucket."""
        blob = self.bucket.current(key).blob
        assert blob is not None
        return b"".join(self.cloud.store.read(blob))

    def put(self, body: bytes = b"hello", *, key: str = "users/alice/a.bin", **fields: Any) -> Response:
        """Upload an object through a presigned PUT."""
        return self.send(self.ask("PutObject", key=key, **fields), body=body)

    def post(
        self,
        form: Mapping[str, Any],
        body: bytes,
        *,
        fields: Mapping[str, str] | None = None,
        file_type: str = "application/octet-stream",
    ) -> Response:
        """Post a form as a browser does: the fields, then the file."""
        boundary = secrets.token_hex(8)
        chosen = form["fields"] if fields is None else fields
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in chosen.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
            f"Content-Type: {file_type}\r\n\r\n"
        )
        data = "".join(parts).encode() + body + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return fetch(self.emulator, "POST", form["url"], headers=headers, body=data)

    def begin(self, **fields: Any) -> str:
        """Return the id of a new multipart upload."""
        answer = self.send(self.ask("InitiateMultipartUpload", **fields))
        return answer.get_data(as_text=True).partition("<UploadId>")[2].partition("</UploadId>")[0]

    def complete(self, upload_id: str, etags: Mapping[int, str], **fields: Any) -> Response:
        """Complete a multipart upload."""
        listed = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
            for number, etag in sorted(etags.items())
        )
        document = self.ask("CompleteMultipartUpload", upload_id=upload_id, **fields)
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        return self.send(document, body=body)
