"""URLs that were percent-decoded as a whole, as logs and address bars show them (RFC 3986, section 2.4)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

_DECODED = re.compile(r"x-oss-credential=[^&/%]+/[0-9]{8}/")
_FIRST_PARAMETER = re.compile(r"[?&](?:x-oss-[a-z-]+=)")


def encode_whole(text: str) -> str:
    """Return a URL that was decoded as a whole encoded again, where that changed what it says."""
    first = _FIRST_PARAMETER.search(text)
    host = re.match("https?://[^/]*", text, re.I)
    if first is None or host is None:
        return text
    start = text.rfind("?", host.end(), first.start() + 1)
    path, query = text[host.end() : start], text[start + 1 :]
    if start < 0 or not ("?" in path or (_DECODED.search(query) and _is_broken(path, query))):
        return text
    pairs = (pair.partition("=") for pair in query.split("&"))
    parameters = "&".join(f"{_encoded(name)}{equals}{_encoded(value)}" for name, equals, value in pairs)
    return f"{host[0]}{_encoded(path, safe='/')}?{parameters}"


def _is_broken(path: str, query: str) -> bool:
    return re.search("[+#]|%(?![0-9a-f]{2})", path + query, re.I) is not None


def _encoded(text: str, *, safe: str = "") -> str:
    return quote(unquote_to_bytes(text.encode("utf-8", "surrogatepass")), safe=safe)
