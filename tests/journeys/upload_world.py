"""The journey of an upload that says when it is done: ``presign``, OSS's callback, ``on_upload``, a back end.

OSS is emulated; its callback is handed to ``on_upload`` as the platform would, and goes nowhere else. HEAD and
DELETE of ``on_upload``, and its message, go over sockets of this machine.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from functions.on_upload.index import respond
from oss_emulator.server import serve
from oss_emulator.wire.callback_key import public_key_pem, signature
from oss_emulator.wire.outgoing import Answer
from tests.journeys.presign_world import BUCKET, PresignWorld, statement
from tests.world import context, credentials_of, http_event

URL = "http://grants.example.com/uploads"
SEAL_KEYS = "k2:" + "c" * 42 + "A,k1:" + "b" * 42 + "A"
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
KEY = "users/alice/a.bin"


class Receiver:
    """A back end that keeps what it is told, and answers as it is told."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers, self.hold = 204, {}, threading.Event()
        self.hold.set()

    status: int
    headers: dict[str, str]

    def __call__(self, request: Request) -> Response:
        self.messages.append((dict(request.headers), request.get_data()))
        self.hold.wait(10)
        return Response("", self.status, headers=self.headers)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What the messages say."""
        return [json.loads(body) for _, body in self.messages]


class UploadWorld(PresignWorld):
    """A bucket whose uploads have OSS call ``on_upload``, which runs as a role of its own."""

    def __init__(self, folder: Path, *, oss_host: str, receiver_host: str, versioned: bool = False) -> None:
        super().__init__(folder, versioned=versioned)
        self.receiver_host = receiver_host
        completion = {"ON_UPLOAD_URL": URL, "SEAL_KEYS": SEAL_KEYS, "ALLOW_INSECURE_ENDPOINTS": "true"}
        self.environ |= completion
        self.callee = {
            "OSS_REGION": "cn-hangzhou",
            "OSS_BUCKET": BUCKET,
            "OSS_INTERNAL_ENDPOINT": f"http://{oss_host}",
            "OSS_CALLBACK_KEYS": public_key_pem(),
            "UPLOAD_WEBHOOK_URL": f"http://{receiver_host}/hook?tenant=a",
            "UPLOAD_WEBHOOK_SECRET": SECRET,
            **completion,
            **self.running_as("on-upload", "oss:GetObject", "oss:DeleteObject", "oss:DeleteObjectVersion"),
        }
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[dict[str, Any]] = []
        self.before: Callable[[], None] = lambda: None
        self.cloud.deliver = self._deliver

    def running_as(self, role: str, *actions: str) -> dict[str, str]:
        """Return the variables of a function whose new role may do this below ``users/``, and no more."""
        trust = statement("sts:AssumeRole", Principal={"Service": ["fc.aliyuncs.com"]})
        access = statement(list(actions), Resource=f"acs:oss:*:*:{BUCKET}/users/*")
        self.cloud.identities.add_role(role, trust=trust, policies=[access])
        return credentials_of(self.cloud.identities.role_session(role))

    def replace(self, key: str, body: bytes, **changes: Any) -> None:
        """Put another object in its place, as somebody else's grant would."""
        blob = self.cloud.store.write([body])
        current = self.bucket.current(key)
        self.bucket.put(
            replace(current, **{"blob": blob, "etag": blob.md5, **changes}), forbid_overwrite=False
        )

    def _deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Stand between OSS and the function as the platform does."""
        assert URL == url
        self.before()
        self.calls.append((dict(headers), body))
        answer = self.on_upload(body, headers=headers)
        text = answer["body"].encode()
        return Answer(answer["statusCode"], {**answer["headers"], "Content-Length": str(len(text))}, text)

    def on_upload(
        self,
        body: bytes | str,
        *,
        headers: Mapping[str, str],
        late: timedelta = timedelta(0),
        method: str = "POST",
    ) -> Any:
        """Return the function's answer to a callback, whoever sends it; a text stands for base64 as it is."""
        event = http_event(
            body if isinstance(body, str) else base64.b64encode(body).decode(),
            method=method,
            sub=None,
            headers=headers,
            path=urlsplit(URL).path,
            isBase64Encoded=True,
        )
        answer = respond(
            json.dumps(event).encode(),
            context("on_upload"),
            environ=self.callee,
            now=self.cloud.clock.now() + late,
        )
        self.answers.append(answer)
        return answer

    def signed(self, body: bytes, *, path: str = "/uploads", **changes: str) -> dict[str, str]:
        """Return the headers of a callback that OSS has really signed: its customers choose the body."""
        made = signature(path.encode() + b"\n" + body)
        known = {
            "Authorization": base64.b64encode(made).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return {**known, **changes}

    def call_with(self, *, late: timedelta = timedelta(0), **fields: str) -> tuple[int, dict[str, Any]]:
        """Return status and document for a callback of these fields, genuinely signed."""
        body = urlencode(fields).encode()
        answer = self.on_upload(body, headers=self.signed(body), late=late)
        return answer["statusCode"], json.loads(answer["body"])

    def seal_of(self, document: Mapping[str, Any]) -> str:
        """Return the seal that a grant carries, as its client can read it."""
        query = parse_qs(urlsplit(document["url"]).query)
        text = document["fields"]["callback"] if "fields" in document else query["callback"][0]
        return parse_qs(json.loads(base64.b64decode(text))["callbackBody"])["grant"][0]

    def etag(self, key: str = KEY) -> str:
        """Return the ETag of what is stored."""
        return self.bucket.current(key).etag


@contextmanager
def upload_world(
    folder: Path, *, versioned: bool = False, receiver: Callable[[Request], Response] | None = None
) -> Iterator[UploadWorld]:
    """Run the emulator and a back end on loopback ports while the context lasts."""
    holder: list[UploadWorld] = []
    answering = receiver or Receiver()

    def oss(environ: Any, start_response: Any) -> Any:
        return holder[0].emulator(environ, start_response)

    with serve(oss) as oss_host, serve(Request.application(answering)) as receiver_host:
        holder.append(
            UploadWorld(folder, oss_host=oss_host, receiver_host=receiver_host, versioned=versioned)
        )
        yield holder[0]
