"""C3, C5, M1 and S1 for the packaged function ``sts``, beside the SDK which it calls, used as its makers show.

The SDK is installed for the same interpreter, from the same pins, whole, with the ordinary bytecode that pip leaves.
Both ask the emulator on this machine over TLS, for a session of the same role and policy; both verify its
certificate, which is added to the roots that each of them brings along.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from oss_emulator.app import Emulator
from oss_emulator.server import serve
from tests.benchmarks.handlers import ONE, http_event
from tests.benchmarks.measure import Row, interleaved
from tests.benchmarks.starts import Packages
from tests.certificate import made_up_certificate
from tests.deploy import roots
from tests.deploy.package import ROOT
from tests.deploy.target import Target
from tests.journeys.sts_world import StsWorld

ROUNDS = 9

_BARE = "import json, hmac, hashlib"

_PLAIN_SDK = """
import os
from alibabacloud_sts20150401.client import Client
from alibabacloud_sts20150401.models import AssumeRoleRequest
from alibabacloud_tea_openapi.utils_models import Config
client = Client(Config(
    access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
    access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    security_token=os.environ["ALIBABA_CLOUD_SECURITY_TOKEN"],
    endpoint=os.environ["STS_ENDPOINT"].partition("//")[2],
    protocol="https",
))
answer = client.assume_role(AssumeRoleRequest(
    role_arn=os.environ["STS_ROLE_ARN"],
    role_session_name="alice",
    duration_seconds=3600,
    policy='{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],'
    '"Resource":["acs:oss:*:*:examplebucket/users/alice/*"]}]}',
))
assert answer.body.credentials.security_token
"""


def rows(packed: Packages, *, target: Target) -> Iterator[Row]:
    """Yield the rows on the function ``sts``."""
    unpacked = packed.unpacked("sts", into="sts")
    signer = packed.unpacked("presign", into="signer", also=["sts-sdk"])
    plain = _installed(packed.folder / "plain", python=packed.python, target=target)
    trusting = [unpacked.opt / "python", signer.opt / "python", plain]
    with _served_over_tls(packed.folder, trusted_in=trusting) as environ:
        event, url = http_event({}), http_event(ONE)
        signing = {**environ, "SIGNING_ROLE_ARN": environ["STS_ROLE_ARN"], "SIGNING_SESSION": "caller"}
        taken = interleaved(
            {
                "bare": lambda: packed.run(
                    _BARE, path=signer.import_path, environ=signing, folder=signer.code
                ),
                "sdk": lambda: packed.run(_PLAIN_SDK, path=str(plain), environ=environ, folder=packed.folder),
                "sts": lambda: packed.answer(unpacked, event, environ=environ),
                "signed": lambda: packed.answer(signer, url, environ=signing),
            },
            rounds=ROUNDS,
        )
        loaded = packed.loaded(unpacked, event, environ=environ)
    ratio, size = taken["sts"] / taken["sdk"], packed.zipped_mib("sts")
    fresh = taken["signed"] / taken["bare"]
    yield Row("C5", "cold start of presign with a fresh signing session", fresh, 6.0, "x bare start")
    yield Row("C3", "cold start of the packaged STS function", ratio, 0.45, "x plain SDK")
    yield Row("M1", "peak memory of the STS function", loaded.peak_mib, 32, "MiB")
    yield Row("S1", "zipped: sts and its two layers", size, 12, "MiB", then=9)


def _installed(folder: Path, *, python: Path, target: Target) -> Path:
    """Return a folder like site-packages: the pinned SDK, whole, compiled as pip does it."""
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-config", "--link-mode", "copy"]
    install += ["--python", sys.executable, "--target", str(folder), "--no-deps", "--require-hashes"]
    install += ["--python-version", target.python, "--python-platform", target.libraries]
    install += ["--no-build-isolation", "--only-binary", ":all:", "--no-binary", "alibabacloud-tea"]
    subprocess.run([*install, "-r", str(ROOT / "requirements" / "sts.txt")], check=True)
    subprocess.run([str(python), "-I", "-m", "compileall", "-q", str(folder)], check=True)
    return folder


@contextmanager
def _served_over_tls(folder: Path, *, trusted_in: list[Path]) -> Iterator[Mapping[str, str]]:
    """Serve a fresh cloud; yields the function's environment. Each of ``trusted_in`` holds a certifi."""
    certificate = made_up_certificate(folder / "emulator.pem")
    for packages in trusted_in:
        roots.trust(certificate, certifi=packages / "certifi")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "emulator.pem")
    world = StsWorld()
    with closing(world.cloud), serve(Emulator(world.cloud), ssl_context=context) as host:
        world.serve_at(host)
        yield {**world.environ, "STS_ENDPOINT": f"https://{host}"}
