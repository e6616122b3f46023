"""Tickets on one clock: minted by ``presign`` as alice, redeemed by whoever bears them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from functions.presign.index import respond as presign
from functions.ticket.index import respond as redeem
from tests.journeys.presign_world import PresignWorld
from tests.world import context, http_event

URL = "https://grants.example.com/t"
SEAL_KEYS = "k2:" + "c" * 42 + "A,k1:" + "b" * 42 + "A"
TICKETS = {"TICKET_URL": URL, "SEAL_KEYS": SEAL_KEYS}
KEY = "users/alice/a.bin"
LINK = {"allow": ["GetObject"], "key": KEY}
UPLOADS = {"allow": ["PutObject", "PostObject"], "prefix": "users/alice/in/"}


class Tickets:
    """Both functions of one deployment: ``environ`` is what they are told."""

    def __init__(self, environ: Mapping[str, str], now: Callable[[], datetime]) -> None:
        self.environ, self.now = {**environ, **TICKETS}, now

    def ask(self, body: Any, *, sub: str = "alice", **variables: str) -> tuple[int, Any]:
        """Return status and document of ``POST /presign``."""
        answer = presign(
            json.dumps(http_event(body, sub=sub)).encode(),
            context(),
            environ={**self.environ, **variables},
            now=self.now(),
        )
        return answer["statusCode"], json.loads(answer["body"])

    def mint(self, *, sub: str = "alice", **fields: Any) -> dict[str, Any]:
        """Return the answer of minting, which has to succeed."""
        status, document = self.ask({"operation": "Ticket", **fields}, sub=sub)
        assert 200 == status, document
        return dict(document)

    def open(
        self,
        url: str,
        path: str = "",
        *,
        method: str = "GET",
        body: Any = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        late: timedelta = timedelta(0),
        **variables: str,
    ) -> dict[str, Any]:
        """Return the platform's answer to a request at a ticket's URL with ``path`` behind it."""
        event = http_event(
            body,
            method=method,
            sub=None,
            path=urlsplit(url).path + path,
            query=query,
            headers={"Content-Type": "application/json"} if headers is None else headers,
        )
        return redeem(
            json.dumps(event).encode(),
            context("ticket"),
            environ={**self.environ, **variables},
            now=self.now() + late,
        )

    def use(self, url: str, body: Any, **options: Any) -> tuple[int, Any]:
        """Return status and document of ``POST <ticket>/presign``."""
        answer = self.open(url, "/presign", method="POST", body=body, **options)
        return answer["statusCode"], json.loads(answer["body"])


class TicketWorld(PresignWorld):
    """A bucket in front of which both functions sign as one role."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, **options)
        self.tickets = Tickets(self.environ, self.cloud.clock.now)

    def get(self, url: str) -> bytes:
        """Return what a URL reads of the bucket."""
        answer = self.send({"method": "GET", "url": url, "headers": {}})
        assert 200 == answer.status_code, answer.get_data()
        return answer.get_data()
