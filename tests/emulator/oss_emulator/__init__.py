"""OSS and STS on a laptop, which verify signatures, tokens, expiry and policies by their own code.

``wire``: requests as they arrive, V4 signatures, error documents. ``store``: buckets and objects. ``ram``: who
may do what. ``sts``: sessions of roles. ``oss`` and ``bucket``: the operations. ``cloud`` holds the state, ``app`` answers,
``server`` listens on a loopback port and ``inprocess`` does without one; ``control`` and ``plugin`` are for tests.

>>> from oss_emulator import Cloud, Emulator, fetch
>>> cloud = Cloud(region="cn-hangzhou")
>>> cloud.create_bucket("examplebucket").name
'examplebucket'
>>> answer = fetch(Emulator(cloud), "GET", "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/cat.png")
>>> answer.status_code, "<Code>AccessDenied</Code>" in answer.get_data(as_text=True)
(403, True)
>>> cloud.close()
"""

from .app import Emulator
from .cdn import Cdn
from .clock import Clock
from .cloud import Cloud, Landed, Logged
from .control import Control
from .faults import Faults
from .inprocess import bridged, fetch
from .ram.identities import Principal, Role
from .server import serve
from .store.buckets import Bucket
from .store.settings import CorsRule

__version__ = "0.3.0"

__all__ = [
    "Bucket",
    "Cdn",
    "Clock",
    "Cloud",
    "Control",
    "CorsRule",
    "Emulator",
    "Faults",
    "Landed",
    "Logged",
    "Principal",
    "Role",
    "bridged",
    "fetch",
    "serve",
]
