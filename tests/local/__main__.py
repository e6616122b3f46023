"""Command line: ``python -m tests.local demo`` and ``python -m tests.local serve``."""

from __future__ import annotations

import os

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

import argparse
import errno
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from shared.errors import Misconfigured
from tests.deploy.dotenv import BadEnvFile
from tests.deploy.target import UnknownTarget
from tests.deploy.variables import ENV_FILE, deployers
from tests.local import chosen, demo
from tests.local.stack import ACCOUNT, Stack, running
from tests.local.template import TemplateError

MAX_PORT = 65_535
INTERRUPTED = 130
"""What shells report of a command that Ctrl-C ended."""
EXAMPLE = """
examples:
  python -m tests.local demo                   every journey once, on real files
  python -m tests.local serve                  stay up, on http://127.0.0.1:9000/
  python -m tests.local serve --host-port 9100 the same on another port
  python -m tests.local demo --packaged        what `make package` made, in place of the source

What stands on the port of the functions: the page at /, the functions at /presign and /sts, their OpenAPI
document at /openapi.json, direct and asynchronous invocations at /2023-03-30/functions/NAME/invocations.
Everything listens on this machine only, keeps its files in a temporary folder, and ends with the command.
`serve` prints a caller's token, ready to paste. Tests need curl, Node.js with npm, and chromium; without one
they say what they leave out. Exit status: 0 all is well, 1 something is not, 2 the command line is wrong, 130 interrupted.
"""


def main() -> int:
    """Run what the arguments ask for and return the exit code."""
    options = _parser().parse_args()
    # A terminal or pipe that cannot show a character is no reason to stop.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a TextIOWrapper at start
    if options.command == "demo":
        environ = _chosen(options.env_file, but=chosen.KEPT_BY_THE_DEMO)
        return demo.main(packaged=options.packaged, environ=environ)
    return serve(
        options.host_port, packaged=options.packaged, environ=_chosen(options.env_file, but=chosen.KEPT)
    )


def _chosen(file: Path, *, but: Iterable[str]) -> dict[str, str]:
    """Return the deployer's variables that the stack takes, and say which."""
    mine = deployers(os.environ, file=file)
    environ = chosen.taken(mine, but=but, account_id=ACCOUNT)
    _show(chosen.said(mine, environ, but=but))
    return environ


def serve(port: int, *, packaged: bool, environ: Mapping[str, str]) -> int:
    """Stay up until interrupted or terminated."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with running(port=port, packaged=packaged, environ=environ, log=_show, completes=True) as stack:
            _show(_directions(stack))
            threading.Event().wait()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(f"port {port} is taken; name a different port: PORT=9100 make serve, or --host-port 9100")
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.local",
        description="OSS Access Grants on a laptop: an emulated cloud that verifies, and the functions.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    walking = commands.add_parser("demo", help="walk every journey once; exit with 0 if all is well")
    serving = commands.add_parser("serve", help="keep everything running until Ctrl-C")
    serving.add_argument(
        "--host-port",
        type=_port,
        default=os.environ.get("PORT") or "9000",
        help="port of the functions (default: PORT, else 9000)",
    )
    for command in (walking, serving):
        command.add_argument("--packaged", action="store_true", help="run what `make package` made")
        command.add_argument(
            "--env-file", type=Path, default=ENV_FILE, help="default: .env beside template.yml"
        )
    return parser


def _port(text: str) -> int:
    # The operating system would take 99999 for 34463.
    if not (text.isascii() and text.isdecimal()) or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 (any free one) to {MAX_PORT}")
    return int(text)


def _directions(stack: Stack) -> str:
    """Return what to call, and with what; the key and the token are of this run and work nowhere else."""
    functions = f"http://{stack.gateway_host}"
    return f"""page        {functions}/
contract    {functions}/openapi.json
functions   {functions}/presign  {functions}/sts
emulator    http://{stack.emulator_host}/{stack.bucket}/
direct      {functions}/2023-03-30/functions/presign/invocations
a caller    export GRANTS_URL={functions} GRANTS_JWT={stack.token("alice")}
a key       export INVOKE_KEY={stack.invoke_key}

  curl -H "Authorization: Bearer $GRANTS_JWT" -H 'Content-Type: application/json' \\
       -d '{{"operation": "PutObject", "key": "{stack.folder}cat.txt", "content_type": "text/plain"}}' \\
       {functions}/presign
  curl -H "x-local-invoke-key: $INVOKE_KEY" --data @events/oss-object-created.json \\
       {functions}/2023-03-30/functions/presign_on_event/invocations

Ctrl-C ends it.
"""


def _show(text: str) -> None:
    print(text, end="", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BadEnvFile, Misconfigured, TemplateError, UnknownTarget) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass
    sys.exit(INTERRUPTED)
