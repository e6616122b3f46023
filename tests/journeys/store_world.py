"""Tickets whose fate a store keeps: in the emulated OSS on a socket, or in a real Redis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

from oss_emulator.server import serve
from tests.journeys.presign_world import statement
from tests.journeys.ticket_world import TicketWorld
from tests.world import credentials_of

STORE = "tickets"
PLACE = f"oss://{STORE}/fate/"
RACERS = 64
ROUNDS = int(os.environ.get("RACE_ROUNDS", "2"))
"""100 in a full run; what a race shows is shown by most single rounds already."""


class StoreWorld(TicketWorld):
    """The same deployment with a bucket of its own for what has become of tickets."""

    def __init__(self, folder: Path, *, place: str = PLACE, versioned: bool = False) -> None:
        super().__init__(folder)
        self.store = self.cloud.create_bucket(STORE, versioned=versioned)
        self.served = self.emulator
        trust = statement("sts:AssumeRole", Principal={"Service": ["fc.aliyuncs.com"]})
        self.cloud.identities.add_role(
            "keeper",
            trust=trust,
            policies=[
                statement(["oss:GetObject"], Resource="acs:oss:*:*:examplebucket/*"),
                statement(["oss:PutObject", "oss:GetObject"], Resource=f"acs:oss:*:*:{STORE}/fate/*"),
            ],
        )
        self.tickets.environ |= {
            **credentials_of(self.cloud.identities.role_session("keeper")),
            "ALLOW_INSECURE_ENDPOINTS": "true",
            "TICKET_CLAIMS": place,
        }

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.served(environ, start_response)

    def race(self, url: str, *, racers: int = RACERS) -> list[int]:
        """Return the statuses of so many who open a link at the same time."""
        together = Barrier(racers)

        def open_it(_: int) -> int:
            together.wait()
            return int(self.tickets.open(url, method="POST")["statusCode"])

        with ThreadPoolExecutor(racers) as pool:
            return sorted(pool.map(open_it, range(racers)))


@contextmanager
def store_world(folder: Path, **options: Any) -> Iterator[StoreWorld]:
    """Run the emulator on a loopback port while the context lasts."""
    world = StoreWorld(folder, **options)
    with serve(world) as host:
        world.tickets.environ["OSS_INTERNAL_ENDPOINT"] = f"http://{host}"
        yield world
