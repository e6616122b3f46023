"""Tickets: a narrowed grant in a URL, from minting to what OSS answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.seals.keys import seal_keys
from shared.seals.sealing import seal
from tests.journeys.sts_world import StsWorld, sts_world
from tests.journeys.ticket_world import KEY, LINK, SEAL_KEYS, TICKETS, UPLOADS, URL, Tickets, TicketWorld
from tests.unit.oidc.oidc_world import AUDIENCE, ISSUER, key_set, token
from tests.world import NOON, context, environ, http_event, instance

MULTIPART = [
    *("PostObject", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"),
    *("AbortMultipartUpload", "ListParts"),
]


@pytest.fixture
def world(tmp_path: Path) -> TicketWorld:
    return TicketWorld(tmp_path)


@pytest.fixture
def tickets(world: TicketWorld) -> Tickets:
    return world.tickets


@pytest.fixture
def sts() -> Iterator[StsWorld]:
    with sts_world() as world:
        yield world


def test_a_link_leads_to_the_object(world: TicketWorld) -> None:
    world.put(b"the report")
    minted = world.tickets.mint(**LINK, expires_in=600)
    answer = world.tickets.open(minted["url"])

    assert (302, "") == (answer["statusCode"], answer["body"])
    assert b"the report" == world.get(answer["headers"]["Location"])
    assert (
        403
        == world.send({"method": "DELETE", "url": answer["headers"]["Location"], "headers": {}}).status_code
    )


def test_the_answer_says_what_was_made_and_until_when(tickets: Tickets) -> None:
    minted = tickets.mint(**LINK, expires_in=600)

    assert {"operation", "id", "url", "expires_at", "expires_in", "limited_by"} == minted.keys()
    assert ("Ticket", "2026-11-23T12:10:00Z", 600, "request") == (
        *(minted["operation"], minted["expires_at"], minted["expires_in"], minted["limited_by"]),
    )
    assert minted["url"].startswith(f"{URL}/k2.")


def test_a_dry_run_has_everything_but_the_ticket(tickets: Tickets) -> None:
    assert {"operation", "id", "expires_at", "expires_in", "limited_by"} == tickets.mint(
        **LINK, dry_run=True
    ).keys()


def test_tickets_are_made_in_batches_and_one_refusal_spoils_no_other(tickets: Tickets) -> None:
    theirs = {"operation": "Ticket", "allow": ["GetObject"], "key": "users/bob/b.bin"}
    mine = {"operation": "Ticket", **LINK}
    status, document = tickets.ask({"items": [mine, theirs, {"operation": "GetObject", "key": KEY}]})

    assert 200 == status
    assert ["Ticket", "AccessDenied", "GetObject"] == [
        each.get("operation") or each["error"]["Code"] for each in document["items"]
    ]


@pytest.mark.parametrize("allow", [["GetObject"], ["PutObject"], MULTIPART])
def test_a_usual_ticket_is_short(tickets: Tickets, allow: list[str]) -> None:
    where = {"prefix": "users/auth0~7C5f7c8ec7c33c6c004bbafe82/in/"}
    minted = tickets.mint(sub="auth0|5f7c8ec7c33c6c004bbafe82", allow=allow, **where)

    assert len(minted["url"]) <= 300


def test_a_link_is_good_for_a_month_and_the_url_behind_it_for_a_minute(world: TicketWorld) -> None:
    world.put(b"late")
    minted = world.tickets.mint(**LINK, expires_in=2_592_000)
    last = world.tickets.open(minted["url"], late=timedelta(seconds=2_591_990))

    assert "x-oss-expires=60&" in world.tickets.open(minted["url"])["headers"]["Location"]
    assert (302, True) == (last["statusCode"], "x-oss-expires=10&" in last["headers"]["Location"])
    assert 401 == world.tickets.open(minted["url"], late=timedelta(seconds=2_592_000))["statusCode"]


@pytest.mark.parametrize(
    ("fields", "variables", "most"),
    [
        (LINK, {}, 2_592_000),
        (LINK, {"TICKET_MAX_SECONDS": "86400"}, 86_400),
        (LINK | {"profile": "short"}, {}, 600),
        (LINK | {"allow": ["GetObject", "HeadObject"]}, {}, 3600),
        ({"allow": ["GetObject"], "prefix": "users/alice/"}, {"TTL_MAX_SECONDS": "900"}, 900),
        ({"permission": "read"}, {}, 3600),
    ],
)
def test_only_a_link_to_one_object_outlives_urls(
    tickets: Tickets, fields: dict[str, Any], variables: dict[str, str], most: int
) -> None:
    profiles = {
        "GRANT_PROFILES": json.dumps({"short": {"read_prefixes": ["users/{sub}/"], "ttl_max_seconds": 600}})
    }
    asked = {"operation": "Ticket", **fields}

    assert 200 == tickets.ask({**asked, "expires_in": most}, **profiles, **variables)[0]
    assert 400 == tickets.ask({**asked, "expires_in": most + 1}, **profiles, **variables)[0]


def test_no_ticket_outlives_its_callers_token() -> None:
    oidc = {
        "IDENTITY_SOURCE": "oidc",
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS": key_set(),
    }
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token()}"}
    event = http_event({"operation": "Ticket", **LINK, "expires_in": 86_400}, headers=headers)
    variables = environ(**oidc, **TICKETS)
    answer = json.loads(
        instance("presign")(json.dumps(event).encode(), context(), environ=variables, now=NOON)["body"]
    )

    assert (3600, "caller") == (answer["expires_in"], answer["limited_by"])
    assert 302 == Tickets(variables, lambda: NOON).open(answer["url"])["statusCode"]


REFUSED_AT_MINTING: dict[str, tuple[dict[str, Any], int, str]] = {
    "another's object": ({"allow": ["GetObject"], "key": "users/bob/a"}, 403, "key"),
    "another's folder": ({"allow": ["GetObject"], "prefix": "users/"}, 403, "key"),
    "another's folder for credentials": ({"permission": "read", "prefix": "users/bob/"}, 403, "prefix"),
    "all folders for credentials": ({"permission": "read", "prefix": "users/"}, 403, "prefix"),
    "a permission that nobody holds": ({"permission": "delete"}, 403, "permission"),
    "an operation that nobody holds": (LINK | {"allow": ["GetObject", "DeleteObject"]}, 403, "key"),
    "nothing": ({}, 400, "allow"),
    "nothing of an object": ({"key": KEY}, 400, "allow"),
    "no operation": (LINK | {"allow": []}, 400, "allow"),
    "one operation twice": (LINK | {"allow": ["GetObject"] * 2}, 400, "allow"),
    "tickets": (LINK | {"allow": ["Ticket"]}, 400, "allow"),
    "both kinds": (LINK | {"permission": "read"}, 400, "allow"),
    "no object": ({"allow": ["GetObject"]}, 400, "key"),
    "an object and a folder": (LINK | {"prefix": "users/alice/"}, 400, "key"),
    "credentials for one object": ({"permission": "read", "key": KEY}, 400, "key"),
    "half a folder": (UPLOADS | {"prefix": "users/alice/in"}, 400, "prefix"),
    "a folder that folds": (UPLOADS | {"prefix": "users/alice/../bob/"}, 400, "key"),
    "a pattern for RAM": ({"permission": "read", "prefix": "users/alice/*/"}, 400, "prefix"),
    "a folder as an object": ({"allow": ["PutObject"], "key": "users/alice/in/"}, 400, "key"),
    "a size of downloads": (LINK | {"max_size": 5}, 400, "max_size"),
    "a size of nothing": (UPLOADS | {"max_size": 0}, 400, "max_size"),
    "a type of downloads": (LINK | {"content_type": "image/png"}, 400, "content_type"),
    "active content": (UPLOADS | {"content_type": "text/html"}, 403, "content_type"),
    "a name of uploads": (UPLOADS | {"download_as": "x"}, 400, "download_as"),
    "a name with a line break": (LINK | {"download_as": "x\r\ny"}, 400, "download_as"),
    "a name of credentials": ({"permission": "read", "download_as": "x"}, 400, "download_as"),
    "a profile that is not there": (LINK | {"profile": "none"}, 403, "profile"),
    "a malformed profile": (LINK | {"profile": "No"}, 400, "profile"),
    "uses of a folder": ({"allow": ["GetObject"], "prefix": "users/alice/", "uses": 1}, 400, "uses"),
    "uses of uploads": (UPLOADS | {"uses": 1}, 400, "uses"),
    "uses that nobody counts": (LINK | {"uses": 1}, 400, "uses"),
    "a call back that nobody keeps": (LINK | {"revocable": True}, 400, "revocable"),
    "a page that nobody shows": (LINK | {"direct": True}, 400, "direct"),
    "an unknown field": (LINK | {"filename": "x"}, 400, "filename"),
    "a life without an end": (LINK | {"expires_in": 10**9}, 400, "expires_in"),
    "a key that no ticket can hold": (LINK | {"key": "users/alice/" + "x" * 900}, 400, "key"),
}


@pytest.mark.parametrize("case", REFUSED_AT_MINTING)
def test_what_no_ticket_may_hold_is_refused_when_it_is_minted(tickets: Tickets, case: str) -> None:
    fields, status, said = REFUSED_AT_MINTING[case]
    answered, document = tickets.ask({"operation": "Ticket", **fields}, GRANT_DELETE_PREFIXES="")

    assert (status, True) == (answered, document["Message"].startswith(said)), document


def test_a_deployment_without_tickets_makes_none_and_takes_none(tickets: Tickets) -> None:
    minted = tickets.mint(**LINK)

    assert 400 == tickets.ask({"operation": "Ticket", **LINK}, TICKET_URL="")[0]
    assert 401 == tickets.open(minted["url"], TICKET_URL="")["statusCode"]


def test_uploads_by_ticket_land_below_its_prefix(world: TicketWorld) -> None:
    url = world.tickets.mint(**UPLOADS)["url"]
    status, put = world.tickets.use(url, {"operation": "PutObject", "filename": "../cat.png"})
    _, form = world.tickets.use(url, {"operation": "PostObject", "key": "users/alice/in/form.bin"})

    assert (200, 200) == (status, world.send(put, body=b"a cat").status_code)
    assert 204 == world.post(form, b"a dog").status_code
    assert ("users/alice/in", b"a cat") == (put["key"].rpartition("/")[0], world.stored(put["key"]))
    assert b"a dog" == world.stored("users/alice/in/form.bin")


def test_within_a_ticket_nothing_outlives_it(tickets: Tickets) -> None:
    url = tickets.mint(**UPLOADS, expires_in=1000)["url"]
    body = {"operation": "PutObject", "filename": "a", "expires_in": 900}
    early, late = tickets.use(url, body)[1], tickets.use(url, body, late=timedelta(seconds=400))[1]

    assert (900, "request") == (early["expires_in"], early["limited_by"])
    assert (600, "caller", "2026-11-23T12:16:40Z") == (
        *(late["expires_in"], late["limited_by"], late["expires_at"]),
    )


REFUSED_WITHIN: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "an operation": (UPLOADS, {"operation": "GetObject", "key": "users/alice/in/a"}, 403),
    "a key beside it": (UPLOADS, {"operation": "PutObject", "key": "users/alice/out/a"}, 403),
    "a key above it": (UPLOADS, {"operation": "PutObject", "key": "users/alice/in/../a"}, 400),
    "another's key": (UPLOADS, {"operation": "PutObject", "key": "users/bob/in/a"}, 403),
    "another object": (LINK, {"operation": "GetObject", "key": f"{KEY}x"}, 403),
    "a new name for one object": (
        {"allow": ["PutObject"], "key": KEY},
        {"operation": "PutObject", "filename": "a"},
        403,
    ),
    "a ticket": (LINK, {"operation": "Ticket", **LINK}, 403),
    "to call one back": (LINK, {"operation": "RevokeTicket", "ticket": "x"}, 403),
    "a profile": (UPLOADS, {"operation": "PutObject", "filename": "a", "profile": "p"}, 403),
    "the claims of others": (
        UPLOADS,
        {"operation": "PutObject", "filename": "a", "claims": {"sub": "bob"}},
        400,
    ),
    "an older version": (LINK, {"operation": "GetObject", "version_id": "1"}, 403),
    "another name": (LINK | {"download_as": "a"}, {"operation": "GetObject", "download_as": "b"}, 403),
    "another name by header": (
        LINK | {"download_as": "a"},
        {"operation": "GetObject", "response": {"content_disposition": "inline"}},
        403,
    ),
    "another type": (
        UPLOADS | {"content_type": "image/png"},
        {"operation": "PutObject", "filename": "a", "content_type": "text/plain"},
        403,
    ),
    "an open size": (UPLOADS | {"max_size": 5}, {"operation": "PutObject", "filename": "a"}, 400),
    "a larger size": (
        UPLOADS | {"max_size": 5},
        {"operation": "PutObject", "filename": "a", "content_length": 6},
        403,
    ),
    "a larger form": (
        UPLOADS | {"max_size": 5},
        {"operation": "PostObject", "filename": "a", "max_size": 6},
        403,
    ),
    "a longer life": (UPLOADS, {"operation": "PutObject", "filename": "a", "expires_in": 3601}, 400),
    "an unknown operation": (LINK, {"operation": "ListBuckets"}, 400),
    "objects by credentials": ({"permission": "read"}, {"operation": "GetObject", "key": KEY}, 403),
}


@pytest.mark.parametrize("case", REFUSED_WITHIN)
def test_beyond_a_ticket_nothing_is_signed(tickets: Tickets, case: str) -> None:
    ticket, body, status = REFUSED_WITHIN[case]
    url = tickets.mint(**ticket)["url"]
    alone, many = tickets.use(url, body), tickets.use(url, {"items": [body]})

    assert status == alone[0], alone
    assert (200, True) == (many[0], "error" in many[1]["items"][0])
    assert "Signature" not in f"{alone}{many}"


def test_what_a_ticket_decides_need_not_be_said(tickets: Tickets) -> None:
    link = tickets.mint(**LINK, download_as="bericht.pdf")["url"]
    _, read = tickets.use(link, {"operation": "GetObject"})
    _, put = tickets.use(
        tickets.mint(**UPLOADS, content_type="image/png", max_size=5)["url"],
        {"operation": "PutObject", "filename": "a", "content_length": 5},
    )

    assert (KEY, True) == (read["key"], "bericht.pdf" in read["url"])
    assert {"Content-Type": "image/png", "Content-Length": "5"}.items() <= put["headers"].items()
    assert "signature" == put["size_enforced_by"]


def test_a_scope_that_was_narrowed_since_narrows_every_ticket(tickets: Tickets) -> None:
    link, uploads = tickets.mint(**LINK)["url"], tickets.mint(**UPLOADS)["url"]
    put = {"operation": "PutObject", "filename": "a"}

    assert 403 == tickets.open(link, GRANT_READ_PREFIXES="public/")["statusCode"]
    assert 403 == tickets.open(link, GRANT_OPERATIONS="PutObject")["statusCode"]
    assert 403 == tickets.use(uploads, put, GRANT_WRITE_PREFIXES="users/{sub}/out/")[0]
    assert 400 == tickets.use(uploads, put, GRANT_MAX_SIZE_BYTES="10")[0]
    assert 401 == tickets.open(link, IDENTITY_CLAIMS="sub,tenant")["statusCode"]


def test_a_profile_that_is_gone_takes_its_tickets_with_it(tickets: Tickets) -> None:
    profiles = {"GRANT_PROFILES": json.dumps({"p": {"read_prefixes": ["users/{sub}/"]}})}
    _, minted = tickets.ask(
        {"operation": "Ticket", **LINK, "profile": "p"}, GRANT_READ_PREFIXES="", **profiles
    )

    assert 302 == tickets.open(minted["url"], GRANT_READ_PREFIXES="", **profiles)["statusCode"]
    assert 403 == tickets.open(minted["url"])["statusCode"]


FAULTS = [
    *("", "x", "k2..", "k2.e30." + "A" * 43, "k9.e30." + "A" * 43),
    seal({"i": "x", "e": 2_000_000_000}, purpose="upload", keys=seal_keys(SEAL_KEYS)),
    seal({"i": "x", "e": 1}, purpose="ticket", keys=seal_keys(SEAL_KEYS)),
    seal({"i": "x" * 1024, "e": 2_000_000_000}, purpose="ticket", keys=seal_keys(SEAL_KEYS)),
    seal({"i": "x", "e": 2_000_000_000}, purpose="ticket", keys=seal_keys("k2:" + "d" * 42 + "A")),
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", ["", "/presign", "/s3/params", "/nowhere"])
def test_whatever_is_wrong_with_a_ticket_is_one_text(tickets: Tickets, fault: str, path: str) -> None:
    answers = [tickets.open(f"{URL}/{fault}", path, method=method) for method in ("GET", "POST", "DELETE")]

    assert {401} == {each["statusCode"] for each in answers}
    assert 1 == len({each["body"] for each in (*answers, tickets.open("https://grants.example.com/"))})


def test_a_key_that_was_taken_away_takes_its_tickets_with_it(tickets: Tickets) -> None:
    old, new = SEAL_KEYS.split(",")[1], "k3:" + "e" * 42 + "A"
    _, minted = tickets.ask({"operation": "Ticket", **LINK}, SEAL_KEYS=old)

    assert 302 == tickets.open(minted["url"], SEAL_KEYS=f"{new},{old}")["statusCode"]
    assert 401 == tickets.open(minted["url"], SEAL_KEYS=new)["statusCode"]


def test_unknown_paths_are_told_only_to_those_who_bear_a_ticket(tickets: Tickets) -> None:
    url = tickets.mint(**LINK)["url"]

    assert [404, 404, 404] == [
        tickets.open(url, path)["statusCode"] for path in ("/", "/presign/", "/presignx")
    ]
    assert [405, 405] == [
        tickets.open(url, path, method=method)["statusCode"]
        for path, method in (("/presign", "GET"), ("", "PUT"))
    ]


def test_a_head_says_that_a_link_works_and_not_where_it_leads(tickets: Tickets) -> None:
    url = tickets.mint(**LINK)["url"]
    answer, refused = tickets.open(url, method="HEAD"), tickets.open(f"{url}x", method="HEAD")

    assert (200, "", False) == (answer["statusCode"], answer["body"], "Location" in answer["headers"])
    assert (401, "") == (refused["statusCode"], refused["body"])
    assert 403 == tickets.open(url, method="HEAD", GRANT_READ_PREFIXES="")["statusCode"]


def test_a_ticket_for_uploads_is_no_link(tickets: Tickets) -> None:
    uploads = tickets.mint(**UPLOADS)["url"]
    folder = tickets.mint(allow=["GetObject"], prefix="users/alice/")["url"]

    assert [403, 403] == [tickets.open(url)["statusCode"] for url in (uploads, folder)]


def test_what_a_mail_program_adds_to_a_link_changes_nothing(tickets: Tickets) -> None:
    url = tickets.mint(**LINK)["url"]

    assert 302 == tickets.open(url, query={"utm_source": "mail"})["statusCode"]
    assert 303 == tickets.open(url, method="POST", headers={}, body="x=1")["statusCode"]


def test_the_address_goes_nowhere_else(tickets: Tickets) -> None:
    url = tickets.mint(**LINK)["url"]
    answers = [tickets.open(url), tickets.open(f"{url}x"), tickets.open(url, "/nowhere")]

    assert [("no-referrer", "no-store", "noindex")] * 3 == [
        tuple(each["headers"][name] for name in ("Referrer-Policy", "Cache-Control", "X-Robots-Tag"))
        for each in answers
    ]


def test_pages_of_allowed_origins_read_answers(tickets: Tickets) -> None:
    url = tickets.mint(**UPLOADS)["url"]
    origin = {"CORS_ALLOWED_ORIGINS": "https://app.example.com"}
    preflight = tickets.open(url, method="OPTIONS", headers={"Origin": "https://app.example.com"}, **origin)
    foreign = tickets.open(url, headers={"Origin": "https://evil.example"}, **origin)

    assert (204, "https://app.example.com") == (
        preflight["statusCode"],
        preflight["headers"]["Access-Control-Allow-Origin"],
    )
    assert "DELETE" in preflight["headers"]["Access-Control-Allow-Methods"]
    assert "https://app.example.com" == foreign["headers"]["Access-Control-Allow-Origin"]


def test_logs_know_a_ticket_by_its_id_only(tickets: Tickets, capsys: pytest.CaptureFixture[str]) -> None:
    minted = tickets.mint(**LINK)
    text = minted["url"].removeprefix(f"{URL}/")
    tickets.open(minted["url"])
    tickets.open(minted["url"], "/nowhere")
    tickets.open(f"{minted['url']}x")
    tickets.ask({"operation": "RevokeTicket", "ticket": minted["url"]})
    tickets.use(minted["url"], {"operation": "PutObject", "key": text})
    logged = capsys.readouterr().out
    lines = [json.loads(line) for line in logged.splitlines()]

    assert [minted["id"]] + [minted["id"]] * 2 + [None] * 2 + [minted["id"]] == [
        each.get("ticket", each.get("id")) for each in lines
    ]
    assert [part for part in text.split(".")[1:] if part in logged.replace(text, "", 1)] == []


def test_credentials_by_ticket_are_narrowed_to_its_prefix_and_end(sts: StsWorld) -> None:
    tickets = Tickets(sts.environ | {"SIGNING_SESSION": "function"}, sts.clock.now)
    url = tickets.mint(permission="read", prefix="users/alice/pictures/", expires_in=2000)["url"]
    document = json.loads(tickets.open(url)["body"])
    session = sts.identities.find(document["AccessKeyId"])

    assert ["users/alice/pictures/"] == document["Access"]["ReadPrefixes"]
    assert (200, 1800, "caller") == (document["StatusCode"], document["ExpiresIn"], document["LimitedBy"])
    assert session is not None
    assert "examplebucket/users/alice/pictures/*" in repr(session.session_policy)
    assert "users/alice/*" not in repr(session.session_policy)


def test_a_session_outlives_its_ticket_by_less_than_the_shortest_session(sts: StsWorld) -> None:
    tickets = Tickets(sts.environ | {"SIGNING_SESSION": "function"}, sts.clock.now)
    url = tickets.mint(permission="read", expires_in=60)["url"]
    document = json.loads(tickets.open(url)["body"])

    assert (900, "caller") == (document["ExpiresIn"], document["LimitedBy"])


def test_credentials_come_in_every_format_and_for_the_time_asked(sts: StsWorld) -> None:
    tickets = Tickets(sts.environ | {"SIGNING_SESSION": "function"}, sts.clock.now)
    url = tickets.mint(permission="read")["url"]
    shell = tickets.open(url, query={"format": "env", "duration_seconds": "900"})

    assert shell["body"].startswith("export OSS_ACCESS_KEY_ID=")
    assert [400, 400, 405] == [
        tickets.open(url, query={"permission": "write"})["statusCode"],
        tickets.open(url, query={"profile": "p"})["statusCode"],
        tickets.open(url, method="POST")["statusCode"],
    ]
    assert (200, "") == tuple(tickets.open(url, method="HEAD")[name] for name in ("statusCode", "body"))


def test_mobile_providers_read_faults_of_a_ticket_from_http_200(tickets: Tickets) -> None:
    answer = tickets.open(f"{URL}/x", query={"format": "mobile"})
    document = json.loads(answer["body"])

    assert (200, 401, "Unauthenticated") == (
        answer["statusCode"],
        document["StatusCode"],
        document["ErrorCode"],
    )


def test_without_a_role_a_ticket_gives_no_credentials(tickets: Tickets) -> None:
    url = tickets.mint(permission="read")["url"]

    assert 500 == tickets.open(url)["statusCode"]


def test_a_cdn_whose_urls_end_with_a_minute_is_not_asked_for_a_minute(tickets: Tickets) -> None:
    url = tickets.mint(**LINK)["url"]
    cdn = {"CDN_DOMAIN": "cdn.example.com", "CDN_KEY": "aliyuncdnexp1234", "READ_ENDPOINT": "cdn"}
    by_a, by_b = (tickets.open(url, CDN_SIGNING=kind, **cdn)["headers"]["Location"] for kind in "ab")

    assert (True, True) == ("cdn.example.com" in by_a, "img.example.com" in by_b)


@pytest.mark.parametrize(("other", "status"), [("bob", 403), ("alice", 400)])
def test_a_ticket_that_was_not_made_for_it_cannot_be_called_back(
    tickets: Tickets, other: str, status: int
) -> None:
    url = tickets.mint(**LINK)["url"]

    assert status == tickets.ask({"operation": "RevokeTicket", "ticket": url}, sub=other)[0]
    assert 400 == tickets.ask({"operation": "RevokeTicket", "ticket": f"{url}x"}, sub=other)[0]
    assert 400 == tickets.open(url, method="DELETE")["statusCode"]


def test_a_direct_invocation_bears_no_ticket(tickets: Tickets) -> None:
    answer = instance("ticket")(b"{}", context("ticket"), environ=tickets.environ, now=NOON)

    assert "Unauthenticated" == answer["Code"]
