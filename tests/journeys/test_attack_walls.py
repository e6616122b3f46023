"""Switch off one wall after the other: some attack must then get through, or its test proves nothing.

The only place that patches our own modules, because the subject is what happens without them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from shared import errors
from shared.fc.identity import Caller, verified_claims
from shared.fc.invocation import Invocation
from shared.grants.operations import OPERATIONS
from shared.settings.caller import IdentityPolicy
from tests.journeys.attack_world import ENVIRON, NOW, event, send, status
from tests.journeys.ticket_world import KEY, LINK, UPLOADS, Tickets
from tests.unit.oidc.oidc_world import AUDIENCE, ISSUER, claims, key_set, signed, token

GET = {"operation": "GetObject", "key": "users/alice/a"}
ANYTHING = re.compile(r"[\s\S]*")


class Wall(NamedTuple):
    """What is switched off, by what it is replaced, and the attack that it stops."""

    target: str
    replacement: Any
    attack: Callable[[], dict[str, Any]]


def put(**fields: Any) -> Callable[[], dict[str, Any]]:
    return lambda: send(event({"operation": "PutObject", "key": "users/alice/a"} | fields))


def get(**fields: Any) -> Callable[[], dict[str, Any]]:
    return lambda: send(event(GET | fields))


def nothing(*_: Any, **__: Any) -> None:
    return None


TICKETS = Tickets(ENVIRON, lambda: NOW)


def bearing_ticket(ticket: dict[str, Any], body: dict[str, Any], **environ: str) -> Callable[[], Any]:
    """Return the attack of whoever holds this ticket, made where a store is."""

    def attack() -> dict[str, Any]:
        _, minted = TICKETS.ask({"operation": "Ticket", **ticket}, TICKET_CLAIMS="oss://other/fate/")
        return TICKETS.open(minted["url"], "/presign", method="POST", body=body, **environ)

    return attack


def send_ticket(fields: dict[str, Any]) -> dict[str, Any]:
    environ = TICKETS.environ.items() - ENVIRON.items()
    return send(event({"operation": "Ticket", **fields}), **dict(environ))


def with_the_seal_of_another() -> dict[str, Any]:
    url = TICKETS.mint(**LINK)["url"]
    other = TICKETS.mint(allow=["GetObject"], prefix="users/alice/")["url"]
    forged = f"{url.rpartition('.')[0]}.{other.rpartition('.')[2]}"
    return TICKETS.open(forged, "/presign", method="POST", body={"operation": "GetObject"})


def _by_headers(invocation: Invocation, call: Any, **_: Any) -> Caller:
    """Return whom the headers of a trigger would name: behind an open one, whoever sends them."""
    policy = IdentityPolicy(claims=call.settings.caller.identity.claims)
    return Caller(claims=verified_claims(invocation.unverified_headers, policy=policy))


def itself(value: Any, *_: Any, **__: Any) -> Any:
    return value


def bearing(text: str, **fields: Any) -> Callable[[], dict[str, Any]]:
    """Return the attack of whoever holds this token, where the function verifies tokens itself."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {text}", "X-Jwt-Sub": "alice"}
    return lambda: send(
        event(GET | fields, headers=headers),
        IDENTITY_SOURCE="oidc",
        OIDC_ISSUER=ISSUER,
        OIDC_AUDIENCE=AUDIENCE,
        OIDC_JWKS=key_set(),
    )


SECONDS = int(NOW.timestamp())
FORGED = signed({"alg": "RS256", "kid": "k1"}, claims(jti="forged"), name="stranger")
TWICE = signed({"alg": "RS256", "kid": "k1"}, json.dumps(claims(sub="bob"))[:-1] + ', "sub": "alice"}')

WALLS = {
    "signature of a token": Wall("shared.oidc.tokens._check_signature", nothing, bearing(FORGED)),
    "times of a token": Wall(
        "shared.oidc.tokens._times",
        lambda *_, **__: (0, NOW + timedelta(hours=1)),
        bearing(token(exp=SECONDS - 60)),
    ),
    "whose token it is, and for whom": Wall(
        "shared.oidc.tokens._check_names", nothing, bearing(token(aud="other"))
    ),
    "names once in a token": Wall("shared.strict_json._DECODER", json.JSONDecoder(), bearing(TWICE)),
    "life that a token leaves": Wall(
        "shared.fc.identity.Caller.life_left", nothing, bearing(token(exp=SECONDS))
    ),
    "who verifies": Wall("shared.presign.operation.caller_of", _by_headers, bearing("none")),
    "key syntax": Wall("shared.grants.decision.check_key", itself, get(key="users/alice/../bob/a")),
    "key prefixes": Wall(
        "shared.grants.objects.prefixes.PrefixTemplate.expand", lambda *_: "", get(key="users/bob/a")
    ),
    "claim alphabet": Wall(
        "shared.fc.identity.written",
        lambda _, value: value,
        lambda: send(event(GET | {"key": "users/*/a"}, sub="*")),
    ),
    "boundary proof": Wall(
        "shared.grants.objects.prefixes.prove_disjoint",
        nothing,
        lambda: send(
            event({"operation": "GetObject", "key": "public/secret"}, sub="public"),
            GRANT_READ_PREFIXES="{sub}/",
            GRANT_WRITE_PREFIXES="public/",
        ),
    ),
    "media types": Wall(
        "shared.grants.objects.content.check_content_type", itself, put(content_type="text/html")
    ),
    "size ceiling": Wall(
        "shared.grants.objects.content._check_size",
        nothing,
        lambda: send(
            event({"operation": "PostObject", "key": "users/alice/a", "max_size": 100}),
            GRANT_MAX_SIZE_BYTES="10",
        ),
    ),
    "size of what is uploaded": Wall(
        "shared.grants.objects.content._check_size",
        nothing,
        lambda: send(
            event({"operation": "PutObject", "key": "users/alice/a"}),
            GRANT_MAX_SIZE_BYTES="10",
        ),
    ),
    "tags": Wall("shared.grants.decision.check_content", nothing, put(tagging={"a": "b"})),
    "types that a browser sniffs": Wall(
        "shared.grants.objects.content.check_content_type", itself, put(content_type="unknown/unknown")
    ),
    "types of downloads": Wall(
        "shared.grants.objects.content._check_response",
        nothing,
        get(response={"content_type": "application/unknown"}),
    ),
    "text that shows as another": Wall(
        "shared.presign.payload.is_plain", lambda _: True, get(download_as="invoice\u202efdp.exe")
    ),
    "digits": Wall(
        "shared.validation._read_as_written",
        itself,
        lambda: send(event(method="GET", queryParameters=GET | {"expires_in": "6_0"})),
    ),
    "content rules": Wall(
        "shared.grants.decision.check_content", nothing, get(process="image/resize,w_10000")
    ),
    "lifetime": Wall(
        "shared.grants.decision.granted_life",
        lambda *_, **__: (timedelta(days=7), "request"),
        get(expires_in=604_800),
    ),
    "fields of other operations": Wall(
        "shared.presign.payload.OPERATIONS",
        {"GetObject": OPERATIONS["GetObject"]._replace(fields=frozenset({"operation", "key", "metadata"}))},
        get(metadata={"a": "b"}),
    ),
    "metadata syntax": Wall("shared.presign.payload._check_metadata", nothing, put(metadata={"a_b": "c"})),
    "upload ids": Wall(
        "shared.presign.payload._UPLOAD_ID",
        ANYTHING,
        lambda: send(event({"operation": "ListParts", "key": "users/alice/a", "upload_id": "U&acl"})),
    ),
    "media type of the body": Wall(
        "shared.fc.invocation._check_media_type",
        nothing,
        lambda: send(event(GET, headers={"Content-Type": "text/plain", "X-Jwt-Sub": "alice"})),
    ),
    "methods": Wall("shared.presign.operation.check_method", nothing, lambda: send(event(GET, method="PUT"))),
    "body size": Wall(
        "shared.fc.invocation.MAX_BODY_BYTES",
        10**9,
        lambda: send(event(json.dumps(GET) + " " * 1_100_000)),
    ),
    "names once": Wall(
        "shared.strict_json._DECODER",
        json.JSONDecoder(),
        lambda: send(event('{"operation": "GetObject", "key": "users/bob/a", "key": "users/alice/a"}')),
    ),
    "identity only from the trigger": Wall(
        "shared.presign.operation.take_stated_claims",
        lambda fields, **_: fields.pop("claims", None),
        lambda: send(event(GET | {"key": "users/bob/a", "claims": {"sub": "bob"}}, sub=None)),
    ),
    "seal of a ticket": Wall(
        "shared.seals.sealing._mac", lambda *_, **__: "A" * 43, with_the_seal_of_another
    ),
    "what a ticket may hold": Wall(
        "shared.grants.ticket_decision._authorize_each",
        nothing,
        lambda: send_ticket({"allow": ["GetObject"], "key": "users/bob/a"}),
    ),
    "keys of a ticket": Wall(
        "shared.ticket.within.within", itself, bearing_ticket(LINK, GET | {"key": "users/alice/b"})
    ),
    "operations of a ticket": Wall(
        "shared.ticket.opening.narrowed", itself, bearing_ticket(LINK, {"operation": "PutObject", "key": KEY})
    ),
    "sizes of a ticket": Wall(
        "shared.ticket.opening.narrowed",
        itself,
        bearing_ticket(UPLOADS | {"max_size": 5}, {"operation": "PutObject", "filename": "a"}),
    ),
    "revocations of a ticket": Wall(
        "shared.ticket.operation.check_standing",
        nothing,
        bearing_ticket(LINK | {"revocable": True}, {"operation": "GetObject"}),
    ),
    "uses of a ticket": Wall(
        "shared.ticket.within._count",
        nothing,
        bearing_ticket(LINK | {"uses": 1}, {"operation": "GetObject"}, TICKET_CLAIMS="redis://127.0.0.1:9/0"),
    ),
}


@pytest.mark.parametrize("name", WALLS)
def test_a_wall_stops_its_attack_and_nothing_else_does(name: str) -> None:
    wall = WALLS[name]
    held = status(wall.attack())
    with patch(wall.target, wall.replacement):
        without = status(wall.attack())

    assert 200 == without
    assert 400 <= held <= 503


def test_the_text_of_an_inner_error_is_hidden_by_a_wall() -> None:
    secret = errors.Misconfigured("OSS_BUCKET", "canary")
    with patch("shared.presign.granting.authorize", side_effect=secret):
        hidden = send(event(GET))["body"]
        with patch(
            "shared.fc.http.code_and_message", lambda error: {"Code": error.code, "Message": str(error)}
        ):
            shown = send(event(GET))["body"]

    assert "canary" not in hidden
    assert "canary" in shown
