"""A web page of somebody's own origin with a front end of docs/clients in it, before the local stack."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request, Route, sync_playwright

from tests import needed
from tests.clients import npm
from tests.clients.test_page import BROWSER_OPTIONS
from tests.local.stack import BUCKET, Stack

HERE = Path(__file__).parent / "fronts"
ORIGIN = "http://app.localhost"

# The page's address is made up, so Chromium takes it for the Internet's, which may not reach this machine.
REACHING_LOOPBACK = "--disable-features=LocalNetworkAccessChecks"

PREPARED = """
const told = [];
const made = ({name, size, type}) =>
  new File([Uint8Array.from({length: size}, (_, at) => at % 251)], name, {type, lastModified: 1});
const token = {value: TOKEN};
const grants = () => front.grantsAt(URL, () => token.value);
const tell = (promise) => promise.then(
  (stored) => ["stored", stored.key ?? stored], (error) => ["refused", error.message, error.code ?? error.name]);
"""
"""What the page knows: files made of numbers, whom to ask, and how it writes down what came of it."""


def bundle(module: str, folder: Path, *, packages: Path = HERE) -> Path:
    """Return the path of a module of docs/clients as one script, whose exports are those of ``front``.

    The npm packages of the folder ``packages`` come before those of ``fronts``.
    """
    node = npm.installed(HERE, leaves_out="front ends in a browser")
    if packages != HERE:
        npm.installed(packages, leaves_out="front ends in a browser")
    path = folder / f"{packages.name}-{module}.js"
    if not path.exists():
        command = [node, str(HERE / "bundle.mjs"), module, str(path), str(packages)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stderr
    return path


def bytes_of(size: int) -> bytes:
    """Return the content of the files that the page makes."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@contextmanager
def browsing() -> Iterator[Any]:
    """Run Chromium while the context lasts."""
    chromium = needed.program("chromium", leaves_out="front ends in a browser")
    with sync_playwright() as playwright:
        options = [*BROWSER_OPTIONS, REACHING_LOOPBACK]
        launched = playwright.chromium.launch(executable_path=chromium, args=options)
        yield launched
        launched.close()


@dataclass(slots=True, kw_only=True)
class Front:
    """An open page, the cloud behind it, and every request that it has sent."""

    page: Page
    stack: Stack
    requests: list[Request] = field(default_factory=list)
    option: str = ""

    def run(self, script: str, argument: Any = None) -> Any:
        """Return what an expression in the page comes to; a function of ``argument`` where one is given."""
        return self.page.evaluate(script, argument)

    def sent(self, method: str, part: str = "") -> list[Request]:
        """Return the requests to OSS with this method, whose URL holds ``part``."""
        return [
            sent
            for sent in self.requests
            if sent.method == method
            and "/presign" not in sent.url
            and "/sts" not in sent.url
            and part in sent.url
        ]

    def change(self, pattern: str, change: Callable[[str], str]) -> None:
        """Change what the functions answer, before the page reads it."""

        def fulfil(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=change(answer.text()))

        self.page.route(pattern, fulfil)

    def stored(self, key: str) -> bytes:
        """Return the bytes of an object."""
        blob = self.stack.cloud.bucket(BUCKET).current(key).blob
        assert blob is not None
        return b"".join(self.stack.cloud.store.read(blob))

    def type_of(self, key: str) -> str:
        """Return the media type of an object."""
        return str(self.stack.cloud.bucket(BUCKET).current(key).headers["content-type"])

    def choose(self, name: str, *, size: int, media_type: str) -> None:
        """Choose a file as a person does."""
        file: Any = {"name": name, "mimeType": media_type, "buffer": bytes_of(size)}
        self.page.set_input_files("input[type=file]", files=[file])

    def told(self) -> list[str]:
        """Return what the component was the first to tell its page."""
        self.page.wait_for_function("told.length")
        return list(self.run("told[0]"))


def wait_for(front: Front, what: list[Any], count: int = 1) -> None:
    """Wait until something has come; the page's events are told while it waits."""
    for _ in range(200):
        if len(what) >= count:
            return
        front.page.wait_for_timeout(25)
    raise AssertionError(f"{len(what)} of {count}")


@contextmanager
def opened(browser: Any, stack: Stack, script: Path) -> Iterator[Front]:
    """Open a page of another origin that holds a bundle; problems that nobody caught fail the test."""
    page = browser.new_page()
    front = Front(page=page, stack=stack)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: front.requests.append(request))
    prepared = PREPARED.replace("TOKEN", json.dumps(stack.token("alice")))
    prepared = prepared.replace("URL", json.dumps(f"http://{stack.gateway_host}"))
    html = f"<!doctype html><meta charset=utf-8><script src=front.js></script><script>{prepared}</script>"
    page.route(f"{ORIGIN}/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.route(f"{ORIGIN}/front.js", lambda route: route.fulfill(path=script, content_type="text/javascript"))
    page.goto(f"{ORIGIN}/")
    yield front
    page.close()

    assert [] == problems
