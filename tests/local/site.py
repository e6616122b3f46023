"""What stands beside the functions on a laptop: the page, its configuration, and a client library for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

SDK = (
    Path(__file__).parents[1]
    / "clients"
    / "node"
    / "node_modules"
    / "ali-oss"
    / "dist"
    / "aliyun-oss-sdk.min.js"
)
PAGE = Path(__file__).with_name("page.html")
MAX_FORM_BYTES = 256 * 1024 * 1024
SUB = "alice"

_POLICY = "default-src 'self' data: 'unsafe-inline'; connect-src *; frame-ancestors 'none'"


class Site:
    """Routes of the page; everything else is the gateway's."""

    def __init__(
        self, gateway: Callable[[Request], Response], *, token: Callable[..., str], emulator_host: str
    ) -> None:
        self._gateway, self._token, self._emulator_host = gateway, token, emulator_host
        self._routes: dict[str, Callable[[Request], Response]] = {
            "/": lambda _: _file(PAGE, "text/html"),
            "/local.json": self._configuration,
            "/ali-oss.js": lambda _: _file(SDK, "text/javascript"),
        }

    def __call__(self, request: Request) -> Response:
        """Answer one HTTP request."""
        return self._routes.get(request.path, self._gateway)(request)

    def _configuration(self, _: Request) -> Response:
        # 'localhost': ali-oss puts the bucket into the path for a named host only.
        return _json(
            {
                "sub": SUB,
                "token": self._token(SUB, life=timedelta(hours=12)),
                "sdk": SDK.exists(),
                "sdk_endpoint": f"http://{self._emulator_host.replace('127.0.0.1', 'localhost')}",
                "max_form_bytes": MAX_FORM_BYTES,
            }
        )


def _file(path: Path, media_type: str) -> Response:
    if not path.exists():
        return Response("not installed", 404)
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Response(path.read_bytes(), content_type=f"{media_type}; charset=utf-8", headers=headers)


def _json(document: Any) -> Response:
    return Response(json.dumps(document), mimetype="application/json", headers={"Cache-Control": "no-store"})
