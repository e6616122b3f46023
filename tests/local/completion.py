"""What needs to know its own address on a laptop: OSS's callback reaches ``on_upload``, which tells a receiver on this
machine; tickets lead to ``ticket``, and what becomes of them is kept in a bucket of their own."""

from __future__ import annotations

import base64
import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack

from werkzeug.wrappers import Request

from oss_emulator.server import serve
from oss_emulator.wire.callback_key import public_key_pem
from tests.local.receiver import Receiver

TICKETS = "tickets"
"""The bucket that keeps what becomes of tickets."""


def variables(
    stack: ExitStack, *, emulator_host: str, port: int, log: Callable[[str], None]
) -> tuple[Receiver, dict[str, str]]:
    """Return a running receiver, and the variables with which uploads are completed behind this port."""
    receiver = Receiver(log)
    host = stack.enter_context(serve(Request.application(receiver)))
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return receiver, {
        "ON_UPLOAD_URL": f"http://127.0.0.1:{port}/on_upload",
        "SEAL_KEYS": f"local:{key}",
        "OSS_CALLBACK_KEYS": public_key_pem(),
        "OSS_INTERNAL_ENDPOINT": f"http://{emulator_host}",
        "UPLOAD_WEBHOOK_URL": f"http://{host}/uploads",
        "UPLOAD_WEBHOOK_SECRET": receiver.secret,
        "TICKET_URL": f"http://127.0.0.1:{port}/ticket",
        "TICKET_CLAIMS": f"oss://{TICKETS}/fate/",
    }


def free_port() -> int:
    """Return a port that is free now: a callback names it before anybody listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
