"""Uppy 5 and 6, unmodified, in Chromium: a ticket where Companion's address would stand, and no token in the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.front_world import HERE, ORIGIN, Front, bundle, bytes_of, opened, wait_for
from tests.local.client import ask
from tests.local.stack import BUCKET, Stack, running

MIB = 1024 * 1024
MODULE = "uppy-companion.js"
SMALL = {"name": "cat + 猫.png", "size": 70_000, "type": "image/png"}
BIG = {"name": "film.mp4", "size": 11 * MIB + 5, "type": "video/mp4"}
INBOX = "users/alice/inbox/"
UPLOADS = [
    "PostObject",
    "InitiateMultipartUpload",
    "UploadPart",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
]
BEGIN = """([file, ticket, endpointOption, parts]) => {
  window.ended = new Promise((resolve) => {
    window.uppy = front.uploader(ticket, {endpointOption, shouldUseMultipart: parts, ...OPTIONS});
    uppy.on("upload-success", (_, answer) => resolve(["stored", answer.uploadURL ?? null]));
    uppy.on("upload-error", (_, error) => resolve(["refused", error.message]));
    window.id = uppy.addFile({name: file.name, type: file.type, data: made(file)});
  });
}"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    # Without a callback: OSS's own answers reach the client.
    environ = {"CORS_ALLOWED_ORIGINS": ORIGIN, "ON_UPLOAD_URL": "", "GRANT_DELETE_PREFIXES": "users/{sub}/"}
    with running(completes=True, environ=environ) as up:
        yield up


@pytest.fixture(params=["fronts", "fronts5"], ids=["uppy6", "uppy5"])
def front(request: pytest.FixtureRequest, browser: Any, stack: Stack, bundles: Path) -> Iterator[Front]:
    packages = HERE.parent / request.param
    with opened(browser, stack, bundle(MODULE, bundles, packages=packages)) as page:
        page.option = "endpoint" if request.param == "fronts5" else "companionEndpoint"
        yield page


def ticket(stack: Stack, **fields: Any) -> str:
    """Return the URL of a ticket for alice's inbox."""
    asked = {"operation": "Ticket", "allow": UPLOADS, "prefix": INBOX, **fields}
    answer = ask(stack, "presign", asked)
    assert 200 == answer.status, answer.body
    return str(answer.json()["url"])


def begin(front: Front, file: dict[str, Any], url: str, *, parts: bool, options: str = "{}") -> None:
    front.run(BEGIN.replace("OPTIONS", options), [file, url, front.option, parts])


def end(front: Front) -> list[Any]:
    return list(front.run("() => ended"))


def keys(stack: Stack, name: str) -> list[str]:
    listed = stack.cloud.bucket(BUCKET).listed()
    return [each.key for each in listed if each.key.startswith(INBOX) and each.key.endswith(name)]


def newest(stack: Stack, name: str, before: list[str]) -> str:
    (key,) = set(keys(stack, name)) - set(before)
    return key


def test_a_small_file_goes_by_a_form(front: Front, stack: Stack) -> None:
    before = keys(stack, ".png")
    begin(front, SMALL, ticket(stack), parts=False)
    what = end(front)[0]
    key = newest(stack, ".png", before)

    assert "stored" == what
    assert bytes_of(SMALL["size"]) == front.stored(key)
    assert "image/png" == front.type_of(key)


def test_a_big_file_goes_in_parts(front: Front, stack: Stack) -> None:
    before = keys(stack, ".mp4")
    begin(front, BIG, ticket(stack), parts=True)
    what, where = end(front)
    key = newest(stack, ".mp4", before)

    assert "stored" == what
    assert where is not None
    assert where.endswith(key)
    assert bytes_of(BIG["size"]) == front.stored(key)
    assert 3 == len(front.sent("PUT", "partNumber="))


def test_a_big_file_is_paused_and_goes_on(front: Front, stack: Stack) -> None:
    before = keys(stack, ".mp4")
    held: list[Any] = []
    front.page.route("**/*partNumber=3*", lambda route: held.append(route))
    begin(front, BIG, ticket(stack), parts=True)
    wait_for(front, held)
    front.run("() => uppy.pauseResume(id)")
    front.page.wait_for_timeout(200)
    front.page.unroute("**/*partNumber=3*")
    for route in held:
        route.abort()
    front.run("() => uppy.pauseResume(id)")
    what = end(front)[0]

    assert "stored" == what
    assert bytes_of(BIG["size"]) == front.stored(newest(stack, ".mp4", before))


def test_what_is_cancelled_leaves_no_parts(front: Front, stack: Stack) -> None:
    held: list[Any] = []
    front.page.route("**/*partNumber=3*", lambda route: held.append(route))
    begin(front, BIG, ticket(stack), parts=True)
    wait_for(front, held)
    aborted: list[Any] = []
    front.page.on(
        "response", lambda answer: aborted.append(answer) if answer.request.method == "DELETE" else None
    )
    front.run("() => uppy.removeFile(id)")
    wait_for(front, aborted)

    assert 200 == aborted[0].status
    assert "/s3/multipart/" in aborted[0].url
    assert {} == {
        id: upload
        for id, upload in stack.cloud.store.documents(f"uploads-{BUCKET}").items()
        if upload["key"].startswith(INBOX)
    }


def test_a_ticket_that_is_no_good_is_refused(front: Front, stack: Stack) -> None:
    begin(front, SMALL, f"{ticket(stack)}x", parts=False)
    what, said = end(front)

    assert "refused" == what
    assert said


def test_a_type_that_is_not_granted_is_refused(front: Front, stack: Stack) -> None:
    begin(front, {**SMALL, "name": "x.html", "type": "text/html"}, ticket(stack), parts=False)

    assert "refused" == end(front)[0]
    assert [] == keys(stack, ".html")
