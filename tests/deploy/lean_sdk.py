"""The layer of the STS SDK, with what a synchronous AssumeRole uses and nothing else.

``FULL_SDK=true`` leaves it whole. ``shared.sessions.stand_ins`` stands in for what is imported all the same.
"""

from __future__ import annotations

from pathlib import Path

from shared.sessions.stand_ins import UNUSED
from tests.deploy import roots

LEFT_OUT = (
    *sorted(UNUSED),
    *("aiohappyeyeballs", "aiosignal", "async_timeout", "attr", "attrs", "frozenlist", "multidict"),
    *("propcache", "tzlocal", "yarl", "_cffi_backend", "cffi", "pycparser", "websocket_client"),
    *("alibabacloud_credentials_api", "alibabacloud_tea_util", "charset_normalizer", "idna"),
    *("typing_extensions", "urllib3"),
)
"""Packages that the SDK imports and does not use, and what only they need.

What stays of a package hides the platform's: ``Tea`` and ``certifi`` stay whole, for what else runs there.
"""

_ASYNCIO = "import asyncio\n"
_STOOD_IN = "import aiohttp.asyncio as asyncio\n"
"""No such module: it is stood in for, as all of aiohttp is."""

_CERTIFI_CORE = '''"""Where the bundle is: beside this file, which is in no archive."""

from os.path import dirname


def where() -> str:
    return f"{dirname(__file__)}/cacert.pem"


def contents() -> str:
    with open(where(), encoding="ascii") as bundle:
        return bundle.read()
'''


def rewrite(packages: Path) -> None:
    """Give the SDK roots that are looked up one at a time, and spare it asyncio, for one coroutine that sleeps.

    asyncio takes as long to import as all that is left of the SDK. Standing in for a part of the standard
    library while the SDK is imported would let other threads have it: one line is rewritten here instead.
    """
    core = packages / "darabonba" / "core.py"
    before, found, after = core.read_text().partition(_ASYNCIO)
    if not found or _ASYNCIO in after:
        raise ValueError("darabonba.core imports asyncio in another way than it did")
    core.write_text(before + _STOOD_IN + after)
    certifi = packages / "certifi"
    # What reads files out of archives takes long to import, and there is no archive.
    (certifi / "core.py").write_text(_CERTIFI_CORE)
    roots.write((certifi / "cacert.pem").read_text(), folder=certifi / "roots")
