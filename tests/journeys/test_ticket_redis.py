"""Links that are counted, and tickets that are called back, in a real Redis: plain and over TLS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from shared.errors import Misconfigured
from shared.settings.functions import presign_settings
from tests.journeys.redis_server import PASSWORD, Server, redis_server
from tests.journeys.store_world import RACERS, ROUNDS, StoreWorld, store_world
from tests.journeys.test_ticket_fate import ONCE, status
from tests.journeys.ticket_world import LINK, TICKETS, UPLOADS
from tests.world import environ


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "tls"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with redis_server(tmp_path_factory.mktemp("redis"), tls=request.param) as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, server: Server) -> Iterator[StoreWorld]:
    with store_world(tmp_path, place=server.url) as world:
        yield world


@pytest.mark.parametrize("uses", [1, 2, 30])
def test_a_link_works_as_often_as_it_says(world: StoreWorld, uses: int) -> None:
    url = world.tickets.mint(**LINK, uses=uses, direct=True)["url"]

    assert [302] * uses + [410] * 2 == [status(world.tickets.open(url)) for _ in range(uses + 2)]


def test_one_of_many_who_race_for_the_last_use_wins(world: StoreWorld) -> None:
    for _ in range(ROUNDS):
        assert [303] + [410] * (RACERS - 1) == world.race(world.tickets.mint(**ONCE)["url"])


def test_previews_and_refusals_do_not_count(world: StoreWorld) -> None:
    url = world.tickets.mint(**ONCE)["url"]
    before = [status(world.tickets.open(url, method=method)) for method in ("GET", "HEAD", "GET")]
    refused = status(world.tickets.open(url, method="POST", GRANT_READ_PREFIXES=""))

    assert ([200] * 3, 403) == (before, refused)
    assert 303 == status(world.tickets.open(url, method="POST"))


def test_a_ticket_that_was_called_back_opens_nothing_again(world: StoreWorld) -> None:
    url = world.tickets.mint(**UPLOADS, revocable=True)["url"]
    put = {"operation": "PutObject", "filename": "a"}
    before = world.tickets.use(url, put)[0]
    called = [status(world.tickets.open(url, method="DELETE"))]

    assert (200, [200]) == (before, called)
    assert [410, 410] == [world.tickets.use(url, put)[0], status(world.tickets.open(url, method="DELETE"))]


def test_what_is_kept_ends_soon_after_the_ticket_and_names_nobody(world: StoreWorld, server: Server) -> None:
    minted = world.tickets.mint(**LINK, uses=2, revocable=True, direct=True, expires_in=600)
    world.tickets.open(minted["url"])
    world.tickets.open(minted["url"], method="DELETE")
    client = server.client()
    kept = sorted(client.scan_iter(f"*{minted['id']}*"))
    left = [client.ttl(name) for name in kept]

    assert [f"oss-access-grants:{minted['id']}:{kind}".encode() for kind in ("revoked", "uses")] == kept
    assert all(600 + 3600 - 30 < each <= 600 + 3600 for each in left)
    assert [b"1", b"1"] == [client.get(name) for name in kept]


def test_with_a_wrong_password_nothing_is_redeemed(world: StoreWorld, server: Server) -> None:
    url = world.tickets.mint(**ONCE)["url"]
    wrong = server.url.replace(PASSWORD, "another")
    answer = world.tickets.open(url, method="POST", TICKET_CLAIMS=wrong)

    assert 503 == status(answer)
    assert "another" not in json.dumps(answer)
    assert 303 == status(world.tickets.open(url, method="POST"))


def test_a_server_that_is_down_redeems_nothing_and_goes_on_when_it_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis_server(tmp_path / "redis") as server, store_world(tmp_path, place=server.url) as world:
        used, fresh = (world.tickets.mint(**ONCE)["url"] for _ in range(2))
        world.tickets.open(used, method="POST")
        free = world.tickets.mint(**LINK)["url"]
        server.stop()
        down = [status(world.tickets.open(fresh, method="POST")) for _ in range(3)]
        untouched = status(world.tickets.open(free))
        server.start()
        back = status(world.tickets.open(fresh, method="POST"))
        said = capsys.readouterr().out

    assert ([503] * 3, 302, 303) == (down, untouched, back)
    assert "Redis: " in said
    assert PASSWORD not in said


def test_a_server_that_nobody_vouches_for_is_down(tmp_path: Path) -> None:
    tls = redis_server(tmp_path / "redis", tls=True)
    with tls as server, store_world(tmp_path, place=server.untrusting) as world:
        url = world.tickets.mint(**ONCE)["url"]

        assert 503 == status(world.tickets.open(url, method="POST"))


def test_an_address_that_does_not_answer_is_waited_for_two_seconds(tmp_path: Path) -> None:
    with store_world(tmp_path, place="redis://127.0.0.1:9/0") as world:
        url = world.tickets.mint(**ONCE)["url"]
        began = monotonic()

        assert 503 == status(world.tickets.open(url, method="POST"))
        assert timedelta(seconds=monotonic() - began) < timedelta(seconds=4.5)


@pytest.mark.parametrize(
    "place",
    [
        *("redis:", "redis://", "redis://host/a", "redis://host:port/0", "redis://host/0?socket_timeout=1"),
        *(
            "redis://host/0#x",
            "unix:///run/redis",
            "redis://a b@host/0",
            "redis://host/0/1",
            "REDIS://host/0",
        ),
        "rediss://host/0?ssl_cert_reqs=none",
    ],
)
def test_what_names_no_redis_is_refused_and_not_repeated(place: str) -> None:
    with pytest.raises(Misconfigured, match=r"^TICKET_CLAIMS: ") as refused:
        presign_settings(environ(**TICKETS, TICKET_CLAIMS=place))

    assert place not in str(refused.value)


def test_no_password_is_printed_with_the_settings() -> None:
    settings = presign_settings(environ(**TICKETS, TICKET_CLAIMS=f"rediss://u:{PASSWORD}@host:6380/1"))

    assert PASSWORD not in repr(settings)
