"""A pytest plugin: a cloud for each test, in process or on a port.

``oss_cloud`` is the cloud; while it is there, every request of the ``requests`` library is answered by it, in process
(needs the extra ``requests``). ``oss_endpoint`` is the address of a server in front of the same cloud, for any other
client. ``oss_clock`` is its clock, ``oss_user`` somebody who may do everything. The marker ``oss`` names bucket and region:

    @pytest.mark.oss(bucket="media", region="cn-shanghai")
    def test_an_upload(oss_cloud, oss_user): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .clock import Clock
    from .cloud import Cloud
    from .ram.identities import Principal

_MARKER = "oss(bucket='examplebucket', region='cn-hangzhou', versioned=False): the bucket that the emulated cloud holds"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def _oss_state(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    # Whoever installs the plugin and does not use it pays for no import.
    from .cloud import Cloud

    marker = request.node.get_closest_marker("oss")
    asked = {"bucket": "examplebucket", "region": "cn-hangzhou", "versioned": False} | (
        marker.kwargs if marker else {}
    )
    cloud = Cloud(region=asked["region"], treat_loopback_as_secure=True)
    cloud.create_bucket(asked["bucket"], versioned=asked["versioned"])
    yield cloud
    cloud.close()


@pytest.fixture
def oss_cloud(_oss_state: Cloud) -> Iterator[Cloud]:
    """The cloud of this test, which answers every request of the ``requests`` library."""
    from .app import Emulator
    from .inprocess import bridged

    if find_spec("responses") is None:
        raise pytest.UsageError("oss_cloud needs the package responses: pip install 'oss-emulator[requests]'")
    with bridged(Emulator(_oss_state)):
        yield _oss_state


@pytest.fixture
def oss_endpoint(_oss_state: Cloud) -> Iterator[str]:
    """``http://127.0.0.1:<port>`` of a server in front of this test's cloud; clients use path style."""
    from .app import Emulator
    from .server import serve

    with serve(Emulator(_oss_state)) as address:
        yield f"http://{address}"


@pytest.fixture
def oss_clock(_oss_state: Cloud) -> Clock:
    """The clock of this test's cloud."""
    return _oss_state.clock


@pytest.fixture
def oss_user(_oss_state: Cloud) -> Principal:
    """A user who may do everything, with an AccessKey."""
    from .control import EVERYTHING

    return _oss_state.identities.add_user("developer", policies=[EVERYTHING])
