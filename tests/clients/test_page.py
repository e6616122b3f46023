"""The page in a real browser: every journey on real files, a refused upload, and a link that expires."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests import needed
from tests.clients import node_clients, npm
from tests.local.client import send
from tests.local.stack import BUCKET, Stack, running

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

    expect(entry.locator(".state")).to_have_text("refused")
    expect(entry.locator(".advice")).to_have_text(
        "HTML is not allowed here. Allowed: whatever a browser does not run as a script."
    )
    expect(entry.get_by_role("button")).to_have_count(0)


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


def unfinished(stack: Stack) -> list[str]:
    return list(stack.cloud.store.documents(f"uploads-{BUCKET}"))


def test_a_part_that_fails_twice_ends_the_upload_and_leaves_nothing(
    page: Page, file: Path, stack: Stack
) -> None:
    page.route("**/*partNumber=2&*", lambda route: route.abort())
    entry = upload(page, "multipart", file)

    expect(entry.locator(".state")).to_have_text("offline")
    expect(entry.locator(".advice")).to_contain_text("is make serve still running?")
    assert [] == unfinished(stack)


@pytest.mark.parametrize("journey", ["multipart", "sts"])
def test_parts_are_given_up_with_their_upload(page: Page, file: Path, stack: Stack, journey: str) -> None:
    page.route("**/*partNumber=2&*", lambda _: None)
    entry = upload(page, journey, file)
    expect(entry.locator(".speed")).to_contain_text("%")
    entry.get_by_role("button", name=f"Cancel {file.name}").click()

    expect(entry.locator(".state")).to_have_text("cancelled")
    wait_until(page, lambda: not unfinished(stack))


def wait_until(page: Page, done: Callable[[], bool]) -> None:
    """Wait for what the browser does after it has said so; fails after two seconds."""
    for _ in range(20):
        if done():
            return
        page.wait_for_timeout(100)
    pytest.fail("it never came to that")


def test_an_upload_can_be_cancelled_before_it_is_granted(page: Page, file: Path) -> None:
    page.route("**/presign", lambda _: None)
    entry = upload(page, "put", file)
    entry.get_by_role("button", name=f"Cancel {file.name}").click()

    expect(entry.locator(".state")).to_have_text("cancelled")


def dropped(page: Page, target: str, name: str) -> bool:
    """Drop a file there; return whether the browser would have opened it in place of the page."""
    return bool(
        page.evaluate(
            """([target, name]) => {
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File(["dropped"], name));
                return document.querySelector(target).dispatchEvent(
                    new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
            }""",
            [target, name],
        )
    )


def test_a_dropped_file_is_uploaded(page: Page) -> None:
    opened = dropped(page, "#drop", "cat.txt")
    entry = page.locator("li.upload").first
    expect(entry.locator(".state")).to_have_text("stored")
    got = send("GET", entry.locator("a.download").get_attribute("href") or "")

    assert (False, b"dropped") == (opened, got.body)


def test_a_file_dropped_beside_the_place_does_not_replace_the_page(page: Page) -> None:
    assert not dropped(page, "h1", "cat.txt")
    assert 0 == page.locator("li.upload").count()


def test_a_link_counts_down_to_its_end_and_is_renewed(page: Page, file: Path) -> None:
    page.clock.install()
    entry = upload(page, "put", file)
    expect(entry.locator(".countdown")).to_contain_text("works for")
    page.clock.fast_forward(121_000)
    expect(entry.locator(".countdown")).to_have_text("expired")
    expect(entry.locator("a.download")).not_to_have_attribute("href", re.compile(".+"))
    entry.get_by_role("button", name=f"New link to {file.name}").click()

    expect(entry.locator(".countdown")).to_contain_text("works for")


@pytest.mark.parametrize(
    ("journey", "calls"),
    [
        ("put", ["PutObject", "GetObject"]),
        ("form", ["PostObject", "GetObject"]),
        ("multipart", ["InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "GetObject"]),
        ("sts", ["STS session", "GetObject"]),
    ],
)
def test_every_request_and_answer_is_kept(page: Page, file: Path, journey: str, calls: list[str]) -> None:
    entry = upload(page, journey, file)
    expect(entry.locator("a.download")).to_be_visible(timeout=20_000)
    said = page.locator("#calls .asked .title").all_inner_texts()[::-1]
    first = page.locator("#calls .asked").last
    first.locator("summary").click()

    assert [True] * len(calls) == [name in text for name, text in zip(calls, said, strict=True)]
    expect(first.locator(".said")).to_have_text(
        re.compile(r"^(GET /sts|POST /presign).* \u00b7 200 \u00b7 \d+ ms$")
    )
    expect(first.locator("pre")).to_contain_text('curl -H "Authorization: Bearer $GRANTS_JWT"')
    expect(first.locator("pre")).to_contain_text("2026" if journey == "sts" else f'"operation": "{calls[0]}"')


def test_secrets_are_shown_once_they_are_asked_for(page: Page, file: Path) -> None:
    expect(upload(page, "put", file).locator("a.download")).to_be_visible(timeout=20_000)
    signature = re.compile("x-oss-signature=[0-9a-f]{64}")
    wire = page.locator("#calls .asked pre").first
    hidden = wire.text_content() or ""
    page.get_by_label("Show secrets").check()
    shown = wire.text_content() or ""

    assert (False, True) == (bool(signature.search(hidden)), bool(signature.search(shown)))


def copied(page: Page) -> str:
    """Press the button; return what it puts on the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#calls .asked").first.get_by_role("button").click()
    expect(page.locator("#copied")).to_have_text("copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_the_copied_lines_run_whatever_the_file_is_called(page: Page, stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "it's $(touch run) `touch run`.bin"
    path.write_bytes(b"bytes of a file with an awkward name")
    entry = upload(page, "put", path)
    expect(entry.locator("a.download")).to_be_visible(timeout=20_000)
    script = copied(page).replace("curl ", "curl -sf ")
    ended = subprocess.run(
        ["bash", "-euc", script],
        env={"PATH": os.environ["PATH"], "GRANTS_JWT": stack.token("alice")},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert (0, b"") == (ended.returncode, ended.stderr)
    assert ended.stdout.endswith(path.read_bytes())
    assert [path] == list(tmp_path.iterdir())


def test_the_copied_lines_of_a_form_post_it(page: Page, file: Path, stack: Stack) -> None:
    page.route(
        "**/*",
        lambda route: (
            route.abort()
            if route.request.method == "POST" and "presign" not in route.request.url
            else route.continue_()
        ),
    )
    entry = upload(page, "form", file)
    expect(entry.locator(".failed")).to_be_visible()
    script = copied(page).replace("curl ", "curl -sf ").replace("@FILE", "@-")
    ended = subprocess.run(
        ["bash", "-euc", script],
        env={"PATH": os.environ["PATH"], "GRANTS_JWT": stack.token("alice")},
        input=b"by curl",
        check=False,
    )

    assert 0 == ended.returncode


def test_a_journey_that_is_not_installed_says_how(browser: Any, stack: Stack) -> None:
    opened = browser.new_page()
    opened.route("**/local.json", lambda route: route.fulfill(json={**route.fetch().json(), "sdk": False}))
    opened.goto(f"http://{stack.gateway_host}/")
    choice = opened.get_by_role("radio", name="STS session in ali-oss (once make test has installed it")

    expect(choice).to_be_disabled()
    opened.close()


def focused(page: Page) -> str:
    """Return what a reader says of the element that has the focus: its name or label."""
    return str(
        page.evaluate(
            "(e => e.labels?.[0]?.innerText.trim() || e.ariaLabel || e.innerText)(document.activeElement)"
        )
    )


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(focused(page).split("\n")[0])

    assert [
        "\u4e2d\u6587",
        "Presigned PUT",
        "Choose files or drop them here",
        "Show secrets",
        "The URL that was refused",
        "Method meant",
        "Headers meant to be sent, one a line (if known)",
        "OSS's error document (if there is one)",
    ] == [name.removesuffix("unknown").strip() for name in reached]


def test_a_file_goes_up_and_is_explained_by_keyboard_alone(page: Page, file: Path) -> None:
    page.on("filechooser", lambda chooser: chooser.set_files(str(file)))
    for key in ("Tab", "Tab", "ArrowDown", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("status").first).to_have_text(f"{file.name}: stored")
    page.get_by_label("The URL that was refused").focus()
    page.keyboard.type("no url")
    for key in ("Tab", "Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)

    assert page.locator("input[value=form]").is_checked()
    expect(page.get_by_role("list", name="Findings")).to_contain_text("not an http(s) URL")


def test_the_keyboard_stays_where_it_works(page: Page, file: Path) -> None:
    page.route("**/*x-oss-signature*", lambda _: None)
    upload(page, "put", file).get_by_role("button", name=f"Cancel {file.name}").press("Enter")
    with page.expect_request("**/*x-oss-signature*"):
        page.get_by_role("button", name=f"Upload {file.name} again").press("Enter")
    again = focused(page)
    # While the request is held: once nobody holds it, it could end before it is cancelled.
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Upload {file.name} again")).to_be_visible()
    page.unroute("**/*x-oss-signature*")
    page.get_by_role("button", name=f"Upload {file.name} again").press("Enter")
    expect(page.locator("li.upload a.download")).to_be_visible(timeout=20_000)

    assert (f"Cancel {file.name}", f"Download {file.name}") == (again, focused(page))


def test_a_reader_is_told_what_everything_is(page: Page, file: Path) -> None:
    expect(upload(page, "put", file).locator("a.download")).to_be_visible(timeout=20_000)
    nameless = "e => !e.labels?.length && !e.ariaLabel && !e.innerText.trim()"

    assert [] == page.evaluate(
        f"[...document.querySelectorAll('input, select, textarea, button, a, progress, [tabindex]')].filter({nameless})"
        ".map(e => e.outerHTML)"
    )


def test_the_page_fits_a_small_phone(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    path = tmp_path / f"{'a_name_without_any_space_in_it' * 4}.bin"
    path.write_bytes(b"x")
    expect(upload(page, "put", path).locator("a.download")).to_be_visible(timeout=20_000)
    diagnosed(page, url=OLD_URL).first.wait_for()

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


def test_links_and_uploads_go_on_when_the_issuer_rotates_its_key(browser: Any, file: Path) -> None:
    with running(environ={"IDENTITY_SOURCE": "oidc"}) as stack:
        page = browser.new_page()
        page.goto(f"http://{stack.gateway_host}/")
        page.wait_for_selector("html[data-ready]")
        expect(upload(page, "put", file).locator(".done")).to_be_visible()
        link = page.locator("li.upload a").first.get_attribute("href")
        page.click("#rotate")
        expect(page.locator("#rotated")).to_contain_text("A new key signs")
        expect(upload(page, "put", file).locator(".done")).to_be_visible()
        expect(page.locator("#rotate")).to_be_disabled()
        page.close()

        assert 200 == send("GET", link).status
        assert 2 == len(stack.issuer.jwks()["keys"])


def test_where_the_trigger_verifies_nothing_is_rotated(page: Page) -> None:
    expect(page.locator("#rotate")).to_be_hidden()


CONDITION = (
    "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy Condition failed: "
    '["eq", "$x-oss-content-type", "image/png"]</Message><EC>0006-00000227</EC></Error>'
)


def test_a_refused_form_explains_itself(page: Page, file: Path) -> None:
    """Method and answer go along: the address of a form shows nothing, and holds no signature."""

    def refuse(route: Any) -> None:
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/xml"}
        if "multipart/form-data" in route.request.headers.get("content-type", ""):
            route.fulfill(status=403, headers=headers, body=CONDITION)
        else:
            route.continue_()

    page.route("**/*", refuse)
    entry = upload(page, "form", file)
    entry.get_by_role("button", name=f"Why was {file.name} refused?").click()

    expect(page.locator("#findings li")).to_have_count(1)
    expect(page.locator("#findings li").first).to_contain_text("form-condition")
    expect(page.locator("#findings li").first).to_contain_text("x-oss-content-type")
    expect(page.locator("#why-method")).to_have_value("POST")


def test_the_page_shows_what_the_callback_found(browser: Any, file: Path) -> None:
    with running(completes=True) as stack:
        page = browser.new_page()
        page.goto(f"http://{stack.gateway_host}/")
        page.wait_for_selector("html[data-ready]")
        for journey in ("put", "form", "multipart"):
            entry = upload(page, journey, file)

            expect(entry.locator(".state")).to_have_text(
                "stored, checked: 1.5 MB, application/octet-stream", timeout=20_000
            )
        page.close()
        told = [] if stack.receiver is None else stack.receiver.messages

        assert ["upload.completed"] * 3 == [each["type"] for each in told]


def ready(browser: Any, stack: Stack, *, query: str = "", **options: Any) -> Page:
    opened: Page = browser.new_page(**options)
    opened.goto(f"http://{stack.gateway_host}/{query}")
    opened.wait_for_selector("html[data-ready]")
    return opened


def test_a_file_is_shared_once_for_a_while_or_until_revoked(browser: Any, file: Path) -> None:
    with running(completes=True) as stack:
        page = ready(browser, stack)
        share = upload(page, "put", file).get_by_role("group", name="Share this file")
        links = []
        for choice, says in (
            ("Once", "Works once"),
            ("10 minutes", "Works for 10 minutes"),
            ("Until revoked", "Works until you revoke it"),
        ):
            share.get_by_role("button", name=choice, exact=True).click()
            expect(share.get_by_role("status")).to_contain_text(says)
            expect(share.locator(".link")).to_have_count(len(links) + 1)
            newest = share.locator(".link").first
            expect(newest.get_by_role("img", name="QR code of the link")).to_be_visible()
            links.append(newest.get_by_role("link").get_attribute("href") or "")
        before = [send("GET", link).status for link in links[1:]]
        share.get_by_role("button", name="Revoke", exact=True).click()
        expect(share.locator(".link").first).to_have_text("Revoked: the link no longer works.")
        page.close()

        assert [302, 302] == before
        assert [200, 302, 410] == [send("GET", link).status for link in links]


def test_what_is_too_large_is_not_sent(browser: Any, file: Path) -> None:
    with running(environ={"GRANT_MAX_SIZE_BYTES": "1000"}) as stack:
        page = ready(browser, stack)
        entry = upload(page, "form", file)

        expect(entry.locator(".state")).to_have_text("refused")
        expect(entry.locator(".advice")).to_have_text(
            "1.5 MB is too large. At most 1.0 kB here: choose a smaller file."
        )
        expect(page.locator("#calls li")).to_have_count(0)
        page.close()


def test_the_list_is_cleared_of_what_has_ended(page: Page, file: Path) -> None:
    expect(upload(page, "put", file).locator("a.download")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Clear what has ended").click()

    expect(page.locator("li.upload")).to_have_count(0)


def test_the_page_speaks_chinese(browser: Any, stack: Stack, file: Path) -> None:
    page = ready(browser, stack, locale="zh-CN")
    untold = page.evaluate(
        "[...document.querySelectorAll('[data-t]')].map(e => e.textContent).filter(text => !/[\\u4e00-\\u9fff]/.test(text))"
    )

    expect(upload(page, "put", file).locator(".state")).to_have_text("\u5df2\u5b58\u50a8", timeout=20_000)
    assert ([], "zh-CN") == (untold, page.evaluate("document.documentElement.lang"))
    page.close()


@pytest.mark.parametrize("width", [320, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_width_holds_the_page(
    browser: Any, stack: Stack, file: Path, tmp_path: Path, width: int, scheme: Any
) -> None:
    """With PICTURES in the environment the pictures stay, to be looked at."""
    page = ready(browser, stack, viewport={"width": width, "height": 900}, color_scheme=scheme)
    expect(upload(page, "put", file).locator("a.download")).to_be_visible(timeout=20_000)
    script = tmp_path / "page.html"
    script.write_text("<p>")
    expect(upload(page, "put", script).locator(".state")).to_have_text("refused")
    diagnosed(page, url=OLD_URL).first.wait_for()
    page.screenshot(
        path=Path(os.environ.get("WIDTHS", tmp_path)) / f"page-{scheme}-{width}.png", full_page=True
    )

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


AXE = Path(__file__).with_name("axe")


@pytest.fixture(scope="module")
def axe() -> Path:
    npm.installed(AXE, leaves_out="the rules of accessibility on the page")
    return AXE / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(
    browser: Any, axe: Path, file: Path, tmp_path: Path, scheme: Any
) -> None:
    with running(completes=True) as stack:
        page = ready(browser, stack, color_scheme=scheme)
        entry = upload(page, "put", file)
        entry.get_by_role("button", name="Until revoked").click()
        expect(entry.get_by_role("img", name="QR code of the link")).to_be_visible()
        script = tmp_path / "page.html"
        script.write_text("<p>")
        expect(upload(page, "put", script).locator(".state")).to_have_text("refused")
        diagnosed(page, url=OLD_URL).first.wait_for()
        page.locator("#calls summary").first.click()
        page.add_script_tag(content=axe.read_text())
        broken = page.evaluate(
            "axe.run().then(said => said.violations.map(each => [each.id, each.nodes[0].html]))"
        )
        page.close()

    assert [] == broken


PROFILES = '{"avatars": {"write_prefixes": ["avatars/{sub}/"], "read_prefixes": ["avatars/{sub}/"]}}'


def test_a_file_goes_where_the_chosen_scope_lets_it(browser: Any, file: Path) -> None:
    with running(environ={"GRANT_PROFILES": PROFILES}) as stack:
        page = ready(browser, stack)
        page.get_by_label("Grant scope").select_option("avatars")
        hrefs = []
        for journey in ("put", "form", "multipart"):
            entry = upload(page, journey, file)
            expect(entry.locator(".state")).to_have_text("stored", timeout=20_000)
            hrefs.append(entry.locator("a.download").get_attribute("href") or "")
        page.close()
        keys = [each.key for each in stack.cloud.bucket(BUCKET).listed()]

        assert [200] * 3 == [send("GET", href).status for href in hrefs]
        assert 3 == len([key for key in keys if key.startswith("avatars/alice/")])


def test_without_profiles_there_is_nothing_to_choose(page: Page) -> None:
    expect(page.locator("#profiles")).to_be_hidden()


def test_what_is_still_to_be_revoked_is_not_cleared(browser: Any, file: Path) -> None:
    with running(completes=True) as stack:
        page = ready(browser, stack, viewport={"width": 320, "height": 800})
        share = upload(page, "put", file).get_by_role("group", name="Share this file")
        share.get_by_role("button", name="Until revoked", exact=True).click()
        share.get_by_role("button", name="Once", exact=True).click()
        expect(share.get_by_role("img")).to_have_count(2)
        fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_role("button", name="Clear what has ended").click()
        expect(page.locator("li.upload")).to_have_count(1)
        share.get_by_role("button", name="Revoke", exact=True).click()
        expect(share).to_contain_text("Revoked: the link no longer works.")
        page.get_by_role("button", name="Clear what has ended").click()
        expect(page.locator("li.upload")).to_have_count(0)
        page.close()

        assert fits


def test_a_qr_code_that_cannot_be_drawn_is_said(browser: Any, file: Path) -> None:
    with running(completes=True) as stack:
        page = ready(browser, stack)
        page.route("**/qr", lambda route: route.fulfill(status=500))
        share = upload(page, "put", file).get_by_role("group", name="Share this file")
        share.get_by_role("button", name="10 minutes", exact=True).click()

        expect(share).to_contain_text("No QR code could be drawn.")
        page.close()
