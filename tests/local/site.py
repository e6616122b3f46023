"""What stands beside the functions on a laptop: the page, its configuration, and a client library for it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from shared.diagnose import diagnose
from shared.errors import InvalidRequest
from tests.local import openapi

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
MAX_BODY_BYTES = 1024 * 1024
MAX_QR_BYTES = 1024

_OWN_NAMES = ("127.0.0.1", "localhost")

_POLICY = "default-src 'self' data: 'unsafe-inline'; connect-src *; frame-ancestors 'none'"


class Site:
    """Routes of the page; everything else is the gateway's."""

    def __init__(
        self,
        gateway: Callable[[Request], Response],
        *,
        token: Callable[..., str],
        emulator_host: str,
        now: Callable[[], datetime],
        rotate: Callable[[], None] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._variables = variables or {}
        self._rotate = rotate
        self._gateway, self._token, self._emulator_host, self._now = gateway, token, emulator_host, now
        self._routes: dict[str, Callable[[Request], Response]] = {
            "/": lambda _: _file(PAGE, "text/html"),
            "/local.json": self._configuration,
            "/diagnose": self._diagnosis,
            "/openapi.json": lambda request: _json(openapi.document(server=request.host_url.rstrip("/"))),
            "/ali-oss.js": lambda _: _file(SDK, "text/javascript"),
            "/rotation": self._rotation,
            "/qr": _qr,
        }

    def __call__(self, request: Request) -> Response:
        """Answer one HTTP request."""
        if request.path not in self._routes:
            return self._gateway(request)
        # A page elsewhere can point a name of its own at this machine (DNS rebinding).
        if request.host.partition(":")[0] not in _OWN_NAMES:
            return Response("this page answers to 127.0.0.1 and localhost only", 403)
        request.max_content_length = MAX_BODY_BYTES
        return self._routes[request.path](request)

    def _configuration(self, _: Request) -> Response:
        # 'localhost': ali-oss puts the bucket into the path for a named host only.
        return _json(
            {
                "sub": SUB,
                "token": self._token(SUB, life=timedelta(hours=12)),
                "rotates": self._rotate is not None,
                "sdk": SDK.exists(),
                "sdk_endpoint": f"http://{self._emulator_host.replace('127.0.0.1', 'localhost')}",
                "max_form_bytes": min(MAX_FORM_BYTES, self._max_size_bytes() or MAX_FORM_BYTES),
                "max_size_bytes": self._max_size_bytes(),
                "content_types": self._variables.get("GRANT_CONTENT_TYPES", ""),
                "profiles": sorted(json.loads(self._variables.get("GRANT_PROFILES") or "{}")),
                "shares": bool(self._variables.get("TICKET_URL")),
            }
        )

    def _max_size_bytes(self) -> int | None:
        return int(self._variables.get("GRANT_MAX_SIZE_BYTES") or 0) or None

    def _rotation(self, request: Request) -> Response:
        if self._rotate is None or request.method != "POST":
            return Response("POST, where the local issuer is asked for its keys: IDENTITY_SOURCE=oidc", 404)
        self._rotate()
        return self._configuration(request)

    def _diagnosis(self, request: Request) -> Response:
        try:
            found = diagnose(**_told(request.get_data()), now=self._now())
        except InvalidRequest as refusal:
            return _json({"Code": refusal.code, "Message": str(refusal)}, status=400)
        return _json({"findings": [finding._asdict() for finding in found]})


def _qr(request: Request) -> Response:
    """Draw the body as a QR code, an SVG; the page cannot ask anybody else to."""
    # Imported here: a laptop without it has everything else.
    import segno

    text = request.get_data()
    if request.method != "POST" or not 0 < len(text) <= MAX_QR_BYTES:
        return Response(f"POST with 1 to {MAX_QR_BYTES} bytes of text", 400)
    drawn = io.BytesIO()
    segno.make_qr(text.decode("utf-8", "replace"), error="l").save(drawn, kind="svg", scale=4, border=4)
    return Response(drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _told(body: bytes) -> dict[str, Any]:
    """Return ``url`` and, where they are given, ``error``, ``method`` and ``headers`` of a JSON body."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidRequest("body: JSON") from None
    texts = {"url": str, "error": str, "method": str, "headers": dict}
    if not isinstance(told, dict) or "url" not in told or not set(told) <= set(texts):
        raise InvalidRequest("body: an object of url and, if known, error, method and headers")
    if not all(isinstance(value, texts[name]) for name, value in told.items()):
        raise InvalidRequest("body: headers are an object, all else is text")
    if not all(isinstance(value, str) for value in told.get("headers", {}).values()):
        raise InvalidRequest("headers: names and values are text")
    return told


def _file(path: Path, media_type: str) -> Response:
    if not path.exists():
        return Response("not installed", 404)
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Response(path.read_bytes(), content_type=f"{media_type}; charset=utf-8", headers=headers)


def _json(document: Any, *, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(document), status, mimetype="application/json", headers=headers)
