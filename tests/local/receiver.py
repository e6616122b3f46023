"""A back end's receiver of upload messages: it verifies them as any Standard Webhooks library does, and says so."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug.wrappers import Request, Response


class Receiver:
    """Takes messages that verify, once each; keeps them, and prints a line of each."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.messages: list[dict[str, Any]] = []
        self._seen: set[str] = set()
        self._log = log

    def __call__(self, request: Request) -> Response:
        """Answer 204 to a message that verifies, to a replay too, and 401 to anything else."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            message = Webhook(self.secret).verify(request.get_data(), headers)
        except WebhookVerificationError:
            self._log("back end   a message that does not verify\n")
            return Response(status=401)
        if headers["webhook-id"] not in self._seen:
            self._seen.add(headers["webhook-id"])
            self.messages.append(message)
            self._log(
                f"back end   {message['type']} {message['key']} "
                f"{message.get('size')} bytes, by {message['claims'].get('sub')}\n"
            )
        return Response(status=204)
