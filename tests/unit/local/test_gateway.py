from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from tests.local.gate import Gate
from tests.local.gateway import MAX_ASYNC_BYTES, MAX_PATH_BYTES, MAX_SYNC_BYTES, Gateway, Served
from tests.local.keys import TokenIssuer
from tests.local.runtime import Outcome
from tests.unit.local.functions import runners

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
ISSUER = TokenIssuer()
ECHO = """
    import json
    def handler(event, context):
        seen = json.loads(event or b"{}")
        if "raise" in seen:
            raise ValueError("as asked")
        print("seen")
        return {"seen": seen}
"""
CONFIG = {
    "authType": "jwt",
    "methods": ["GET", "POST", "OPTIONS"],
    "authConfig": {
        "jwks": ISSUER.jwks(),
        "tokenLookup": "header:Authorization:Bearer ",
        "claimPassBy": "header:sub:x-jwt-sub",
    },
}
BEARER = {"Authorization": f"Bearer {ISSUER.token(now=NOW, sub='alice')}"}
INVOKE = {"x-local-invoke-key": "local-key"}
DIRECT = "/2023-03-30/functions/made-for-a-test/invocations"


class World:
    """A gateway in front of one function that echoes its event, and one without HTTP trigger."""

    def __init__(self, runner: Any) -> None:
        self.logs: list[str] = []
        self.delivered: list[Outcome] = []
        gate = Gate(config=CONFIG, invoke_key="local-key")
        gateway = Gateway(
            functions={
                "echo": Served(runner=runner, gate=gate),
                "inner": Served(runner=runner, gate=None),
            },
            invoke_key="local-key",
            now=lambda: NOW,
            log=self.logs.append,
            destination=self.delivered.append,
        )
        self.application = Request.application(gateway)
        self.client = Client(self.application)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("echo")
    with runners(folder) as make:
        yield make(ECHO)


@pytest.fixture
def world(made: Any) -> World:
    return World(made)


def test_a_request_reaches_the_function_with_what_the_gate_verified(world: World) -> None:
    response = world.client.post(
        "/echo/any/path?q=1", headers={**BEARER, "X-Jwt-Sub": "mallory"}, data=b'{"a": 1}'
    )
    seen = response.get_json()["seen"]

    assert ("alice", '{"a": 1}', "/echo/any/path") == (
        seen["headers"]["X-Jwt-Sub"],
        seen["body"],
        seen["rawPath"],
    )
    assert response.headers["X-Fc-Request-Id"] == seen["requestContext"]["requestId"]
    assert ["seen"] == [log.splitlines()[1] for log in world.logs]


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/echo", "POST", {}, 401),
        ("/echo", "GET", {"Authorization": "Bearer x.y.z"}, 401),
        ("/echo", "DELETE", BEARER, 403),
        ("/echo", "HEAD", BEARER, 403),
        ("/inner", "POST", BEARER, 404),
        ("/nothing", "POST", BEARER, 404),
        ("/", "GET", {}, 404),
        (DIRECT, "POST", {}, 403),
        (DIRECT, "POST", {"x-local-invoke-key": "guess"}, 403),
        (DIRECT, "POST", BEARER, 403),
        ("/2023-03-30/functions/nothing/invocations", "POST", INVOKE, 404),
    ],
)
def test_what_the_gate_refuses_never_reaches_the_function(
    world: World, path: str, method: str, headers: dict[str, str], status: int
) -> None:
    response = world.client.open(path, method=method, headers=headers)

    assert status == response.status_code
    assert [] == world.logs
    assert "X-Fc-Request-Id" in response.headers


def test_a_preflight_reaches_the_function_without_identity(world: World) -> None:
    headers = {"Origin": "https://app.example.com", "x-jwt-sub": "mallory"}
    seen = world.client.options("/echo", headers=headers).get_json()["seen"]

    assert "X-Jwt-Sub" not in seen["headers"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/echo?" + "x" * MAX_PATH_BYTES, BEARER),
        ("/echo", {**BEARER, "X-Long": "x" * 8192}),
    ],
)
def test_long_request_lines_and_headers_are_refused(world: World, path: str, headers: dict[str, str]) -> None:
    response = world.client.post(path, headers=headers)

    assert (400, "InvalidArgument") == (response.status_code, response.get_json()["Code"])


class Unreadable(io.RawIOBase):
    """A body that must not be read."""

    def readinto(self, _: Any) -> int:
        raise AssertionError("the body was read")


@pytest.mark.parametrize(("path", "headers"), [("/echo", BEARER), (DIRECT, INVOKE)])
def test_bodies_over_the_limit_are_refused_unread(world: World, path: str, headers: dict[str, str]) -> None:
    environ = EnvironBuilder(path, method="POST", headers=headers).get_environ()
    environ |= {"CONTENT_LENGTH": str(MAX_SYNC_BYTES + 1), "wsgi.input": Unreadable()}
    response = Response.from_app(world.application, environ)

    assert (413, "RequestTooLarge") == (response.status_code, response.get_json()["Code"])


def test_a_failed_direct_invocation_says_so_in_a_header(world: World) -> None:
    answers = [
        world.client.post(DIRECT, headers=INVOKE, data=b'{"raise": 1}'),
        world.client.post(DIRECT, headers=INVOKE, data=b"no json"),
    ]

    assert [200, 200] == [answer.status_code for answer in answers]
    assert ["ValueError", "JSONDecodeError"] == [answer.get_json()["errorType"] for answer in answers]
    assert {"UnhandledInvocationError"} == {answer.headers["X-Fc-Error-Type"] for answer in answers}


@pytest.mark.parametrize("name", ["inner", "made-for-a-test"])
def test_a_direct_invocation_hands_the_payload_over_as_it_is(world: World, name: str) -> None:
    path = f"/2023-03-30/functions/{name}/invocations"
    response = world.client.post(path, headers=INVOKE, data=b'{"operation": "GetObject"}')

    assert b'{"seen": {"operation": "GetObject"}}' == response.get_data()


def test_an_empty_payload_is_handed_over_too(world: World) -> None:
    assert b'{"seen": {}}' == world.client.post(DIRECT, headers=INVOKE).get_data()


@pytest.mark.parametrize(("path", "headers"), [("/echo", BEARER), (DIRECT, INVOKE)])
def test_an_asynchronous_result_goes_to_the_destination_only(
    world: World, path: str, headers: dict[str, str]
) -> None:
    response = world.client.post(path, headers={**headers, "X-Fc-Invocation-Type": "Async"}, data=b"{}")

    assert (202, b"") == (response.status_code, response.get_data())
    assert [response.headers["X-Fc-Request-Id"]] == [outcome.request_id for outcome in world.delivered]


def test_asynchronous_events_are_smaller(world: World) -> None:
    response = world.client.post(
        DIRECT, headers={**INVOKE, "X-Fc-Invocation-Type": "Async"}, data=b" " * (MAX_ASYNC_BYTES + 1)
    )

    assert 413 == response.status_code
    assert [] == world.delivered


def test_the_gateway_lets_any_page_read_what_names_no_origin(world: World) -> None:
    page = {"Origin": "https://evil.example"}
    answered = world.client.get("/echo", headers=BEARER | page)
    refused = world.client.get("/echo", headers=page)
    direct = world.client.post(DIRECT, headers=INVOKE | page, data=b"{}")

    for response in (answered, refused):
        assert page["Origin"] == response.headers["Access-Control-Allow-Origin"]
        assert "true" == response.headers["Access-Control-Allow-Credentials"]
    assert "Access-Control-Allow-Origin" not in direct.headers
