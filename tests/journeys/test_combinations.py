"""What is built of settings that are each tested alone: every pair of them meets in some deployment, and all ways in work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import pytest

from tests.journeys.test_companion import Companion
from tests.local.client import Answer, ask, send
from tests.local.stack import BUCKET, Stack, running

INBOX = "users/alice/inbox/"
PICTURE = b"\x89PNG\r\n" + bytes(range(256)) * 400
CUSTOM_DOMAIN = "localhost"


class Deployment(NamedTuple):
    """One way to deploy: who verifies the token, which scope is asked for, and what else is switched on."""

    identity: str
    profile: str | None
    completion: str
    endpoint: str
    session: str


DEPLOYMENTS = (
    Deployment("trigger", None, "off", "default", "caller"),
    Deployment("oidc", "own", "on", "custom", "caller"),
    Deployment("trigger", "own", "delete", "default", "deployment"),
    Deployment("oidc", None, "delete", "custom", "deployment"),
    Deployment("trigger", None, "on", "custom", "deployment"),
    Deployment("oidc", "own", "off", "default", "deployment"),
    Deployment("oidc", None, "on", "default", "caller"),
    Deployment("trigger", "own", "off", "custom", "caller"),
    Deployment("trigger", "own", "delete", "custom", "caller"),
)


def test_every_two_settings_meet() -> None:
    values = [sorted(set(column), key=str) for column in zip(*DEPLOYMENTS, strict=True)]
    wanted = {
        (i, left, j, right)
        for i, j in combinations(range(len(values)), 2)
        for left in values[i]
        for right in values[j]
    }

    assert wanted == {
        (i, each[i], j, each[j]) for each in DEPLOYMENTS for i, j in combinations(range(len(values)), 2)
    }


class Caller:
    """Alice, at one deployment."""

    def __init__(self, stack: Stack, deployment: Deployment) -> None:
        self.stack = stack
        self.scope = {} if deployment.profile is None else {"profile": deployment.profile}

    def presigned(self, operation: str, **fields: Any) -> dict[str, Any]:
        answer = ask(self.stack, "presign", {"operation": operation, **self.scope, **fields})
        assert 200 == answer.status, answer.body
        return dict(answer.json())

    def refusal(self, operation: str, **fields: Any) -> int:
        return ask(self.stack, "presign", {"operation": operation, **self.scope, **fields}).status

    def stored(self, key: str) -> bytes:
        blob = self.stack.cloud.bucket(BUCKET).current(key).blob
        assert blob is not None
        return b"".join(self.stack.cloud.store.read(blob))


def environ_of(deployment: Deployment) -> dict[str, str]:
    content = {"delete": {"GRANT_MAX_SIZE_BYTES": "300000", "ON_UPLOAD_REFUSED": "delete"}}
    scopes = {"own": {"write_prefixes": ["users/{sub}/"], "read_prefixes": ["users/{sub}/"]}}
    return {
        "IDENTITY_SOURCE": "oidc" if deployment.identity == "oidc" else "",
        "GRANT_PROFILES": json.dumps(scopes) if deployment.profile else "",
        "SIGNING_SESSION": deployment.session,
        **({"ON_UPLOAD_URL": ""} if deployment.completion == "off" else {}),
        **content.get(deployment.completion, {}),
    }


@pytest.fixture(scope="module", params=DEPLOYMENTS, ids=lambda each: "-".join(map(str, each)))
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    deployment: Deployment = request.param
    domain = CUSTOM_DOMAIN if deployment.endpoint == "custom" else None
    with running(completes=True, custom_domain=domain, environ=environ_of(deployment)) as stack:
        yield Caller(stack, deployment)


def test_a_url_stores_and_reads(caller: Caller) -> None:
    key = f"{INBOX}cat.png"
    put = caller.presigned("PutObject", key=key, content_type="image/png", content_length=len(PICTURE))
    sent = send("PUT", put["url"], headers=put["headers"], body=PICTURE)
    got = send("GET", caller.presigned("GetObject", key=key)["url"])

    assert (200, 200, PICTURE) == (sent.status, got.status, got.body)
    assert 403 == caller.refusal("PutObject", key="users/bob/cat.png", content_type="image/png")


def test_a_form_stores(caller: Caller) -> None:
    form = caller.presigned("PostObject", filename="cat.png", content_type="image/png")
    answer = post(form["url"], form["fields"])

    assert answer.status in (200, 204), answer.body
    assert PICTURE == caller.stored(form["key"])


def test_parts_make_an_object(caller: Caller) -> None:
    key = f"{INBOX}film.mp4"
    begun = caller.presigned("InitiateMultipartUpload", key=key, content_type="video/mp4")
    text = send("POST", begun["url"], headers=begun["headers"]).body.decode()
    upload_id = text.partition("<UploadId>")[2].partition("</UploadId>")[0]
    part = caller.presigned("UploadPart", key=key, upload_id=upload_id, part_number=1)
    etag = send("PUT", part["url"], headers=part["headers"], body=PICTURE).headers["etag"]
    end = caller.presigned("CompleteMultipartUpload", key=key, upload_id=upload_id)
    listed = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    done = send("POST", end["url"], headers=end["headers"], body=body)

    assert 200 == done.status, done.body
    assert PICTURE == caller.stored(key)


def test_a_ticket_leads_to_one_object(caller: Caller) -> None:
    key = f"{INBOX}shared.png"
    put = caller.presigned("PutObject", key=key, content_type="image/png")
    send("PUT", put["url"], headers=put["headers"], body=PICTURE)
    link = caller.presigned("Ticket", allow=["GetObject"], key=key)["url"]
    led = send("GET", link)

    assert 302 == led.status, led.body
    assert PICTURE == send("GET", led.headers["location"]).body


def test_a_ticket_presigns_within_itself(caller: Caller) -> None:
    ticket = caller.presigned("Ticket", allow=["PutObject", "GetObject"], prefix=INBOX)["url"]
    asked = {"operation": "PutObject", "key": f"{INBOX}within.png", "content_type": "image/png"}
    put = asked_of(ticket, asked)
    outside = asked_of(ticket, {**asked, "key": "users/alice/elsewhere.png"})
    sent = send("PUT", put["url"], headers=put["headers"], body=PICTURE)

    assert (200, "AccessDenied") == (sent.status, outside.get("Code"))
    assert PICTURE == caller.stored(f"{INBOX}within.png")


def test_a_ticket_gives_credentials(caller: Caller) -> None:
    permission = "read" if "GRANT_MAX_SIZE_BYTES" in caller.stack.variables else "read-write"
    ticket = caller.presigned("Ticket", permission=permission, prefix=INBOX)["url"]
    issued = send("GET", ticket).json()

    assert {"AccessKeyId", "AccessKeySecret", "SecurityToken"} <= set(issued), issued
    assert [INBOX] == issued["Access"]["ReadPrefixes"]


def test_a_session_is_issued(caller: Caller) -> None:
    issued = ask(caller.stack, "sts", {"permission": "read", **caller.scope}).json()

    assert BUCKET == issued["Access"]["Bucket"], issued
    assert "users/alice/" in issued["Access"]["ReadPrefixes"]


def test_companion_takes_a_form_and_parts(caller: Caller) -> None:
    companion = Companion(caller.stack, **caller.scope)
    form = companion.call("GET", "/params?filename=a.png&type=image/png").json()
    posted = post(form["url"], form["fields"])
    at, key = companion.begin()
    done = companion.complete(at, key, companion.send_part(at, key, 1, PICTURE))

    assert posted.status in (200, 201), posted.body
    assert 200 == done.status, done.body
    assert PICTURE == caller.stored(done.json()["key"])


def asked_of(ticket: str, fields: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    answer = send("POST", f"{ticket}/presign", headers=headers, body=json.dumps(fields).encode())
    return dict(answer.json())


def post(url: str, fields: dict[str, str]) -> Answer:
    """Return OSS's answer to a form with these fields, the file last."""
    boundary = "a-boundary-that-is-in-no-picture"
    rows = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
        for n, v in fields.items()
    ]
    kind = fields.get("Content-Type", "image/png")
    opening = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: {kind}\r\n\r\n'
    body = "".join([*rows, opening]).encode() + PICTURE + f"\r\n--{boundary}--\r\n".encode()
    return send("POST", url, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}, body=body)
