"""The emulator from a shell: ``python -m oss_emulator --port 9000 --bucket examplebucket [--folder DIR]``.

Prints the endpoint, the AccessKey of a user who may do everything, and lines for clients to start with. Ends on
SIGTERM or Ctrl-C. What ``--folder`` holds is there again after a restart, the AccessKey too.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from .app import Emulator
from .cloud import Cloud
from .control import EVERYTHING, Control
from .first_lines import first_lines
from .ram.identities import Principal
from .server import serve
from .strictness import lines

DEVELOPER = "developer"


def main() -> None:
    """Serve one cloud on a loopback port until a signal ends it."""
    asked = _arguments().parse_args()
    if asked.strictness:
        sys.stdout.write("\n".join([*lines(), ""]))
        return
    try:
        cloud = cloud_of(asked)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"oss_emulator: {error}")
    user, ended = developer_of(cloud), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ended.set())
    with ExitStack() as running:
        running.callback(cloud.close)
        try:
            address = running.enter_context(serve(Emulator(cloud), port=asked.port))
            control = running.enter_context(serve(Control(cloud), port=asked.control_port))
        except OSError as error:
            sys.exit(f"oss_emulator: port {asked.port} or {asked.control_port}: {error.strerror}")
        bucket = next(iter(asked.bucket), "examplebucket")
        said = first_lines(address=address, control=control, region=asked.region, bucket=bucket, user=user)
        sys.stdout.write(said)
        sys.stdout.flush()
        ended.wait()


def cloud_of(asked: argparse.Namespace) -> Cloud:
    """Return the cloud that the arguments describe; raises what is wrong with a role's file."""
    cloud = Cloud(region=asked.region, folder=asked.folder, treat_loopback_as_secure=True)
    for name in asked.bucket:
        cloud.create_bucket(name)
    for path in asked.role:
        cloud.identities.add_role(**json.loads(path.read_text(encoding="utf-8")))
    return cloud


def developer_of(cloud: Cloud) -> Principal:
    """Return a user who may do everything: of a folder, always with the same AccessKey."""
    kept = cloud.store.document("users", DEVELOPER)
    key = (kept["id"], kept["secret"]) if kept else None
    user = cloud.identities.add_user(DEVELOPER, policies=[EVERYTHING], access_key=key)
    cloud.store.put_document("users", DEVELOPER, {"id": user.access_key_id, "secret": user.access_key_secret})
    return user


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m oss_emulator", description="OSS and STS on a loopback port"
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument(
        "--control-port", type=int, default=0, help="of the control endpoint; 0 takes a free one"
    )
    parser.add_argument("--region", default="cn-hangzhou")
    parser.add_argument("--bucket", action="append", default=[], help="may be repeated")
    parser.add_argument("--folder", type=Path, help="keeps objects, uploads and the AccessKey")
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        type=Path,
        help='JSON file: {"name", "trust", "policies", "max_session_duration_seconds"}; may be repeated',
    )
    parser.add_argument("--strictness", action="store_true", help="print how sure each refusal is, and end")
    return parser


if __name__ == "__main__":
    main()
