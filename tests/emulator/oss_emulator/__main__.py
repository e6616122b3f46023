"""The emulator from a shell: ``python -m oss_emulator --port 9000 --bucket examplebucket [--folder DIR]``.

Prints the endpoint and the AccessKey of a user who may do everything; the key is new at each start. Ends on SIGTERM
or Ctrl-C. What ``--folder`` holds is there again after a restart.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from .app import Emulator
from .cloud import Cloud
from .server import serve

EVERYTHING = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def main() -> None:
    """Serve one cloud on a loopback port until a signal ends it."""
    asked = _arguments().parse_args()
    cloud = Cloud(region=asked.region, folder=asked.folder, treat_loopback_as_secure=True)
    for name in asked.bucket:
        cloud.create_bucket(name)
    user = cloud.identities.add_user("developer", policies=[EVERYTHING])
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ended.set())
    with serve(Emulator(cloud), port=asked.port) as address:
        said = {
            "OSS_ENDPOINT": f"http://{address}",
            "OSS_REGION": asked.region,
            "OSS_ACCESS_KEY_ID": user.access_key_id,
            "OSS_ACCESS_KEY_SECRET": user.access_key_secret,
        }
        sys.stdout.write("".join(f"{name}={value}\n" for name, value in said.items()))
        sys.stdout.flush()
        ended.wait()
    cloud.close()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m oss_emulator", description="OSS and STS on a loopback port"
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--region", default="cn-hangzhou")
    parser.add_argument("--bucket", action="append", default=[], help="may be repeated")
    parser.add_argument("--folder", type=Path, help="keeps objects and uploads")
    return parser


if __name__ == "__main__":
    main()
