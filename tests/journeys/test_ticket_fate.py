"""Links that work so many times, and tickets that are called back: counted and kept in a store, or not redeemed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from tests.journeys.store_world import RACERS, ROUNDS, StoreWorld, store_world
from tests.journeys.ticket_world import KEY, LINK, UPLOADS

ONCE = {**LINK, "uses": 1}
ACCEPTS_PAGES = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StoreWorld]:
    with store_world(tmp_path) as world:
        yield world


def status(answer: dict[str, Any]) -> int:
    return int(answer["statusCode"])


def test_a_link_for_one_use_works_once(world: StoreWorld) -> None:
    world.put(b"secret")
    minted = world.tickets.mint(**ONCE)
    first = world.tickets.open(minted["url"], method="POST")
    second = world.tickets.open(minted["url"], method="POST")

    assert 1 == minted["uses"]
    assert b"secret" == world.get(first["headers"]["Location"])
    assert (303, 410, "Gone") == (status(first), status(second), json.loads(second["body"])["Code"])


@pytest.mark.parametrize("uses", [2, 3, 4, 7, 20])
def test_a_link_works_as_often_as_it_says(world: StoreWorld, uses: int) -> None:
    url = world.tickets.mint(**LINK, uses=uses, direct=True)["url"]
    opened = [status(world.tickets.open(url)) for _ in range(uses + 2)]

    assert [302] * uses + [410] * 2 == opened


def test_previews_do_not_use_up_a_link(world: StoreWorld) -> None:
    url = world.tickets.mint(**ONCE)["url"]
    seen = [world.tickets.open(url, method=method) for method in ("GET", "HEAD", "GET", "HEAD")]

    assert [200] * 4 == [status(each) for each in seen]
    assert [False] * 4 == ["Location" in each["headers"] for each in seen]
    assert [("text/html; charset=utf-8", True), ("application/json; charset=utf-8", False)] * 2 == [
        (each["headers"]["Content-Type"], 'method="post"' in each["body"]) for each in seen
    ]
    assert 303 == status(world.tickets.open(url, method="POST"))


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        ("", "This link works once"),
        ("de, en;q=0.5", "This link works once"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "此链接只能使用一次"),
        ("en;q=0.3, zh-TW;q=0.7", "此链接只能使用一次"),
        ("zh;q=0.3, en;q=0.7", "This link works once"),
        ("zh;q=nonsense", "This link works once"),
    ],
)
def test_the_page_speaks_the_browsers_language(world: StoreWorld, accepted: str, said: str) -> None:
    page = world.tickets.open(world.tickets.mint(**ONCE)["url"], headers={"Accept-Language": accepted})

    assert said in page["body"]
    assert "<script" not in page["body"]
    assert ("noindex", "no-referrer") == (page["headers"]["X-Robots-Tag"], page["headers"]["Referrer-Policy"])


def test_a_name_is_shown_as_text(world: StoreWorld) -> None:
    url = world.tickets.mint(**ONCE, download_as="<b>{uses}</b>.pdf")["url"]

    assert "<h1>&lt;b&gt;{uses}&lt;/b&gt;.pdf</h1>" in world.tickets.open(url)["body"]


def test_a_person_is_told_in_words_that_a_link_is_used_up(world: StoreWorld) -> None:
    url = world.tickets.mint(**ONCE)["url"]
    world.tickets.open(url, method="POST")
    gone = world.tickets.open(url, method="POST", headers=ACCEPTS_PAGES)
    unknown = world.tickets.open(f"{url}x", headers=ACCEPTS_PAGES | {"Accept-Language": "zh"})

    assert (410, True) == (status(gone), "This link is used up" in gone["body"])
    assert (401, True) == (status(unknown), "此链接无效" in unknown["body"])


def test_a_refusal_uses_nothing_up(world: StoreWorld) -> None:
    url = world.tickets.mint(**ONCE)["url"]
    refused = [
        world.tickets.open(url, method="POST", GRANT_READ_PREFIXES=""),
        world.tickets.open(url, method="POST", SIGNING_SESSION="caller"),
        world.tickets.open(url, "/presign", method="POST", body={"operation": "PutObject"}),
        world.tickets.open(url, "/presign", method="POST", body={"items": [{"operation": "GetObject"}] * 2}),
    ]
    dry = world.tickets.use(url, {"operation": "GetObject", "dry_run": True})

    assert [403, 500, 403, 400] == [status(each) for each in refused]
    assert 200 == dry[0]
    assert 303 == status(world.tickets.open(url, method="POST"))


def test_every_way_to_an_url_counts(world: StoreWorld) -> None:
    url = world.tickets.mint(**LINK, uses=2)["url"]

    assert [200, 303, 410] == [
        world.tickets.use(url, {"operation": "GetObject"})[0],
        status(world.tickets.open(url, method="POST")),
        world.tickets.use(url, {"operation": "GetObject"})[0],
    ]


def test_one_of_many_who_race_for_the_last_use_wins(world: StoreWorld) -> None:
    for _ in range(ROUNDS):
        assert [303] + [410] * (RACERS - 1) == world.race(world.tickets.mint(**ONCE)["url"])


def test_as_many_as_there_are_uses_win_a_race(world: StoreWorld) -> None:
    url = world.tickets.mint(**LINK, uses=5)["url"]

    assert [303] * 5 + [410] * 11 == world.race(url, racers=16)


@pytest.mark.parametrize("way", ["holder", "caller"])
def test_a_ticket_that_was_called_back_opens_nothing_again(world: StoreWorld, way: str) -> None:
    tickets = world.tickets
    minted = tickets.mint(**UPLOADS, revocable=True)
    put = {"operation": "PutObject", "filename": "a"}
    before = tickets.use(minted["url"], put)[0]
    if way == "holder":
        called = json.loads(tickets.open(minted["url"], method="DELETE")["body"])
    else:
        called = tickets.ask({"operation": "RevokeTicket", "ticket": minted["url"]})[1]
    after = [tickets.use(minted["url"], put)[0]] + [
        status(tickets.open(minted["url"], method=method)) for method in ("GET", "HEAD", "POST", "DELETE")
    ]

    assert {"operation": "RevokeTicket", "id": minted["id"]} == called
    assert (200, [410] * 5) == (before, after)


def test_it_is_called_back_by_the_ticket_itself_too_and_twice_is_once(world: StoreWorld) -> None:
    url = world.tickets.mint(**LINK, revocable=True)["url"]
    asked = {"operation": "RevokeTicket", "ticket": url.rpartition("/")[2]}

    assert [200, 200] == [world.tickets.ask(asked)[0] for _ in range(2)]
    assert [403, 400] == [
        world.tickets.ask(asked, sub="bob")[0],
        world.tickets.ask({**asked, "ticket": "x"})[0],
    ]


def test_a_batch_mints_and_calls_back(world: StoreWorld) -> None:
    one = world.tickets.mint(**LINK, revocable=True)
    items = [{"operation": "RevokeTicket", "ticket": one["url"]}, {"operation": "Ticket", **ONCE}]
    _, document = world.tickets.ask({"items": items})

    assert [one["id"], 1] == [document["items"][0]["id"], document["items"][1]["uses"]]
    assert 410 == status(world.tickets.open(one["url"]))


def test_a_ticket_whose_profile_is_gone_can_still_be_called_back(world: StoreWorld) -> None:
    profiles = {
        "GRANT_PROFILES": json.dumps({"p": {"read_prefixes": ["users/{sub}/"]}}),
        "GRANT_READ_PREFIXES": "",
    }
    _, minted = world.tickets.ask(
        {"operation": "Ticket", **LINK, "profile": "p", "revocable": True}, **profiles
    )

    assert 200 == status(world.tickets.open(minted["url"], method="DELETE"))
    assert 410 == status(world.tickets.open(minted["url"], **profiles))


def unavailable(_: Any, start_response: Any) -> Any:
    return Response("busy", 503)({"REQUEST_METHOD": "GET"}, start_response)


def test_without_an_answer_of_the_store_nothing_is_redeemed(
    world: StoreWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    once, back = world.tickets.mint(**ONCE)["url"], world.tickets.mint(**LINK, revocable=True)["url"]
    free = world.tickets.mint(**LINK)["url"]
    world.served = unavailable
    answers = [world.tickets.open(url, method="POST") for url in (once, back)]
    capsys.readouterr()

    assert [(503, "1", "ServiceUnavailable")] * 2 == [
        (status(each), each["headers"]["Retry-After"], json.loads(each["body"])["Code"]) for each in answers
    ]
    assert [503, 503, 302] == [
        status(world.tickets.open(back)),
        status(world.tickets.open(back, method="DELETE")),
        status(world.tickets.open(free)),
    ]
    assert "HEAD: 503" in capsys.readouterr().out


def test_a_store_that_is_configured_no_longer_is_down(world: StoreWorld) -> None:
    urls = [world.tickets.mint(**ONCE)["url"], world.tickets.mint(**UPLOADS, revocable=True)["url"]]

    assert [503] * 4 == [
        status(world.tickets.open(url, method=method, TICKET_CLAIMS=""))
        for url in urls
        for method in ("POST", "HEAD")
    ]


@pytest.mark.parametrize("versioning", ["Enabled", "Suspended"])
def test_a_bucket_that_keeps_or_kept_versions_counts_nothing(tmp_path: Path, versioning: str) -> None:
    with store_world(tmp_path, versioned=True) as world:
        world.store.set(versioning=versioning)
        url = world.tickets.mint(**ONCE)["url"]

        assert 503 == status(world.tickets.open(url, method="POST"))


def test_more_uses_than_the_store_counts_are_refused(world: StoreWorld) -> None:
    refused, document = world.tickets.ask({"operation": "Ticket", **LINK, "uses": 21})

    assert (400, True) == (refused, document["Message"].startswith("uses: at most 20"))


def test_what_is_kept_names_neither_caller_nor_object(world: StoreWorld) -> None:
    minted = world.tickets.mint(**ONCE)
    world.tickets.open(minted["url"], method="POST")

    assert [f"fate/{minted['id']}/1"] == [each.key for each in world.store.listed()]
    assert KEY not in str(list(world.store.listed()))


def test_a_used_link_stays_used_until_its_end(world: StoreWorld) -> None:
    url = world.tickets.mint(**ONCE, expires_in=2_592_000)["url"]
    world.tickets.open(url, method="POST")

    # The store is asked with the function's credentials, which have to be good then.
    assert 410 == status(world.tickets.open(url, method="POST", late=timedelta(minutes=10)))
