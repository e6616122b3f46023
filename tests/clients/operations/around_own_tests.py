"""A pytest plugin around the tests of ``oss2``: V4 in place of V1, and every host leads to the emulator.

What they leave to chance (whether a client encrypts, and by KMS, which is not here) falls alike in each run.
"""

from __future__ import annotations

import os
import random
from typing import Any

import oss2
import pytest
import urllib3.util.connection
from oss2.auth import ProviderAuthV4
from oss2.credentials import StaticCredentialsProvider

_connect = urllib3.util.connection.create_connection
_host, _port = os.environ["OSS_TEST_ENDPOINT"].removeprefix("http://").split(":")


class Auth(ProviderAuthV4):  # type: ignore[misc]  # oss2 has no types
    """What the tests call by the name of V1's."""

    def __init__(self, key_id: str, secret: str) -> None:
        super().__init__(StaticCredentialsProvider(key_id, secret))

    def _sign_request(self, request: Any, *arguments: Any, **more: Any) -> None:
        request.region = request.region or "cn-hangzhou"
        super()._sign_request(request, *arguments, **more)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Draw for each test by its name."""
    random.seed(item.nodeid)


def _lead_here(_: Any, *arguments: Any, **more: Any) -> Any:
    return _connect((_host, int(_port)), *arguments, **more)


oss2.Auth = Auth
oss2.LiveChannelIterator = lambda *_, **__: iter(())
urllib3.util.connection.create_connection = _lead_here
