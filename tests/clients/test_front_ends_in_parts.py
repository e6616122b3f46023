"""Big files in parts, from a browser: side by side, tried again, resumed, given up; by plain fetch, Uppy, ali-oss."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route

from tests.clients.front_world import ORIGIN, Front, bytes_of, wait_for
from tests.local.stack import Stack, running

PART = 102_400
FILM = {"name": "film + 猫.mp4", "size": 5 * PART + 7, "type": "video/mp4"}
DOMAIN = "localhost"
UPLOAD = """(file) => {
  window.stop = new AbortController();
  window.shares = [];
  const options = {partSize: 102400, signal: stop.signal, onProgress: (share) => shares.push(share), ...OPTIONS};
  window.ended = tell(front.upload(grants(), made(file), options));
}"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(custom_domain=DOMAIN, environ={"CORS_ALLOWED_ORIGINS": ORIGIN}) as up:
        yield up


def begin(front: Front, options: str = "{}") -> None:
    """Begin to upload the film in parts."""
    front.run(UPLOAD.replace("OPTIONS", options), FILM)


def end(front: Front) -> list[str]:
    """Return what became of it."""
    return list(front.run("() => ended"))


def parts(front: Front) -> list[int]:
    """Return the numbers of the parts that were sent, in the order in which they were."""
    sent = (re.search(r"partNumber=(\d+)", request.url) for request in front.sent("PUT"))
    return [int(found[1]) for found in sent if found]


by_fetch = pytest.mark.parametrize("module", ["multipart.js"])


@by_fetch
def test_parts_go_side_by_side_but_not_all_at_once(front: Front) -> None:
    under_way: list[Route] = []
    front.page.route("**/*partNumber=*", lambda route: under_way.append(route))
    begin(front, "{parallel: 2}")
    most = 0
    for number in range(1, 7):
        wait_for(front, under_way)
        front.page.wait_for_timeout(60)
        most = max(most, len(under_way))
        assert number <= 6
        under_way.pop(0).continue_()
    what, key = end(front)
    shares = front.run("() => shares")

    assert ("stored", 2) == (what, most)
    assert bytes_of(FILM["size"]) == front.stored(key)
    assert "video/mp4" == front.type_of(key)
    assert [0, *(number / 6 for number in range(1, 7))] == pytest.approx(shares)


@by_fetch
@pytest.mark.parametrize("fault", ["503", "connection", "expired"])
def test_a_part_that_fails_is_sent_again(front: Front, fault: str) -> None:
    failed: list[str] = []
    expired = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"

    def fail_once(route: Route) -> None:
        if failed:
            route.continue_()
            return
        failed.append(route.request.url)
        headers = {"Access-Control-Allow-Origin": "*"}
        if fault == "connection":
            route.abort()
        else:
            status, body = (503, "busy") if fault == "503" else (403, expired)
            route.fulfill(status=status, headers=headers, body=body)

    front.page.route("**/*partNumber=2&*", fail_once)
    begin(front)
    what, key = end(front)
    asked = [request for request in front.requests if "UploadPart" in (request.post_data or "")]

    assert "stored" == what
    assert bytes_of(FILM["size"]) == front.stored(key)
    assert [1, 2, 2, 3, 4, 5, 6] == sorted(parts(front))
    assert (2 if fault == "expired" else 1) == len(asked)


@by_fetch
def test_a_part_that_fails_for_good_stops_the_others(front: Front) -> None:
    refusal = "<Error><Code>InvalidDigest</Code><Message>no</Message></Error>"
    headers = {"Access-Control-Allow-Origin": "*"}
    front.page.route(
        "**/*partNumber=1&*", lambda route: route.fulfill(status=400, headers=headers, body=refusal)
    )
    begin(front, "{parallel: 1}")

    assert ["refused", "400 InvalidDigest: no", "InvalidDigest"] == end(front)
    assert [1] == parts(front)


@by_fetch
def test_an_upload_goes_on_where_it_was_stopped(front: Front) -> None:
    under_way: list[Route] = []
    front.page.route("**/*partNumber=3&*", lambda route: under_way.append(route))
    begin(front, "{parallel: 1}")
    wait_for(front, under_way)
    front.run("() => stop.abort()")
    stopped = end(front)
    front.page.unroute("**/*partNumber=3&*")
    front.requests.clear()
    begin(front)
    what, key = end(front)

    assert ["refused", 20] == [stopped[0], stopped[2]]
    assert "stored" == what
    assert [3, 4, 5, 6] == sorted(parts(front))
    assert pytest.approx(2 / 6) == front.run("() => shares[0]")
    assert bytes_of(FILM["size"]) == front.stored(key)
    assert 0 == front.run("() => localStorage.length")


@by_fetch
def test_an_upload_that_was_given_up_begins_anew(front: Front) -> None:
    front.page.route("**/*partNumber=2&*", lambda route: route.fulfill(status=400, body="no"))
    begin(front, "{attempts: 1}")
    end(front)
    front.page.unroute("**/*partNumber=2&*")
    front.run("() => front.abandon(grants(), JSON.parse(Object.values(localStorage)[0]))")
    front.requests.clear()
    begin(front)
    what, key = end(front)

    assert "stored" == what
    assert [1, 2, 3, 4, 5, 6] == sorted(parts(front))
    assert bytes_of(FILM["size"]) == front.stored(key)


@by_fetch
def test_urls_are_asked_for_anew_before_they_end(front: Front) -> None:
    """The page is told that what was signed needs to be renewed at once, so that every part asks again."""
    asked: list[str] = []

    def shorten(answer: str) -> str:
        document = json.loads(answer)
        if document["operation"] == "UploadPart":
            asked.append(answer)
            document["refresh_after"] = document["server_time"]
        return json.dumps(document)

    front.change("**/presign", shorten)
    begin(front, "{parallel: 1}")

    assert "stored" == end(front)[0]
    assert 6 == len(asked)


UPPY = """(file) => {
  window.refused = [];
  window.uppy = front.uploader(grants(), {
    shouldUseMultipart: true, onRefused: (file, error) => refused.push(error.message),
  });
  window.ended = new Promise((resolve) => {
    uppy.on("upload-success", (_, {body}) => resolve(["stored", body.key]));
    uppy.on("complete", ({failed}) => failed.length && resolve(["failed"]));
  });
  uppy.addFile({name: file.name, type: file.type, data: made(file)});
}"""
BIG = {**FILM, "size": 5 * 1024 * 1024 + 99}
by_uppy = pytest.mark.parametrize("module", ["uppy.js"])


@by_uppy
def test_uppy_sends_big_files_in_parts_with_their_type(front: Front) -> None:
    front.run(UPPY, BIG)
    what, key = end(front)

    assert "stored" == what
    assert [1, 2] == parts(front)
    assert bytes_of(BIG["size"]) == front.stored(key)
    assert "video/mp4" == front.type_of(key)
    assert key.endswith(".mp4")


@by_uppy
def test_uppy_says_why_a_part_was_refused_and_goes_on_when_told(front: Front) -> None:
    front.page.route(
        "**/*partNumber=2&*",
        lambda route: route.continue_(headers={**route.request.headers, "content-type": "text/plain"}),
    )
    front.run(UPPY, BIG)
    failed = end(front)
    messages = front.run("() => refused")
    front.page.unroute("**/*partNumber=2&*")
    front.run("() => { window.ended = uppy.retryAll() }")
    front.run("() => ended")

    assert ["failed"] == failed
    assert messages[0].startswith("403 SignatureDoesNotMatch: ")
    assert [1, 2, 2] == parts(front)
    assert "ListParts" in "".join(request.post_data or "" for request in front.requests)


@by_uppy
def test_uppy_gives_up_what_is_cancelled(front: Front) -> None:
    under_way: list[Route] = []
    front.page.route("**/*partNumber=2&*", lambda route: under_way.append(route))
    front.run(UPPY, BIG)
    wait_for(front, under_way)
    with front.page.expect_response(lambda answer: answer.request.method == "DELETE") as given_up:
        front.run("() => uppy.cancelAll()")

    assert 204 == given_up.value.status


OSS_CLIENT = """async (file) => {
  const issued = await front.clientFor(grants());
  window.checkpoints = [];
  issued.client.options.refreshSTSTokenInterval = 0;
  const asked = {onProgress: (share, point) => checkpoints.push([share, point?.uploadId])};
  return [issued.client.options.accessKeyId, await front.upload(issued, made(file), asked), checkpoints];
}"""
by_ali_oss = pytest.mark.parametrize("module", ["ali-oss.js"])


@by_ali_oss
def test_ali_oss_sends_parts_to_the_custom_domain_and_renews_its_session(front: Front) -> None:
    big = {**FILM, "size": 3 * 1024 * 1024 + 5}
    _, key, shares = front.run(OSS_CLIENT, big)
    hosts = {request.url.split("/")[2] for request in front.sent("PUT")}

    assert [1, 2, 3, 4] == sorted(parts(front))
    assert bytes_of(big["size"]) == front.stored(key)
    assert 1 == shares[-1][0]
    assert {DOMAIN} == {host.partition(":")[0] for host in hosts}
    assert 3 <= len([request for request in front.requests if "/sts" in request.url])


@by_ali_oss
def test_ali_oss_goes_on_from_a_checkpoint(front: Front) -> None:
    big = {**FILM, "size": 3 * 1024 * 1024 + 5}
    third, held = "**/*partNumber=3*", list[Route]()
    front.page.route(third, lambda route: held.append(route))
    front.run(
        """async (file) => {
          window.film = made(file);
          window.issued = await front.clientFor(grants());
          const onProgress = (_, point) => { window.point = point ?? window.point };
          window.ended = tell(front.upload(issued, film, {onProgress}));
          return null;
        }""",
        big,
    )
    # Parts go out side by side: the third breaks once the first two are written down.
    front.page.wait_for_function(
        "[1, 2].every((one) => window.point?.doneParts.some((part) => part.number === one))"
    )
    while not held:
        front.page.wait_for_timeout(20)
    front.page.unroute(third)
    front.page.route(third, lambda route: route.abort())
    held[0].abort()
    refused = front.run("() => ended")
    front.page.unroute(third)
    front.requests.clear()
    done = {part["number"] for part in front.run("() => point.doneParts")}
    key = front.run("() => front.upload(issued, film, {checkpoint: point})")

    assert "refused" == refused[0]
    assert {1, 2} <= done
    assert {1, 2, 3, 4} - done == set(parts(front))
    assert bytes_of(big["size"]) == front.stored(key)


@by_ali_oss
def test_ali_oss_says_what_a_session_may_not_do(front: Front) -> None:
    what, message, code = front.run(
        """async (file) => {
          const {client} = await front.clientFor(grants());
          return tell(front.upload({client, prefixes: ["users/bob/"]}, made(file)));
        }""",
        FILM,
    )

    assert ("refused", "AccessDenied") == (what, code)
    assert message.startswith("403 AccessDenied: ")
