"""Which media types a browser runs: asked of this machine's Chromium, and kept as a table.

``python -m tests.clients.active_content db.json`` asks about every type of that file (the ``db.json`` of the npm
package ``mime-db``, which holds the registered types), about odd spellings, and about all that the table holds; it
writes the table again. A type is active where a document of it runs its script (as HTML, XHTML or SVG, in several
parts), or where a module script of it is executed.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

from playwright.sync_api import sync_playwright

TABLE = Path(__file__).parents[1] / "unit" / "grants" / "active_types.json"
ODD_SPELLINGS = (
    *("unknown/unknown", "application/unknown", "*/*", "text/*", "application/x-unknown", "unknown/x", "x/y"),
    *(f"text/javascript1.{version}" for version in range(10)),
    *("text/jscript", "text/livescript", "text/x-javascript", "text/x-ecmascript", "text/x-jscript"),
    *("application/x-javascript", "application/x-ecmascript", "text/ecmascript", "text/vbscript"),
    *("text/xsl", "application/xsl", "text/x-xml", "x/x+xml", "image/x+xml", "audio/svg+xml", "text/html+x"),
    *(
        "text/xhtml",
        "application/html",
        "text/htm",
        "application/x-html",
        "text/x-html",
        "text/x-server-parsed-html",
    ),
    *("multipart/x-mixed-replace", "multipart/mixed", "multipart/related", "message/rfc822", "text/mathml"),
    *("image/svg", "image/svg-xml", "application/svg+xml", "text/plain", "text/richtext", "text/x-component"),
)
BODIES = {
    "html": "<!doctype html><script>parent.ran.add('{mark}')</script>",
    "xhtml": '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>parent.ran.add("{mark}")</script></html>',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><script>parent.ran.add("{mark}")</script></svg>',
    "parts": "--x\r\nContent-Type: text/html\r\n\r\n<script>parent.ran.add('{mark}')</script>\r\n--x--\r\n",
    "module": "ran.add('{mark}')",
}
ASK = """async ([how, types]) => {
  const waiting = [...types], mark = (type) => `${how} ${type}`;
  const address = (type) => `/asked/${how}/${encodeURIComponent(type)}`;
  const byFrame = (type) => new Promise((done) => {
    const frame = document.createElement("iframe");
    const end = () => { frame.remove(); done(); };
    frame.onload = () => setTimeout(end, 20);
    setTimeout(end, 700);
    frame.src = address(type);
    document.body.append(frame);
  });
  const byImport = (type) => import(address(type)).catch(() => null);
  window.ran ??= new Set();
  const work = async () => { while (waiting.length) await (how === "module" ? byImport : byFrame)(waiting.pop()); };
  await Promise.all(Array.from({length: 24}, work));
  return types.filter((type) => ran.has(mark(type)));
}"""


class _Served(BaseHTTPRequestHandler):
    """A page to ask from, and for every type a document of it."""

    def do_GET(self) -> None:
        _, kind, *asked = self.path.split("/")
        if kind != "asked":
            self._answer("text/html", "<!doctype html><body>")
            return
        how, content_type = asked[0], unquote(asked[1])
        body = BODIES[how].replace("{mark}", f"{how} {content_type}")
        self._answer(f"{content_type}; boundary=x" if how == "parts" else content_type, body)

    def _answer(self, content_type: str, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Served) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def asked_of_the_browser(types: Iterable[str], *, chromium: str) -> tuple[str, dict[str, list[str]]]:
    """Return the browser's version, and for each type that it runs in which ways."""
    types = sorted({*types})
    ways: dict[str, list[str]] = {}
    with _serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(accept_downloads=False)
        page.goto(address)
        page.set_default_timeout(600_000)
        for how in BODIES:
            for content_type in page.evaluate(ASK, [how, types]):
                ways.setdefault(content_type, []).append(how)
        version = browser.version
        browser.close()
    return version, dict(sorted(ways.items()))


def main(registered: Path) -> None:
    """Ask about all types and write the table."""
    known = json.loads(TABLE.read_text())["active"] if TABLE.exists() else {}
    types = {*json.loads(registered.read_text()), *ODD_SPELLINGS, *known}
    version, active = asked_of_the_browser(types, chromium=shutil.which("chromium") or "chromium")
    document = {"browser": f"Chromium {version}", "asked": len(types), "active": active}
    TABLE.write_text(json.dumps(document, indent=1) + "\n")
    sys.stdout.write(f"{len(active)} of {len(types)} types are active in Chromium {version}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
