"""How OSS refuses: the error, and the document and headers that carry it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from .refusals import ERRORS

Element = str | Mapping[str, str]
"""What an element holds: a text, or elements of its own."""


class OssError(Exception):
    """One refusal, by its name in ``ERRORS``; ``detail`` ends the message, ``elements`` join the document.

    ``also`` holds elements whose names are no names of Python.
    """

    def __init__(
        self,
        name: str,
        *,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        also: Mapping[str, str] | None = None,
        **elements: Element,
    ) -> None:
        self.row, self.detail, self.elements = ERRORS[name], detail, {**elements, **(also or {})}
        self.headers = dict(headers or {})
        super().__init__(name)

    def document(self, *, request_id: str, host: str) -> str:
        """Return the error XML."""
        elements: dict[str, Element] = {
            "Code": self.row.code,
            "Message": self.row.message + self.detail,
            "RequestId": request_id,
            "HostId": host,
            **self.elements,
        }
        if self.row.ec:
            link = f"https://api.aliyun.com/troubleshoot?q={self.row.ec}"
            elements |= {"EC": self.row.ec, "RecommendDoc": link}
        inner = "".join(f"  <{name}>{_inside(value)}</{name}>\n" for name, value in elements.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n{inner}</Error>\n'

    def response(self, *, method: str, request_id: str, host: str) -> Response:
        """Return the answer; a HEAD carries the document in ``x-oss-err``."""
        document = self.document(request_id=request_id, host=host)
        headers = {**self.headers, **({"x-oss-ec": self.row.ec} if self.row.ec else {})}
        if method == "HEAD":
            headers["x-oss-err"] = base64.b64encode(document.encode()).decode()
        body = "" if method == "HEAD" or self.row.status == 304 else document
        return Response(body, self.row.status, headers=headers, content_type="application/xml")


def _inside(value: Element) -> str:
    if isinstance(value, str):
        return _text(value)
    return "".join(f"\n    <{name}>{_text(text)}</{name}>" for name, text in value.items()) + "\n  "


def _text(value: str) -> str:
    # XML cannot carry most control characters at all.
    return escape("".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in value))
