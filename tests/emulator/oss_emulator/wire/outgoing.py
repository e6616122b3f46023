"""Requests that the emulator makes itself: to http servers on loopback addresses, and to nobody else."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_ANSWER_BYTES = 1024 * 1024
SECONDS = 5.0


class Answer(NamedTuple):
    """What the application's server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Deliver = Callable[[str, Mapping[str, str], bytes], Answer]
"""Takes a URL, headers and a body; raises ``OSError``, ``TimeoutError`` among them."""


def over_loopback(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return the answer of a server on this machine; raises ``OSError`` for any other address."""
    split = urlsplit(url)
    if split.scheme != "http" or not _is_loopback(split.hostname or ""):
        raise OSError("the emulator calls http servers on loopback addresses only")
    connection = http.client.HTTPConnection("127.0.0.1", split.port or 80, timeout=SECONDS)
    try:
        target = split.path + (f"?{split.query}" if split.query else "")
        connection.request("POST", target or "/", body=body, headers=dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read(MAX_ANSWER_BYTES + 1))
    except (http.client.HTTPException, ValueError) as error:
        # A ValueError: a header or a path that HTTP cannot carry.
        raise OSError("no HTTP answer") from error
    finally:
        connection.close()


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
