"""What stands beside the functions: for whom it answers, and which bodies it takes."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from tests.local.site import MAX_BODY_BYTES, Site

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.fixture
def client() -> Client:
    site = Site(
        lambda _: Response("the gateway"),
        token=lambda *_, **__: "a-token",
        emulator_host="127.0.0.1:1",
        now=lambda: NOW,
    )
    return Client(Request.application(site))


@pytest.mark.parametrize("path", ["/", "/local.json", "/openapi.json", "/diagnose"])
def test_only_this_machines_names_are_answered(client: Client, path: str) -> None:
    foreign = client.post(path, base_url="http://evil.example:9000", data=json.dumps({"url": "https://a/b"}))
    own = [
        client.post(path, base_url=f"http://{name}:9000", data=json.dumps({"url": "https://a/b"}))
        for name in ("127.0.0.1", "localhost")
    ]

    assert 403 == foreign.status_code
    assert [200, 200] == [answer.status_code for answer in own]


def test_the_gateway_judges_its_own_hosts(client: Client) -> None:
    assert "the gateway" == client.get("/presign", base_url="http://api.example.com").text


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[" * 200_000,
        "[]",
        "{}",
        {"url": 1},
        {"url": "https://a/b", "secret": "x"},
        {"url": "https://a/b", "headers": []},
        {"url": "https://a/b", "headers": {"Content-Type": 1}},
        {"url": "https://a/b", "error": "no xml"},
    ],
    ids=lambda body: str(body)[:40],
)
def test_what_cannot_be_diagnosed_is_refused_in_words(client: Client, body: Any) -> None:
    answer = client.post(
        "/diagnose", base_url="http://localhost", data=body if isinstance(body, str) else json.dumps(body)
    )

    assert 400 == answer.status_code
    assert "InvalidArgument" == json.loads(answer.text)["Code"]


def test_a_body_is_bounded(client: Client) -> None:
    assert (
        413
        == client.post("/diagnose", base_url="http://localhost", data="x" * (MAX_BODY_BYTES + 1)).status_code
    )


def test_the_key_is_rotated_by_post_and_only_where_there_is_an_issuer(client: Client) -> None:
    turned: list[None] = []
    site = Site(
        lambda _: Response("the gateway"),
        token=lambda *_, **__: f"token {len(turned)}",
        emulator_host="127.0.0.1:1",
        now=lambda: NOW,
        rotate=lambda: turned.append(None),
    )
    rotating = Client(Request.application(site))
    seen = rotating.get("/rotation").status_code
    told = rotating.post("/rotation").get_json()

    assert (404, 404) == (client.post("/rotation").status_code, seen)
    assert (1, "token 1", True) == (len(turned), told["token"], told["rotates"])
    assert client.get("/local.json").get_json()["rotates"] is False


def test_a_form_is_diagnosed_by_its_method_and_answer(client: Client) -> None:
    error = "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>"
    told = {"url": "http://127.0.0.1:9000/examplebucket/", "method": "POST", "error": error, "headers": {}}
    answer = client.post("/diagnose", base_url="http://localhost", data=json.dumps(told))

    assert ["expired"] == [finding["code"] for finding in json.loads(answer.text)["findings"]]


def test_a_qr_code_is_drawn_here_of_a_bounded_text(client: Client) -> None:
    drawn = client.post("/qr", data="http://127.0.0.1:9000/ticket/t")
    refused = [client.post("/qr", data=data).status_code for data in ("", "x" * 1025)]

    assert (200, "image/svg+xml") == (drawn.status_code, drawn.mimetype)
    assert b"<svg" in drawn.data
    assert [400, 400] == refused
