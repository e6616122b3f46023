"""Attacks by whoever holds a ticket, a piece of one, or a link in a mail: none gets a URL that the ticket does not give."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from shared.grants.tickets import opened
from shared.seals.keys import base64url, from_base64url, seal_keys
from shared.seals.sealing import seal
from tests.journeys.store_world import StoreWorld, store_world
from tests.journeys.ticket_world import KEY, LINK, SEAL_KEYS, TICKETS, UPLOADS, URL
from tests.world import NOON

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
GET = {"operation": "GetObject"}
FILE = {"filename": "a", "type": "image/png"}
KEYS = (KEY, "users/alice/in/a")
PARTS = {
    "allow": ["InitiateMultipartUpload", "UploadPart", "AbortMultipartUpload"],
    "prefix": "users/alice/in/",
}
Answers = list[dict[str, Any]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StoreWorld]:
    with store_world(tmp_path) as world:
        yield world


def text_of(url: str) -> str:
    return url.removeprefix(f"{URL}/")


def passed(answers: Answers) -> Answers:
    """Return the answers that let somebody through: a redirect, or anything signed or issued."""
    signs = ("x-oss-signature=", "AccessKeySecret", '"url"', "Location")
    return [each for each in answers if each["statusCode"] < 400 or any(sign in str(each) for sign in signs)]


def every_way(world: StoreWorld, url: str, **options: Any) -> Answers:
    """Return what a ticket opens, however it is used."""
    tickets = world.tickets
    bodies = (GET, {"operation": "PutObject", "filename": "a"}, {"operation": "GetObject", "key": KEY})
    return [
        *(tickets.open(url, method=method, **options) for method in ("GET", "HEAD", "POST")),
        *(tickets.open(url, "/presign", method="POST", body=body, **options) for body in bodies),
        tickets.open(url, "/s3/params", query=FILE, **options),
        tickets.open(url, "/s3/multipart", method="POST", body=FILE, **options),
        *(tickets.open(url, "/s3/multipart/U/1", query={"key": key}, **options) for key in KEYS),
        *(
            tickets.open(url, "/s3/multipart/U", method="DELETE", query={"key": key}, **options)
            for key in KEYS
        ),
    ]


def changed(text: str) -> Iterator[str]:
    """Yield every text that differs by one character left out, doubled or replaced."""
    for at, character in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        yield before + after
        if character != text[at : at + 2][-1:]:
            yield before + character * 2 + after
        yield from (before + other + after for other in {"A", "_", ".", "=", "%"} - {character})
        yield before + chr(ord(character) ^ 1) + after


@pytest.mark.parametrize(
    ("kind", "opened_by"),
    [(LINK, [0, 1, 2, 3, 5]), (UPLOADS, [4, 6]), (PARTS, [9]), ({"permission": "read"}, [1])],
)
def test_each_way_opens_some_ticket(world: StoreWorld, kind: dict[str, Any], opened_by: list[int]) -> None:
    """Without this the attacks below would prove nothing."""
    answers = every_way(world, world.tickets.mint(**kind)["url"])

    assert opened_by == [at for at, answer in enumerate(answers) if answer["statusCode"] < 400]
    assert [answers[at] for at in opened_by] == passed(answers)


@pytest.mark.parametrize("kind", [LINK, UPLOADS, {"permission": "read"}])
def test_a_ticket_with_one_character_changed_opens_nothing(world: StoreWorld, kind: dict[str, Any]) -> None:
    text = text_of(world.tickets.mint(**kind)["url"])
    answers = [world.tickets.open(f"{URL}/{other}") for other in changed(text) if other != text]

    assert len(answers) > 6 * len(text)
    assert [] == passed(answers)
    assert {401} == {each["statusCode"] for each in answers}


def test_bits_that_base64_leaves_over_are_no_second_ticket(world: StoreWorld) -> None:
    text = text_of(world.tickets.mint(**LINK)["url"])
    kid, payload, mac = text.split(".")
    others = [f"{kid}.{payload}.{mac[:-1]}{last}" for last in BASE64URL if last != mac[-1]]
    others += [f"{kid}.{payload[:-1]}{last}.{mac}" for last in BASE64URL if last != payload[-1]]

    assert [] == passed([world.tickets.open(f"{URL}/{other}") for other in others])


WIDER: dict[str, dict[str, Any]] = {
    "another object": {"k": "users/alice/other.bin"},
    "another's object": {"k": "users/bob/a.bin", "c": {"sub": "bob"}},
    "a folder": {"k": None, "p": "users/alice/"},
    "more operations": {"o": "gpd"},
    "a longer life": {"e": 2_000_000_000},
    "credentials": {"o": None, "k": None, "q": "read-write"},
    "uses without a count": {"n": None},
    "a life without a call back": {"r": None},
    "another id, unused": {"i": "A" * 16},
}


@pytest.mark.parametrize("wish", WIDER)
def test_a_document_that_says_more_has_no_seal(world: StoreWorld, wish: str) -> None:
    text = text_of(world.tickets.mint(**LINK, uses=1, revocable=True)["url"])
    kid, payload, mac = text.split(".")
    facts = json.loads(from_base64url(payload) or b"") | WIDER[wish]
    said = {name: fact for name, fact in facts.items() if fact is not None}
    wider = base64url(json.dumps(said, separators=(",", ":")).encode())
    strangers = [seal(said, purpose="ticket", keys=seal_keys(f"{kid}:" + "z" * 42 + "A"))]
    strangers += [seal(said, purpose="upload", keys=seal_keys(SEAL_KEYS)), f"k1.{wider}.{mac}"]
    forged = [f"{kid}.{wider}.{mac}", f"{kid}.{wider}.", f"{kid}.{wider}", *strangers]
    answers = [answer for each in forged for answer in every_way(world, f"{URL}/{each}")]

    assert opened(
        seal(said, purpose="ticket", keys=seal_keys(SEAL_KEYS)), keys=seal_keys(SEAL_KEYS), now=NOON
    )
    assert [] == passed(answers)


def test_a_scope_that_was_widened_since_widens_no_ticket(world: StoreWorld) -> None:
    wide = {
        "GRANT_READ_PREFIXES": "users/{sub}/,public/",
        "GRANT_WRITE_PREFIXES": "users/{sub}/",
        "GRANT_OPERATIONS": "GetObject,HeadObject,PutObject,PostObject,DeleteObject",
        "GRANT_MAX_SIZE_BYTES": "1000000",
    }
    link, uploads = world.tickets.mint(**LINK)["url"], world.tickets.mint(**UPLOADS, max_size=5)["url"]
    beyond = [
        (link, {"operation": "GetObject", "key": "public/a"}),
        (link, {"operation": "HeadObject"}),
        (link, {"operation": "DeleteObject"}),
        (link, {"operation": "PutObject", "key": KEY}),
        (uploads, {"operation": "DeleteObject", "key": "users/alice/in/a"}),
        (uploads, {"operation": "PutObject", "key": "users/alice/a", "content_length": 1}),
        (uploads, {"operation": "PutObject", "filename": "a", "content_length": 6}),
        (uploads, {"operation": "PostObject", "filename": "a", "max_size": 6}),
        (uploads, {"operation": "GetObject", "key": "users/alice/in/a"}),
    ]
    answers = [world.tickets.open(url, "/presign", method="POST", body=body, **wide) for url, body in beyond]

    assert 302 == world.tickets.open(link, **wide)["statusCode"]
    assert [] == passed(answers)


def busy(_: Any, start_response: Any) -> Any:
    return Response("busy", 503)({"REQUEST_METHOD": "GET"}, start_response)


def refusing(_: Any, start_response: Any) -> Any:
    return Response("<Error><Code>AccessDenied</Code></Error>", 403)(
        {"REQUEST_METHOD": "GET"}, start_response
    )


def used_up(world: StoreWorld) -> Answers:
    url = world.tickets.mint(**LINK, uses=1)["url"]
    assert 303 == world.tickets.open(url, method="POST")["statusCode"]
    return every_way(world, url)[2:]


def used_up_without_a_page(world: StoreWorld) -> Answers:
    url = world.tickets.mint(**LINK, uses=1, direct=True)["url"]
    assert 302 == world.tickets.open(url)["statusCode"]
    get, _, *others = every_way(world, url)
    return [get, *others]


def called_back(world: StoreWorld) -> Answers:
    answers: Answers = []
    for kind in (LINK, UPLOADS, PARTS, {"permission": "read"}, LINK | {"uses": 2}):
        url = world.tickets.mint(**kind, revocable=True)["url"]
        assert 200 == world.tickets.open(url, method="DELETE")["statusCode"]
        answers += every_way(world, url) + every_way(world, url, late=timedelta(minutes=9))
    return answers


def store_fails(world: StoreWorld) -> Answers:
    urls = [world.tickets.mint(**LINK, uses=1, direct=True)["url"]]
    urls += [world.tickets.mint(**kind, revocable=True)["url"] for kind in (LINK, UPLOADS, PARTS)]
    answers: Answers = []
    for served in (busy, refusing):
        world.served = served
        answers.append(world.tickets.open(urls[0]))
        answers += [answer for url in urls[1:] for answer in every_way(world, url)]
    return answers


def store_is_elsewhere(world: StoreWorld) -> Answers:
    """An address that takes no connection, a bucket that is not there, and none at all."""
    urls = [world.tickets.mint(**LINK, uses=1, direct=True)["url"]]
    urls += [world.tickets.mint(**UPLOADS, revocable=True)["url"]]
    places = [
        {"OSS_INTERNAL_ENDPOINT": "http://127.0.0.1:9"},
        {"TICKET_CLAIMS": "redis://127.0.0.1:9/0"},
        {"TICKET_CLAIMS": ""},
    ]
    put = {"operation": "PutObject", "filename": "a"}
    return [
        answer
        for place in places
        for answer in (
            world.tickets.open(urls[0], **place),
            world.tickets.open(urls[1], "/presign", method="POST", body=put, **place),
        )
    ]


def keys_are_gone(world: StoreWorld) -> Answers:
    url = world.tickets.mint(**LINK)["url"]
    new = "k3:" + "e" * 42 + "A"
    same_name = "k2:" + "e" * 42 + "A"
    return [*every_way(world, url, SEAL_KEYS=new), *every_way(world, url, SEAL_KEYS=same_name)]


def over(world: StoreWorld) -> Answers:
    minted = world.tickets.mint(**LINK, expires_in=60)
    return every_way(world, minted["url"], late=timedelta(seconds=60))


ATTACKS: dict[str, Callable[[StoreWorld], Answers]] = {
    "a link that is used up": used_up,
    "the same, which has no page": used_up_without_a_page,
    "replay after the call back": called_back,
    "a store that refuses": store_fails,
    "a store that is not there": store_is_elsewhere,
    "a key that is gone": keys_are_gone,
    "a ticket whose time is over": over,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_on_the_fate_of_a_ticket_passes(world: StoreWorld, attack: str) -> None:
    answers = ATTACKS[attack](world)

    assert answers
    assert [] == passed(answers)


@pytest.mark.parametrize("accepts", ["text/html", "*/*", "image/*", ""])
def test_a_preview_gets_no_url_and_takes_no_use(world: StoreWorld, accepts: str) -> None:
    url = world.tickets.mint(**LINK, uses=1)["url"]
    robot = {"Accept": accepts, "User-Agent": "Slackbot-LinkExpanding 1.0", "Purpose": "prefetch"}
    seen = [world.tickets.open(url, method=method, headers=robot) for method in ("HEAD", "GET") * 8]

    assert [] == [each for each in seen if "Location" in each["headers"] or "signature" in str(each).lower()]
    assert [] == [each.key for each in world.store.listed()]
    assert 303 == world.tickets.open(url, method="POST")["statusCode"]


def test_a_holder_calls_back_no_ticket_but_his_own(world: StoreWorld) -> None:
    mine = world.tickets.mint(**LINK, revocable=True)["url"]
    theirs = world.tickets.mint(allow=["GetObject"], key="users/bob/b", sub="bob", revocable=True)["url"]
    body = {"operation": "RevokeTicket", "ticket": theirs}
    answers = [
        world.tickets.open(mine, "/presign", method="POST", body=body),
        world.tickets.open(mine, f"/{text_of(theirs)}", method="DELETE"),
    ]

    assert [403, 404] == [each["statusCode"] for each in answers]
    assert 403 == world.tickets.ask(body)[0]
    assert 302 == world.tickets.open(theirs)["statusCode"]


def test_tickets_of_another_deployment_open_nothing(world: StoreWorld) -> None:
    _, theirs = world.tickets.ask(
        {"operation": "Ticket", **LINK}, **(TICKETS | {"SEAL_KEYS": "k2:" + "f" * 42 + "A"})
    )

    assert [] == passed(every_way(world, theirs["url"]))
