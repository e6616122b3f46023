"""Companion's protocol behind a ticket: each call as Uppy sends it, and whoever bears a ticket and wants more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.local.client import Answer, ask, send
from tests.local.stack import BUCKET, Stack, running

INBOX = "users/alice/inbox/"
ALLOW = [
    "PostObject",
    "InitiateMultipartUpload",
    "UploadPart",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
]
PART = bytes(range(256)) * 400
FILM = {"filename": "film + 猫.mp4", "type": "video/mp4", "metadata": {"name": "film.mp4"}}
MOST = 300_000


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(completes=True, environ={"ON_UPLOAD_URL": ""}) as up:
        yield up


@pytest.fixture(scope="module")
def checking() -> Iterator[Stack]:
    """Where OSS asks ``on_upload``, which has deleted what is too large."""
    environ = {"GRANT_MAX_SIZE_BYTES": str(MOST), "ON_UPLOAD_REFUSED": "delete"}
    with running(completes=True, environ=environ) as up:
        yield up


class Companion:
    """A client of one ticket."""

    def __init__(self, stack: Stack, *, sub: str = "alice", **fields: Any) -> None:
        asked = {"operation": "Ticket", "allow": ALLOW, "prefix": INBOX, **fields}
        answer = ask(stack, "presign", asked, sub=sub)
        assert 200 == answer.status, answer.body
        self.url = answer.json()["url"]

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {} if body is None else {"Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        return send(method, f"{self.url}/s3{path}", body=sent or b"", headers=headers)

    def begin(self) -> tuple[str, str]:
        """Return where an upload that has begun is, and what its path needs as a query."""
        made = self.call("POST", "/multipart", FILM).json()
        return f"/multipart/{quote(made['uploadId'], safe='')}", f"?key={quote(made['key'], safe='')}"

    def send_part(self, at: str, key: str, number: int, content: bytes = PART) -> str:
        """Return the ETag of a part, as OSS quotes it."""
        url = self.call("GET", f"{at}/{number}{key}").json()["url"]
        return str(send("PUT", url, body=content).headers["etag"])

    def complete(self, at: str, key: str, *etags: str) -> Answer:
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        return self.call("POST", f"{at}/complete{key}", {"parts": parts})


@pytest.fixture
def companion(stack: Stack) -> Companion:
    return Companion(stack)


def stored(stack: Stack, key: str) -> bytes:
    blob = stack.cloud.bucket(BUCKET).current(key).blob
    assert blob is not None
    return b"".join(stack.cloud.store.read(blob))


def test_params_are_a_form_whose_address_and_key_make_the_location(companion: Companion) -> None:
    answer = companion.call("GET", "/params?filename=cat.png&type=image/png&metadata[name]=cat.png").json()

    assert {"method", "url", "fields", "expires"} == set(answer)
    assert ("POST", "201") == (answer["method"], answer["fields"]["success_action_status"])
    assert answer["url"].endswith("/")
    assert answer["fields"]["key"].startswith(INBOX)
    assert answer["fields"]["key"].endswith("-cat.png")
    assert not {"file", "success_action_redirect"} & set(answer["fields"])


@pytest.mark.parametrize("quoted", [True, False], ids=["uppy5", "uppy6"])
def test_an_upload_in_parts_from_begin_to_end(stack: Stack, companion: Companion, quoted: bool) -> None:
    made = companion.call("POST", "/multipart", FILM)
    at, key = companion.begin()
    etags = [companion.send_part(at, key, number) for number in (1, 2)]
    listed = companion.call("GET", f"{at}{key}").json()
    batch = companion.call("GET", f"{at}/batch{key}&partNumbers=3,4").json()
    sent = etags if quoted else [etag.strip('"') for etag in etags]
    done = companion.complete(at, key, *sent).json()

    assert {"key", "uploadId", "bucket"} == set(made.json())
    assert [(1, etags[0], len(PART)), (2, etags[1], len(PART))] == [
        (part["PartNumber"], part["ETag"], part["Size"]) for part in listed
    ]
    assert ["3", "4"] == list(batch["presignedUrls"])
    assert (BUCKET, True) == (done["bucket"], done["location"].startswith("http"))
    assert PART * 2 == stored(stack, done["key"])


def test_an_upload_is_aborted(companion: Companion) -> None:
    at, key = companion.begin()
    aborted = companion.call("DELETE", f"{at}{key}")
    after = companion.call("GET", f"{at}{key}")

    assert (200, {}) == (aborted.status, aborted.json())
    assert (404, "NotFound") == (after.status, after.json()["Code"])


def test_more_parts_than_a_page_are_all_listed(companion: Companion) -> None:
    at, key = companion.begin()
    for first in range(1, 1004, 500):
        # A path with its query takes 4 KB on the platform.
        numbers = ",".join(map(str, range(first, min(first + 500, 1004))))
        urls = companion.call("GET", f"{at}/batch{key}&partNumbers={numbers}").json()["presignedUrls"]
        for url in urls.values():
            send("PUT", url, body=b"x")

    assert list(range(1, 1004)) == [part["PartNumber"] for part in companion.call("GET", f"{at}{key}").json()]


def test_a_ticket_for_one_key_names_it(stack: Stack) -> None:
    companion = Companion(stack, prefix=None, key=f"{INBOX}the-one.bin")
    at, key = companion.begin()

    assert f"?key={quote(INBOX, safe='')}the-one.bin" == key
    assert 200 == companion.complete(at, key, companion.send_part(at, key, 1)).status


def test_refusals_have_companions_name_for_their_text(companion: Companion) -> None:
    refused = companion.call("GET", "/params?filename=x.html&type=text/html").json()

    assert refused["error"] == refused["Message"]
    assert "content_type" in refused["error"]


def test_what_is_too_large_in_the_end_is_refused_and_gone(checking: Stack) -> None:
    companion = Companion(checking)
    at, key = companion.begin()
    good = companion.complete(at, key, *(companion.send_part(at, key, number) for number in (1, 2)))
    at, key = companion.begin()
    bad = companion.complete(at, key, *(companion.send_part(at, key, number) for number in (1, 2, 3)))

    assert 200 == good.status
    assert (413, "PayloadTooLarge") == (bad.status, bad.json()["Code"])
    assert 2 * len(PART) < MOST < 3 * len(PART)
    assert checking.receiver is not None
    assert ["upload.completed", "upload.refused"] == [each["type"] for each in checking.receiver.messages]


def test_where_no_verdict_was_reached_the_upload_is_done_all_the_same() -> None:
    # Nobody listens there: OSS answers 203, and the object stays.
    environ = {"UPLOAD_WEBHOOK_URL": "http://127.0.0.1:9/hook"}
    with running(completes=True, environ=environ) as stack:
        companion = Companion(stack)
        at, key = companion.begin()
        done = companion.complete(at, key, companion.send_part(at, key, 1))
        said = [line for line in "".join(stack.logs).splitlines() if '"CompleteMultipartUpload"' in line]

        assert 200 == done.status
        assert 203 == json.loads(said[-1])["status"]
        assert PART == stored(stack, done.json()["key"])


def another_upload(stack: Stack) -> tuple[str, str]:
    return Companion(stack, sub="bob", prefix="users/bob/").begin()


ATTACKS: dict[str, tuple[str, str, Any, int]] = {
    "another's key": ("GET", "/multipart/U/1?key=users/bob/a", None, 403),
    "a key beside the folder": ("GET", "/multipart/U/1?key=users/alice/a", None, 403),
    "a key that folds": ("GET", f"/multipart/U/1?key={INBOX}../../bob/a", None, 400),
    "a key that folds, encoded": ("GET", f"/multipart/U/1?key={quote(INBOX)}%2e%2e/a", None, 400),
    "no key": ("GET", "/multipart/U/1", None, 400),
    "a part too many": ("GET", f"/multipart/U/10001?key={INBOX}a", None, 400),
    "part nought": ("GET", f"/multipart/U/0?key={INBOX}a", None, 400),
    "parts without end": ("GET", f"/multipart/U/batch?key={INBOX}a&partNumbers=1,,2", None, 400),
    "an upload id that adds a parameter": ("GET", f"/multipart/U%26acl/1?key={INBOX}a", None, 400),
    "an upload id that is none": (
        "DELETE",
        f"/multipart/0004B9894A22E5B1888A1E29F823?key={INBOX}a",
        None,
        404,
    ),
    "an ETag that is XML": (
        "POST",
        f"/multipart/U/complete?key={INBOX}a",
        {"parts": [{"PartNumber": 1, "ETag": "</ETag><Part>"}]},
        400,
    ),
    "a number that is a truth": (
        "POST",
        f"/multipart/U/complete?key={INBOX}a",
        {"parts": [{"PartNumber": True, "ETag": "A"}]},
        400,
    ),
    "one part twice": (
        "POST",
        f"/multipart/U/complete?key={INBOX}a",
        {"parts": [{"PartNumber": 1, "ETag": "A"}, {"PartNumber": 1, "ETag": "B"}]},
        400,
    ),
    "no parts": ("POST", f"/multipart/U/complete?key={INBOX}a", {"parts": []}, 400),
    "parts of no shape": ("POST", f"/multipart/U/complete?key={INBOX}a", {"parts": [None]}, 400),
    "no JSON": ("POST", "/multipart", "x", 400),
    "a name that is a folder": ("GET", "/params?filename=../../bob/x&type=image/png", None, 200),
    "active content": ("POST", "/multipart", {"filename": "x.html", "type": "text/html"}, 403),
    "a type that is no text": ("POST", "/multipart", {"filename": "x", "type": 7}, 400),
    "no name": ("POST", "/multipart", {"type": "image/png"}, 400),
    "another method": ("DELETE", "/params", None, 405),
    "another path": ("GET", "/sts", None, 404),
    "a path above": ("GET", "/../presign", None, 404),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_whoever_bears_a_ticket_gets_no_more_than_it_allows(companion: Companion, name: str) -> None:
    method, path, body, status = ATTACKS[name]
    answer = companion.call(method, path, body)

    assert status == answer.status, answer.body
    if status == 200:
        assert answer.json()["fields"]["key"].startswith(INBOX)
        assert "bob" not in answer.json()["fields"]["key"].removeprefix(INBOX).rpartition("/")[0]


def test_the_upload_of_another_is_none_of_this_ticket(stack: Stack, companion: Companion) -> None:
    at, theirs = another_upload(stack)
    _, own = companion.begin()

    assert 403 == companion.call("GET", f"{at}{theirs}").status
    assert 404 == companion.call("GET", f"{at}{own}").status
    assert 404 == companion.call("DELETE", f"{at}{own}").status


@pytest.mark.parametrize(
    ("left_out", "method", "path"),
    [
        ("PostObject", "GET", "/params?filename=a&type=image/png"),
        ("AbortMultipartUpload", "DELETE", f"/multipart/U?key={INBOX}a"),
        ("ListParts", "GET", f"/multipart/U?key={INBOX}a"),
        ("UploadPart", "GET", f"/multipart/U/1?key={INBOX}a"),
    ],
)
def test_an_operation_that_the_ticket_leaves_out_is_refused(
    stack: Stack, left_out: str, method: str, path: str
) -> None:
    companion = Companion(stack, allow=[each for each in ALLOW if each != left_out])

    assert 403 == companion.call(method, path).status


def test_a_ticket_with_a_ceiling_holds_parts_and_forms_to_it(stack: Stack, checking: Stack) -> None:
    small = Companion(stack, max_size=1000, allow=["PostObject"])
    form = small.call("GET", "/params?filename=a.png&type=image/png").json()
    fields = {**form["fields"]}
    boundary = "b0undary"
    rows = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    )
    end = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    posted = send(
        "POST",
        form["url"],
        body=f"{rows}{end}{'x' * 1001}\r\n--{boundary}--\r\n".encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    companion = Companion(checking, max_size=len(PART))
    at, key = companion.begin()
    done = companion.complete(at, key, *(companion.send_part(at, key, number) for number in (1, 2)))

    assert 400 == posted.status
    assert b"EntityTooLarge" in posted.body
    assert 413 == done.status


def test_a_ticket_gives_no_more_than_todays_scope(stack: Stack) -> None:
    """A profile that grants no writes any longer: minted while it did, asked by another deployment of the same keys."""
    profiles = {"p": {"write_prefixes": ["users/{sub}/"], "read_prefixes": ["users/{sub}/"]}}
    keys = stack.variables["SEAL_KEYS"]
    wide = {"GRANT_PROFILES": json.dumps(profiles), "SEAL_KEYS": keys, "ON_UPLOAD_URL": ""}
    narrow = {**wide, "GRANT_PROFILES": json.dumps({"p": {"read_prefixes": ["users/{sub}/"]}})}
    with running(completes=True, environ=wide) as before, running(completes=True, environ=narrow) as after:
        companion = Companion(before, profile="p")
        at, key = companion.begin()
        good = companion.complete(at, key, companion.send_part(at, key, 1))
        text = companion.url.rpartition("/")[2]
        companion.url = f"{after.url('ticket')}/{text}"
        refused = [
            companion.call("GET", "/params?filename=a.png&type=image/png").status,
            companion.call("POST", "/multipart", FILM).status,
            companion.call("GET", f"{at}/1{key}").status,
        ]

        assert 200 == good.status
        assert good.json()["key"].startswith(INBOX)
        assert [403, 403, 403] == refused
