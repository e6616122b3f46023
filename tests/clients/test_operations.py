"""Operations by official SDKs: every one that the emulator knows, over a socket, and the table of them.

Go: the machines that test this have no toolchain; Java: its SDK cannot be had there. Neither is in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.server import serve
from tests.clients import node_clients
from tests.clients.operations import oss2_calls, python_v2, table
from tests.clients.operations.python_v2 import POLICY
from tests.unit.emulator.oss_world import EVERYTHING

ALI_OSS_HAS_NO = {
    "PostObject",
    *(f"{verb}BucketPublicAccessBlock" for verb in ("Put", "Get", "Delete")),
    *(f"{verb}Style" for verb in ("Put", "Get", "Delete")),
}


class Served(NamedTuple):
    """A cloud without a bucket, behind a port, and the AccessKey of somebody who may do everything."""

    cloud: Cloud
    address: str
    key: tuple[str, str]


@pytest.fixture
def served() -> Iterator[Served]:
    cloud = Cloud(treat_loopback_as_secure=True)
    user = cloud.identities.add_user("developer", policies=[EVERYTHING])
    with serve(Emulator(cloud)) as address:
        yield Served(cloud, address, (user.access_key_id, user.access_key_secret))
    cloud.close()


def made(calls: dict[str, Callable[[Any], bool]], client: Any) -> dict[str, bool]:
    """Return what each call came to, in order."""
    return {name: call(client) for name, call in calls.items()}


def test_python_v2(served: Served) -> None:
    client = python_v2.client(served.address, served.key)
    seen = made(python_v2.CALLS, client)
    python_v2.delete_bucket(client)
    table.WORKED["alibabacloud-oss-v2"] = tuple(sorted(table.worked(served.cloud)))

    assert [] == [name for name, holds in seen.items() if not holds]
    assert table.KNOWN - table.worked(served.cloud) == python_v2.HAS_NO


def test_oss2(served: Served) -> None:
    client = oss2_calls.client(served.address, served.key)
    seen = made(oss2_calls.CALLS, client)
    oss2_calls.delete_bucket(client)
    table.WORKED["oss2"] = tuple(sorted(table.worked(served.cloud)))

    assert [] == [name for name, holds in seen.items() if not holds]
    assert table.KNOWN - table.worked(served.cloud) == oss2_calls.HAS_NO


def test_ali_oss(served: Served) -> None:
    asked = {"address": served.address, "key": served.key, "policy": POLICY}
    seen = node_clients.run("operations.mjs", asked)
    table.WORKED["ali-oss"] = tuple(sorted(table.worked(served.cloud)))

    assert dict.fromkeys(seen, True) == seen
    assert table.KNOWN - table.worked(served.cloud) == ALI_OSS_HAS_NO
