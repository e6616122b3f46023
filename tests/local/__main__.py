"""Command line: ``python -m tests.local demo`` and ``python -m tests.local serve``."""

from __future__ import annotations

import os

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

import argparse
import sys
import threading

from tests.local import demo
from tests.local.stack import BUCKET, running

EXAMPLE = """
examples:
  python -m tests.local demo                 every journey once, on real files
  python -m tests.local serve                stay up, with a page on http://127.0.0.1:9000/
  python -m tests.local serve --port 9100    the same on another port
"""


def main() -> int:
    """Run what the arguments ask for and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.local",
        description="OSS Access Grants on a laptop: an emulated cloud that verifies, and the functions.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    walking = commands.add_parser("demo", help="walk every journey once; exit with 0 if all is well")
    serving = commands.add_parser("serve", help="keep everything running until Ctrl-C")
    serving.add_argument("--port", type=int, default=9000, help="port of the functions (default 9000)")
    for command in (walking, serving):
        command.add_argument("--packaged", action="store_true", help="run what `make package` made")
    options = parser.parse_args()
    if options.command == "demo":
        return demo.main(packaged=options.packaged)
    return serve(options.port, packaged=options.packaged)


def serve(port: int, *, packaged: bool) -> int:
    """Stay up until interrupted."""
    try:
        with running(port=port, packaged=packaged, log=_show) as stack:
            print(f"functions   http://{stack.gateway_host}/presign  /sts")
            print(f"emulator    http://{stack.emulator_host}/{BUCKET}/")
            print(f"a token     export JWT={stack.token('alice')}")
            print(f"direct      -H 'x-local-invoke-key: {stack.invoke_key}'", flush=True)
            threading.Event().wait()
    except OSError as error:
        print(f"port {port}: {error.strerror}; choose another with --port", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0


def _show(log: str) -> None:
    print(log, end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
