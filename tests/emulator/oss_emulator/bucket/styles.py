"""Image styles of a bucket: names for what ``x-oss-process`` would do. They are kept; no image is processed here."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.wrappers import Response

from ..oss.calls import Call, read_xml, xml
from ..wire.errors import OssError

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,63}")


def put_style(call: Call) -> Response:
    """Name what is to be done with images."""
    call.authorize("oss:PutStyle")
    name, content = call.parameter("styleName") or "", read_xml(call).findtext("Content")
    if not _NAME.fullmatch(name):
        raise OssError("argument", ArgumentName="styleName", ArgumentValue=name)
    if not content:
        raise OssError("style")
    with call.bucket.locked():
        call.bucket.set(styles={**call.bucket.settings.styles, name: content})
    return Response("", 200)


def get_style(call: Call) -> Response:
    """Answer one style, or all of them where none is named."""
    name = call.parameter("styleName")
    call.authorize("oss:ListStyle" if name is None else "oss:GetStyle")
    if name is None:
        with call.bucket.locked():
            return xml("StyleList", Style=[_said(call, each) for each in call.bucket.settings.styles])
    return xml("Style", **_said(call, name))


def delete_style(call: Call) -> Response:
    """Forget a style."""
    call.authorize("oss:DeleteStyle")
    name = call.parameter("styleName")
    with call.bucket.locked():
        styles = call.bucket.settings.styles
        call.bucket.set(styles={each: content for each, content in styles.items() if each != name})
    return Response("", 204)


def _said(call: Call, name: str) -> dict[str, Any]:
    if name not in call.bucket.settings.styles:
        raise OssError("no-style", StyleName=name)
    created = call.bucket.settings.created
    return {
        "Name": name,
        "Content": call.bucket.settings.styles[name],
        "CreateTime": created,
        "LastModifyTime": created,
    }
