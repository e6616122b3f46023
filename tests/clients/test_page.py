"""The page in a real browser: every journey on real files, a refused upload, and a link that expires."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests import needed
from tests.clients import node_clients
from tests.local.client import send
from tests.local.stack import Stack, running

BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
OLD_URL = (
    "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/users/alice/cat.png?x-oss-signature-version=OSS4-HMAC-SHA256"
    "&amp;x-oss-date=20261101T120000Z&amp;x-oss-expires=600&amp;x-oss-credential=LTAI5tExample%2F20261101%2Fcn-hangzhou"
    f"%2Foss%2Faliyun_v4_request&amp;x-oss-signature={'0123456789abcdef' * 4}"
)
JOURNEYS = ["put", "form", "multipart", "sts"]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    node_clients.install()
    with running() as up:
        yield up


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = needed.program("chromium", leaves_out="the page in a browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any, stack: Stack) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"http://{stack.gateway_host}/")
    opened.wait_for_selector("html[data-ready]")
    yield opened
    opened.close()

    assert [] == problems


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my caf\u00e9 + \u6587\u4ef6.bin"
    path.write_bytes(bytes(range(256)) * 6000)
    return path


def upload(page: Page, journey: str, path: Path) -> Any:
    """Choose a journey and a file; return the entry of the list."""
    page.check(f"input[value={journey}]")
    page.set_input_files("#files", str(path))
    return page.locator("li.upload").first


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_file_goes_up_and_comes_back_the_same(page: Page, file: Path, journey: str) -> None:
    entry = upload(page, journey, file)
    expect(entry.locator(".state")).to_have_text("stored", timeout=20_000)
    got = send("GET", entry.locator("a.download").get_attribute("href") or "")

    assert digest(file.read_bytes()) == digest(got.body)
    assert "attachment" in got.headers["content-disposition"]
    expect(entry.locator(".countdown")).to_contain_text("works for")


def test_what_is_not_granted_is_said(page: Page, tmp_path: Path) -> None:
    script = tmp_path / "page.html"
    script.write_text("<script>alert(1)</script>")
    entry = upload(page, "put", script)

    expect(entry.locator(".state")).to_have_text("AccessDenied: content_type: this media type is not granted")
    expect(entry.get_by_role("button", name="Upload page.html again")).to_be_visible()


def test_a_link_dies_when_it_says(page: Page, file: Path, stack: Stack) -> None:
    entry = upload(page, "put", file)
    href = entry.locator("a.download").get_attribute("href", timeout=20_000) or ""
    alive = send("GET", href).status
    stack.cloud.clock.advance(timedelta(seconds=121))
    dead = send("GET", href)
    stack.cloud.clock.run()

    assert (200, 403) == (alive, dead.status)
    assert b"Request has expired." in dead.body


def test_an_upload_can_be_cancelled_and_tried_again(page: Page, file: Path) -> None:
    page.route("**/*x-oss-signature*", lambda _: None)
    entry = upload(page, "put", file)
    entry.get_by_role("button", name=f"Cancel {file.name}").click()
    expect(entry.locator(".state")).to_have_text("cancelled")
    page.unroute("**/*x-oss-signature*")
    entry.get_by_role("button", name=f"Upload {file.name} again").click()

    expect(page.locator("li.upload").first.locator(".state")).to_have_text("stored", timeout=20_000)


def test_a_part_that_fails_is_sent_once_more(page: Page, file: Path) -> None:
    failed: list[str] = []

    def fail_once(route: Any) -> None:
        if failed:
            route.continue_()
            return
        failed.append(route.request.url)
        route.abort()

    page.route("**/*partNumber=2&*", fail_once)
    entry = upload(page, "multipart", file)

    expect(entry.locator(".state")).to_have_text("stored", timeout=20_000)
    assert 1 == len(failed)


def test_the_request_is_shown_as_curl(page: Page, file: Path) -> None:
    entry = upload(page, "put", file)
    expect(entry.locator(".state")).to_have_text("stored", timeout=20_000)

    expect(page.locator("#wire")).to_contain_text("curl -X POST http://127.0.0.1")
    expect(page.locator("#wire")).to_contain_text('"operation": "GetObject"')


def test_the_page_can_be_used_by_keyboard_and_told_by_a_reader(page: Page) -> None:
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.name || document.activeElement.id")
    names = [
        page.get_by_role(role, name=name)
        for role, name in (("radio", "Presigned PUT"), ("button", "Copy as curl"))
    ]

    assert "journey" == focused
    assert [1, 1] == [found.count() for found in names]
    assert [] == page.evaluate(
        "[...document.querySelectorAll('input')].filter(e => !e.labels.length).map(e => e.id)"
    )


def test_the_page_fits_a_phone(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_its_picture_taken(
    browser: Any, stack: Stack, file: Path, scheme: Any, tmp_path: Path
) -> None:
    """The README's screenshots: with PICTURES=docs in the environment this test renews them."""
    opened = browser.new_page(viewport={"width": 960, "height": 900}, color_scheme=scheme)
    opened.goto(f"http://{stack.gateway_host}/")
    opened.wait_for_selector("html[data-ready]")
    for journey, name in (("put", "holiday photo.jpg"), ("multipart", "interview.mp4")):
        path = tmp_path / name
        path.write_bytes(file.read_bytes())
        expect(upload(opened, journey, path).locator(".state")).to_have_text("stored", timeout=20_000)
    opened.evaluate(
        "document.getElementById('wire').textContent = document.getElementById('wire').textContent.split('\\n\\n')[0]"
    )
    diagnosed(opened, url=OLD_URL).first.wait_for()
    picture = Path(os.environ.get("PICTURES", tmp_path)) / f"page-{scheme}.png"
    opened.screenshot(path=picture, full_page=True)
    background = opened.evaluate("getComputedStyle(document.documentElement).colorScheme")
    opened.close()

    assert 10_000 < picture.stat().st_size
    assert "light dark" == background


def test_nothing_is_asked_of_anybody_else(browser: Any, stack: Stack, file: Path) -> None:
    opened = browser.new_page()
    hosts: set[str] = set()
    opened.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
    opened.goto(f"http://{stack.gateway_host}/")
    opened.wait_for_selector("html[data-ready]")
    expect(upload(opened, "put", file).locator(".state")).to_have_text("stored", timeout=20_000)
    opened.close()

    assert hosts <= {"127.0.0.1", "localhost"}


def diagnosed(page: Page, *, url: str, error: str = "") -> Any:
    """Paste a URL into the panel; return the list of findings."""
    page.fill("#why-url", url)
    page.fill("#why-error", error)
    page.get_by_role("button", name="Diagnose").click()
    return page.locator("#findings li")


def test_a_pasted_url_is_diagnosed(page: Page, file: Path, stack: Stack) -> None:
    entry = upload(page, "put", file)
    href = entry.locator("a.download").get_attribute("href", timeout=20_000) or ""

    expect(diagnosed(page, url=href)).to_contain_text(["Nothing is wrong"])
    expect(diagnosed(page, url=href.replace("&", "&amp;"))).to_contain_text(["html-escaped"])
    expect(diagnosed(page, url="no url")).to_contain_text(["not an http(s) URL"])
    expect(diagnosed(page, url=href, error="no xml")).to_contain_text(["no error document of OSS"])
    stack.cloud.clock.advance(timedelta(seconds=121))
    expect(diagnosed(page, url=href)).to_contain_text(["expired"])
    stack.cloud.clock.run()


def test_a_refused_upload_explains_itself(page: Page, file: Path) -> None:
    page.route(
        "**/*x-oss-signature*",
        lambda route: route.continue_(headers={**route.request.headers, "content-type": "text/plain"}),
    )
    entry = upload(page, "put", file)
    entry.get_by_role("button", name=f"Why was {file.name} refused?").click()

    expect(page.locator("#findings li").first).to_contain_text(
        "content-type The request arrived with Content-Type: text/plain; the URL was signed with application/octet-stream"
    )
