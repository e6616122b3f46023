"""Pages for people: what a counted link asks before it is used, and why a link does not work.

Mail programs and chats open links by themselves, to show what is behind them; a form is sent by people only.
Static HTML in English or Chinese; no script, and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from shared.fc.http import Reply
from shared.fc.invocation import Invocation
from shared.fc.times import timestamp
from shared.grants.tickets import Ticket

Language = Literal["en", "zh"]

MEDIA_TYPE = "text/html; charset=utf-8"

# No form-action: browsers would hold the redirect to OSS against it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:1.1em/1.6 system-ui,sans-serif;max-width:34em;margin:4em auto;padding:0 1em;color:#1b1b1b}}
h1{{font-size:1.3em;overflow-wrap:anywhere}}button{{font:inherit;padding:.5em 1.4em}}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""

_BUTTON = '<p>{why}</p><form method="post"><button>{action}</button></form><p><small>{until}</small></p>'

_ASKING: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "once": "This link works once: the button uses it up.",
        "often": "This link works {uses} times in all: the button counts one of them.",
        "action": "Download",
        "until": "At the latest it ends at {ends} (UTC).",
    },
    "zh": {
        "once": "此链接只能使用一次：点击按钮即用掉这一次。",
        "often": "此链接总共可以使用 {uses} 次：点击按钮即用掉一次。",
        "action": "下载",
        "until": "最迟于 {ends}（UTC）失效。",
    },
}

_REFUSALS: Mapping[Language, Mapping[int, tuple[str, str]]] = {
    "en": {
        401: ("This link is not valid", "It is incomplete, or its time is over. Ask for a new one."),
        403: ("This link is not valid", "What it was for is not granted any longer."),
        410: ("This link is used up", "It was used as often as it may be, or was called back."),
        503: ("Not now", "The service does not answer in time. Try again in a moment."),
    },
    "zh": {
        401: ("此链接无效", "链接不完整，或者已经过期。请索取新的链接。"),
        403: ("此链接无效", "链接对应的授权已经取消。"),
        410: ("此链接已失效", "可用次数已用完，或者链接已被撤回。"),
        503: ("暂时无法使用", "服务没有及时响应，请稍后再试。"),
    },
}


def asking(ticket: Ticket, invocation: Invocation) -> Reply:
    """Return the page whose button uses the link."""
    language = _language(invocation)
    words = _ASKING[language]
    name = ticket.download_as or (ticket.key or "").rpartition("/")[2]
    body = _BUTTON.format(
        why=words["once" if ticket.uses == 1 else "often"].format(uses=ticket.uses),
        action=words["action"],
        until=words["until"].format(ends=timestamp(ticket.ends_at)),
    )
    return _page(language, title=name, body=body)


def refusing(reply: Reply, invocation: Invocation) -> Reply:
    """Return a refusal as a page, where a person's browser asks and there are words for it."""
    language = _language(invocation)
    words = _REFUSALS[language].get(reply.status)
    if words is None or "text/html" not in (invocation.header("accept") or ""):
        return reply
    page = _page(language, title=words[0], body=f"<p>{words[1]}</p>")
    return page._replace(status=reply.status, headers={**reply.headers, **page.headers})


def _page(language: Language, *, title: str, body: str) -> Reply:
    from html import escape

    return Reply(
        text=_PAGE.format(lang=language, title=escape(title), body=body),
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Content-Security-Policy": _POLICY},
    )


def _language(invocation: Invocation) -> Language:
    """Return the language that a browser likes better (RFC 9110, section 12.5.4)."""
    liked: dict[str, float] = {}
    for part in (invocation.header("accept-language") or "")[:256].split(","):
        tag, _, weight = part.partition(";")
        liked.setdefault(tag.strip().lower().partition("-")[0], _weight(weight))
    return "zh" if liked.get("zh", 0) > liked.get("en", 0) else "en"


def _weight(text: str) -> float:
    if not text.strip():
        return 1.0
    found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", text)
    return float(found[1]) if found else 0.0
