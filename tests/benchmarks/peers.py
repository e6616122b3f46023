"""Other makers' SDKs, each told to make GET URLs as it would by itself: URLs per second and cold start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.benchmarks.measure import interleaved
from tests.benchmarks.signing import ASCII, KEY, TOKEN, many

COUNT = 400
OURS = "oss-access-grants"
MANY = f"{OURS}, many"

_KEY = f"KEY = {(KEY.access_key_id, KEY.access_key_secret, TOKEN)!r}\n"
"""In the programs: the key of the other benchmarks; what the token holds decides what encoding it costs."""

_SIGNERS = {
    OURS: """
from datetime import datetime, timedelta, timezone
from shared.signing import Credentials, Endpoint, ObjectRequest, presign
ENDPOINT, LIFE = Endpoint.public("cn-hangzhou"), timedelta(seconds=600)
CREDENTIALS = Credentials(access_key_id=KEY[0], access_key_secret=KEY[1], security_token=KEY[2])
def sign(key):
    request = ObjectRequest(method="GET", bucket="examplebucket", key=key)
    now = datetime.now(timezone.utc)
    return presign(request, endpoint=ENDPOINT, credentials=CREDENTIALS, expires_in=LIFE, now=now).url
""",
    "alibabacloud-oss-v2": """
import alibabacloud_oss_v2 as oss
from datetime import timedelta
config = oss.config.load_default()
config.credentials_provider = oss.credentials.StaticCredentialsProvider(*KEY)
config.region = "cn-hangzhou"
client = oss.Client(config)
def sign(key):
    wanted = oss.GetObjectRequest(bucket="examplebucket", key=key)
    return client.presign(wanted, expires=timedelta(seconds=600)).url
""",
    "oss2": """
import oss2
provider = oss2.credentials.StaticCredentialsProvider(*KEY)
host = "https://oss-cn-hangzhou.aliyuncs.com"
bucket = oss2.Bucket(oss2.ProviderAuthV4(provider), host, "examplebucket", region="cn-hangzhou")
def sign(key):
    return bucket.sign_url("GET", key, 600, slash_safe=True)
""",
    "botocore": """
from botocore.config import Config
from botocore.session import Session
client = Session().create_client(
    "s3",
    region_name="cn-hangzhou",
    endpoint_url="https://oss-cn-hangzhou.aliyuncs.com",
    aws_access_key_id=KEY[0],
    aws_secret_access_key=KEY[1],
    aws_session_token=KEY[2],
    config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
)
def sign(key):
    wanted = {"Bucket": "examplebucket", "Key": key}
    return client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=600)
""",
    "minio": """
from datetime import timedelta
from minio import Minio
host = "oss-cn-hangzhou.aliyuncs.com"
client = Minio(host, access_key=KEY[0], secret_key=KEY[1], session_token=KEY[2], region="cn-hangzhou")
def sign(key):
    return client.presigned_get_object("examplebucket", key, expires=timedelta(seconds=600))
""",
}
NAMES = tuple(_SIGNERS)
_FIRST = "print(sign('users/alice/photos/cat.png'))"


class Peer(NamedTuple):
    """What one SDK takes for a URL, warm, and from process start to its first URL."""

    name: str
    urls_per_second: float
    cold_start_seconds: float | None
    """None where the same code has a row already."""


def signer(name: str) -> Callable[[str], str]:
    """Return what makes a URL of a key, with the SDK of that name."""
    names: dict[str, Callable[[str], str]] = {}
    exec(_KEY + _SIGNERS[name], names)  # noqa: S102  # our own words, the same that the fresh process runs
    return names["sign"]


def measured(*, rounds: int = 5) -> Iterator[Peer]:
    """Yield our own ``presign_many`` and ``presign``, and each SDK, which all take one call a URL."""
    keys = [str(request.key) for request in ASCII[:COUNT]]
    work = {name: _signs(signer(name), keys) for name in _SIGNERS}
    warm = interleaved({MANY: lambda: many(ASCII[:COUNT]), **work}, rounds=rounds)
    cold = interleaved({name: _starts(name) for name in _SIGNERS}, rounds=rounds)
    for name, seconds in warm.items():
        yield Peer(name, COUNT / seconds, cold.get(name))


def _signs(sign: Callable[[str], str], keys: list[str]) -> Callable[[], None]:
    def run() -> None:
        for key in keys:
            sign(key)

    return run


def _starts(name: str) -> Callable[[], None]:
    command = [sys.executable, "-c", _KEY + _SIGNERS[name] + _FIRST]

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    return run
