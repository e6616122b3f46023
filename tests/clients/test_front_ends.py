"""Every front end of docs/clients in a real browser: what it stores, and what it says where it is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.clients.front_world import ORIGIN, Front, bytes_of, wait_for
from tests.local.stack import Stack, running
from tests.world import ROOT

CALLED = ["fetch.js", "progress.js", "multipart.js"]
CHOSEN = ["antd.jsx", "element-plus.vue"]
ALL = [*CALLED, "uppy.js", *CHOSEN, "ali-oss.js"]
SIZE = 300_000
PICTURE = {"name": "my café + 猫.png", "size": SIZE, "type": "image/png"}
DOMAIN = "localhost"

UPPY = """file => new Promise((resolve) => {
  const uppy = front.uploader(grants(), {
    ...OPTIONS,
    onRefused: (_, error) => resolve(["refused", error.message, error.code ?? error.name]),
  });
  uppy.on("upload-success", (_, {body}) => resolve(["stored", body.key]));
  uppy.addFile({name: file.name, type: file.type, data: made(file)});
})"""
ALI_OSS = "file => tell(front.clientFor(grants()).then((client) => front.upload(client, made(file))))"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(custom_domain=DOMAIN, environ={"CORS_ALLOWED_ORIGINS": ORIGIN}) as up:
        yield up


def uploaded(front: Front, module: str, file: dict[str, Any], *, options: str = "{}") -> list[str]:
    """Return what became of a file that a front end was given: stored as which key, or why it was refused."""
    if module in CHOSEN:
        front.run("() => front.mount(grants(), told)")
        front.choose(file["name"], size=file["size"], media_type=file["type"])
        return front.told()
    script = {"uppy.js": UPPY.replace("OPTIONS", options), "ali-oss.js": ALI_OSS}.get(
        module, f"file => tell(front.upload(grants(), made(file), {options}))"
    )
    return list(front.run(script, file))


@pytest.mark.parametrize("module", ALL)
def test_a_file_is_stored_with_its_type(front: Front, module: str) -> None:
    what, key = uploaded(front, module, PICTURE)

    assert "stored" == what
    assert key.startswith("users/alice/")
    assert bytes_of(SIZE) == front.stored(key)
    assert "image/png" == front.type_of(key)


@pytest.mark.parametrize("module", ALL)
def test_what_the_functions_refuse_is_said(front: Front, module: str) -> None:
    front.run("() => { token.value = 'no token' }")
    what, message = uploaded(front, module, PICTURE)[:2]

    assert ("refused", "401") == (what, message[:3])
    assert re.fullmatch(r"401 \w+: .+", message)


@pytest.mark.parametrize("module", [name for name in ALL if name != "ali-oss.js"])
def test_a_type_that_is_not_granted_is_named(front: Front, module: str) -> None:
    told = uploaded(front, module, {**PICTURE, "name": "page.html", "type": "text/html"})

    assert ["refused", "403 AccessDenied: content_type: this media type is not granted"] == told[:2]
    assert [] == front.sent("PUT") + front.sent("POST")


def spoiled(answer: str) -> str:
    """Return what a function answered with another signature, or with another secret."""
    changed = re.sub(r'(signature(?:=|":"|s":\["))[0-9a-f]{64}', r"\g<1>" + "0" * 64, answer)
    return re.sub(r'(AccessKeySecret":")\w', r"\1-", changed)


@pytest.mark.parametrize("module", ALL)
def test_what_oss_refuses_is_said(front: Front, module: str) -> None:
    front.change("**/presign", spoiled)
    front.change("**/sts?*", spoiled)
    what, message = uploaded(front, module, PICTURE)[:2]

    assert "refused" == what
    assert message.startswith("403 SignatureDoesNotMatch: ")
    assert not re.search(r"[0-9a-f]{32}|x-oss-", message)


@pytest.mark.parametrize("module", ALL)
def test_a_connection_that_breaks_is_said(front: Front, module: str) -> None:
    front.page.route(lambda url: "/presign" not in url and "/sts" not in url, lambda route: route.abort())
    what, message = uploaded(front, module, PICTURE, options="{attempts: 2}")[:2]

    assert "refused" == what
    assert re.search("(?i)connection|network|fetch|error", message)
    assert "x-oss-" not in message


def held(front: Front) -> list[Route]:
    """Let no upload come to its end; return those that are under way, to which more will be added."""
    under_way: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "OPTIONS":
            route.continue_()
        else:
            under_way.append(route)

    front.page.route(lambda url: url.startswith(f"http://{DOMAIN}:"), hold)
    return under_way


@pytest.mark.parametrize("module", ["progress.js"])
def test_progress_rises_to_the_end(front: Front) -> None:
    shares = front.run(
        """async (file) => {
          const shares = [];
          await front.upload(grants(), made(file), {onProgress: (share) => shares.push(share)});
          return shares;
        }""",
        {**PICTURE, "size": 3_000_000},
    )

    assert shares == sorted(shares)
    assert 1 == shares[-1]


@pytest.mark.parametrize("module", ["progress.js"])
def test_an_upload_is_cancelled(front: Front) -> None:
    under_way = held(front)
    front.run(
        """(file) => {
          window.stop = new AbortController();
          window.ended = tell(front.upload(grants(), made(file), {signal: stop.signal}));
        }""",
        PICTURE,
    )
    wait_for(front, under_way)
    front.run("() => stop.abort()")

    assert ["refused", "cancelled", 20] == front.run("() => ended")


@pytest.mark.parametrize("module", CHOSEN)
def test_a_file_that_is_taken_off_the_list_is_not_sent(front: Front, module: str) -> None:
    under_way, failed = held(front), []
    front.page.on("requestfailed", lambda request: failed.append(request.failure))
    front.run("() => front.mount(grants(), told)")
    front.choose("cat.png", size=SIZE, media_type="image/png")
    wait_for(front, under_way)
    if module == "antd.jsx":
        front.page.locator("button[title='Remove file']").click()
    else:
        front.page.locator(".el-upload-list__item").hover()
        front.page.locator(".el-icon--close").click()
    wait_for(front, failed)

    assert ["net::ERR_ABORTED"] == failed
    assert [] == front.run("told")


@pytest.mark.parametrize("module", CHOSEN)
def test_a_refusal_can_be_read_on_the_page(front: Front, module: str) -> None:
    uploaded(front, module, {**PICTURE, "name": "page.html", "type": "text/html"})
    if module == "antd.jsx":
        front.page.locator(".ant-upload-list-item-error").hover()

    shown = front.page.locator(".ant-tooltip, [role=alert]").first
    shown.wait_for()

    assert "403 AccessDenied: content_type: this media type is not granted" in (shown.text_content() or "")


@pytest.mark.parametrize("module", ["fetch.js"])
def test_a_link_saves_the_object_under_its_name(front: Front, module: str) -> None:
    _, key = uploaded(front, module, PICTURE)
    link = front.run("(key) => front.link(grants(), key, '猫.png')", key)
    got = front.page.request.get(link["url"])

    assert bytes_of(SIZE) == got.body()
    assert "attachment" in got.headers["content-disposition"]
    assert link["expires_at"].endswith("Z")


SAID = {
    '{"Code":"AccessDenied","Message":"key: \\"é\\"","RequestId":"1-a"}': 'AccessDenied: key: "é"',
    "<?xml version='1.0'?><Error><Code>InvalidArgument</Code><Message>a &quot;b&quot; &amp;lt; &#39;c&#39;</Message></Error>": (
        "InvalidArgument: a \"b\" &lt; 'c'"
    ),
    "<html>502 Bad Gateway</html>": "Unknown: <html>502 Bad Gateway</html>",
    "": "Unknown: ",
    "null": "Unknown: null",
}


@pytest.mark.parametrize("module", ["fetch.js"])
def test_every_kind_of_refusal_is_read(front: Front) -> None:
    read = front.run("(all) => all.map((text) => new front.Refused(418, text).message)", list(SAID))

    assert [f"418 {message}" for message in SAID.values()] == read


@pytest.mark.parametrize("module", [*CALLED, "uppy.js", *CHOSEN])
def test_a_file_of_no_known_type_is_stored_all_the_same(front: Front, module: str) -> None:
    what, key = uploaded(front, module, {**PICTURE, "name": "notes", "type": ""})

    assert "stored" == what
    assert "application/octet-stream" == front.type_of(key)


def example(browser: Any, stack: Stack) -> Page:
    """Open the whole page of the docs, unbundled, whose functions are the local ones."""
    page: Page = browser.new_page()
    gateway = f"http://{stack.gateway_host}"

    def functions(route: Route) -> None:
        address = route.request.url.replace("https://grants.example.com", gateway)
        route.fulfill(response=route.fetch(url=address))

    page.route("https://grants.example.com/**", functions)
    folder = ROOT / "docs" / "clients"
    page.route(
        f"{ORIGIN}/**", lambda route: route.fulfill(path=folder / route.request.url.rpartition("/")[2])
    )
    page.add_init_script(f"sessionStorage.setItem('jwt', {json.dumps(stack.token('alice'))})")
    page.goto(f"{ORIGIN}/example.html")
    return page


def test_the_whole_page_stores_a_file_and_says_what_is_refused(browser: Any, stack: Stack) -> None:
    page = example(browser, stack)
    state = page.get_by_role("status")
    said = {}
    for name, media_type in (("cat.png", "image/png"), ("page.html", "text/html")):
        page.get_by_label("Choose a file").set_input_files(
            files=[{"name": name, "mimeType": media_type, "buffer": bytes_of(SIZE)}]
        )
        expect(state).to_have_text(re.compile("stored as|refused|^4"))
        said[name] = state.text_content() or ""
        page.evaluate("document.querySelector('output').value = ''")
    page.close()

    assert said["cat.png"].startswith("stored as users/alice/")
    assert "403 AccessDenied: content_type: this media type is not granted" == said["page.html"]
