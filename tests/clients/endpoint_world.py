"""One bucket at each of its addresses, every one of which leads to the emulator on the loopback address."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from tests.journeys.sts_world import BUCKET, StsWorld
from tests.world import http_event

PICTURE = b"\x89PNG\r\n" + bytes(range(256)) * 40
DOMAIN = "files.example.com"

ENDPOINTS: dict[str, dict[str, str]] = {
    "public": {"OSS_DEFAULT_ENDPOINT": "public"},
    "internal": {"OSS_DEFAULT_ENDPOINT": "internal"},
    "custom": {"OSS_CUSTOM_DOMAIN": DOMAIN},
    "accelerate": {"OSS_ACCELERATE": "true", "OSS_DEFAULT_ENDPOINT": "accelerate"},
}

URL_OPERATIONS = ("put", "head", "get", "form", "multipart", "abort", "delete")
SDK_OPERATIONS = ("put", "head", "get", "list", "multipart", "delete")

WORKED: dict[tuple[str, str], tuple[str, ...]] = {}
"""What worked, by client and endpoint; the test run prints it."""


_NUMBERS = count()


class Answer(NamedTuple):
    """What a client saw of an answer."""

    status: int
    body: bytes = b""
    etag: str = ""


Send = Callable[[str, str, dict[str, str], bytes], Answer]
"""A client: sends method, URL, headers and body to wherever the URL's host leads."""


def lines() -> list[str]:
    """Return the table of what worked: clients, endpoints, operations."""
    return [
        f"{client:28}{endpoint:12}{' '.join(worked)}" for (client, endpoint), worked in sorted(WORKED.items())
    ]


class Deployment:
    """The functions with one of the endpoints as their default, and a folder that nobody else uses."""

    def __init__(self, world: StsWorld, endpoint: str) -> None:
        self.world = world
        self.folder = f"users/alice/{endpoint}-{next(_NUMBERS)}/"
        world.cloud.custom_domains[DOMAIN] = BUCKET
        unset = {"OSS_ENDPOINT": "", "STS_DEFAULT_PERMISSION": "read-write-delete"}
        prefixes = dict.fromkeys(("READ", "WRITE", "DELETE"), "users/{sub}/")
        self.environ = {
            **world.environ,
            **unset,
            **{f"GRANT_{kind}_PREFIXES": prefix for kind, prefix in prefixes.items()},
            "SIGNING_ROLE_ARN": world.uploads.arn,
            **ENDPOINTS[endpoint],
        }

    def presigned(self, **fields: Any) -> dict[str, Any]:
        """Return the answer of /presign, its URL with http: TLS is no part of this emulator."""
        document = self._ask(self.world.signer, http_event(fields))
        return document | {"url": document["url"].replace("https://", "http://", 1)}

    def session(self) -> dict[str, Any]:
        """Return the document of /sts."""
        return self._ask(self.world.respond, http_event(method="GET", path="/sts"))

    def _ask(self, respond: Any, event: dict[str, Any]) -> dict[str, Any]:
        payload, now = json.dumps(event).encode(), self.world.clock.now()
        answer = respond(payload, self.world.context, environ=self.environ, now=now)
        assert 200 == answer["statusCode"], answer["body"]
        document: dict[str, Any] = json.loads(answer["body"])
        return document


def journey(deployment: Deployment, send: Send) -> tuple[str, ...]:
    """Return the operations that worked by URLs and forms of the function."""
    key = f"{deployment.folder}f\u00e9 + \u6587\u4ef6.png"

    def sent(body: bytes = b"", **fields: Any) -> Answer:
        grant = deployment.presigned(**{"key": key, **fields})
        return send(grant["method"], grant["url"], grant["headers"], body)

    def picture_at(key: str) -> bool:
        return PICTURE == sent(operation="GetObject", key=key).body

    parts = f"{deployment.folder}parts"
    put = sent(PICTURE, operation="PutObject", content_type="image/png")
    worked = {
        "put": 200 == put.status,
        "head": 200 == sent(operation="HeadObject").status,
        "get": picture_at(key),
        "form": _form(deployment, send) and picture_at(f"{deployment.folder}form.png"),
        "multipart": _multipart(sent, parts) and picture_at(parts),
        "abort": _abort(sent, f"{deployment.folder}aborted"),
        "delete": 204 == sent(operation="DeleteObject").status,
    }
    return tuple(name for name, held in worked.items() if held)


def _form(deployment: Deployment, send: Send) -> bool:
    key = f"{deployment.folder}form.png"
    form = deployment.presigned(operation="PostObject", key=key, content_type="image/png")
    boundary = "----boundary"
    fields = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in form["fields"].items()
    )
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = fields.encode() + file.encode() + PICTURE + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return send("POST", form["url"], headers, body).status in (200, 204)


def _multipart(sent: Callable[..., Answer], key: str) -> bool:
    upload = _begun(sent, key)
    part = sent(PICTURE, operation="UploadPart", key=key, upload_id=upload, part_number=1)
    body = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{part.etag}</ETag></Part></CompleteMultipartUpload>"
    )
    return 200 == sent(body.encode(), operation="CompleteMultipartUpload", key=key, upload_id=upload).status


def _abort(sent: Callable[..., Answer], key: str) -> bool:
    upload = _begun(sent, key)
    listed = sent(operation="ListParts", key=key, upload_id=upload).status
    return (200, 204) == (listed, sent(operation="AbortMultipartUpload", key=key, upload_id=upload).status)


def _begun(sent: Callable[..., Answer], key: str) -> str:
    document = sent(operation="InitiateMultipartUpload", key=key).body.decode()
    return document.partition("<UploadId>")[2].partition("</UploadId>")[0]
