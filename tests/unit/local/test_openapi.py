"""The OpenAPI document: valid, complete, and true of what the functions answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from shared.fc.http import STATUS
from shared.grants.operations import OPERATIONS, PresignRequest, ResponseOverrides
from shared.sts.payload import StsRequest
from shared.values import fields
from tests.journeys.presign_world import PresignWorld
from tests.journeys.store_world import store_world
from tests.journeys.sts_world import StsWorld, sts_world
from tests.journeys.ticket_world import LINK
from tests.local.client import send
from tests.local.openapi import document
from tests.local.openapi.examples import PRESIGN, STS, TICKETS
from tests.local.stack import Stack, running

DOCUMENT = document(server="http://127.0.0.1:9000")
QUERIES: dict[str, dict[str, str]] = {
    "download": {
        "operation": "GetObject",
        "key": "users/alice/cat.png",
        "response.content_type": "image/png",
    },
    "look": {"operation": "HeadObject", "key": "users/alice/cat.png", "expires_in": "60"},
    "redirect": {"operation": "GetObject", "key": "users/alice/cat.png", "redirect": "1"},
}


@pytest.fixture
def presign(tmp_path: Path) -> PresignWorld:
    return PresignWorld(tmp_path)


@pytest.fixture
def sts() -> Iterator[StsWorld]:
    with sts_world() as world:
        yield world


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as up:
        yield up


def fits(answer: dict[str, Any], *, path: str, method: str) -> str:
    """Return the name of the schema that an answer fits; raises where it fits none."""
    response = DOCUMENT["paths"][path][method]["responses"][str(answer["statusCode"])]
    media_type = answer["headers"]["Content-Type"].partition(";")[0]
    schema = response["content"][media_type]["schema"]
    value = json.loads(answer["body"]) if media_type == "application/json" else answer["body"]
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)
    return str(schema.get("$ref", media_type)).rpartition("/")[2]


def test_the_document_is_valid() -> None:
    validate(DOCUMENT, cls=OpenAPIV31SpecValidator)


def test_a_broken_document_is_not() -> None:
    broken = json.loads(json.dumps(DOCUMENT))
    broken["paths"]["/presign"]["post"]["responses"] = []

    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


@pytest.mark.parametrize("name", PRESIGN)
def test_every_presign_example_is_answered_as_described(presign: PresignWorld, name: str) -> None:
    answer = presign.call(PRESIGN[name])

    assert 200 == answer["statusCode"], answer["body"]
    assert "PresignAnswer" == fits(answer, path="/presign", method="post")


@pytest.mark.parametrize("name", PRESIGN)
def test_every_presign_example_fits_the_request_schema(name: str) -> None:
    schema = DOCUMENT["paths"]["/presign"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    whole = Draft202012Validator({**schema, "components": DOCUMENT["components"]})

    assert [] == list(whole.iter_errors(PRESIGN[name]))
    assert list(whole.iter_errors({**PRESIGN[name], "no_such_field": 1}))


@pytest.mark.parametrize("name", TICKETS)
def test_every_ticket_is_made_and_opened_as_described(tmp_path: Path, name: str) -> None:
    with store_world(tmp_path) as world:
        status, made = world.tickets.ask(TICKETS[name])
        head = {"Content-Type": "application/json"}
        fits(
            {"statusCode": status, "headers": head, "body": json.dumps(made)}, path="/presign", method="post"
        )
        if "url" not in made:
            return
        opened = world.tickets.open(made["url"])
        called = world.tickets.open(made["url"], method="DELETE")

    assert str(opened["statusCode"]) in DOCUMENT["paths"]["/t/{ticket}"]["get"]["responses"]
    assert "Error" == fits(called, path="/t/{ticket}", method="delete")


def test_a_ticket_that_is_called_back_is_answered_as_described(tmp_path: Path) -> None:
    with store_world(tmp_path) as world:
        minted = world.tickets.mint(**LINK, revocable=True)
        called = world.tickets.open(minted["url"], method="DELETE")

    assert "RevokedAnswer" == fits(called, path="/t/{ticket}", method="delete")


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_reads_by_query_are_answered_as_described(presign: PresignWorld, query: dict[str, str]) -> None:
    described = {each["name"] for each in DOCUMENT["paths"]["/presign"]["get"]["parameters"]}
    answer = presign.call(query=query)

    assert set(query) <= described
    if "redirect" in query:
        assert 302 == answer["statusCode"]
        assert answer["headers"]["Location"].startswith("https://")
    else:
        assert "PresignedUrl" == fits(answer, path="/presign", method="get")


@pytest.mark.parametrize("name", STS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_sts_example_is_answered_as_described(stack: Stack, name: str, method: str) -> None:
    headers = {"Authorization": f"Bearer {stack.token('alice')}"}
    if method == "get":
        answer = send("GET", f"{stack.url('sts')}?{urlencode(STS[name])}", headers=headers)
    else:
        headers["Content-Type"] = "application/json"
        answer = send("POST", stack.url("sts"), headers=headers, body=json.dumps(STS[name]).encode())
    said = {"Content-Type": answer.headers["content-type"]}

    assert 200 == answer.status, answer.body
    assert fits(
        {"statusCode": 200, "headers": said, "body": answer.body.decode()}, path="/sts", method=method
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [({"operation": "GetObject"}, 400), ({"operation": "GetObject", "key": "users/bob/a"}, 403)],
)
def test_refusals_are_as_described(presign: PresignWorld, body: dict[str, Any], status: int) -> None:
    answer = presign.call(body)

    assert status == answer["statusCode"]
    assert "Error" == fits(answer, path="/presign", method="post")


def test_a_mobile_failure_is_as_described(sts: StsWorld) -> None:
    answer = sts.call(format="mobile", permission="everything")

    assert 200 == answer["statusCode"]
    assert "StsAnswer" == fits(answer, path="/sts", method="get")
    assert "ErrorCode" in json.loads(answer["body"])


def test_every_field_operation_and_code_is_there() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    described = {name for operation in OPERATIONS for name in schemas[f"{operation}Request"]["properties"]}

    assert set(fields(PresignRequest)) == described
    assert set(fields(ResponseOverrides)) == set(schemas["ResponseOverrides"]["properties"])
    assert set(fields(StsRequest)) == set(schemas["StsRequest"]["properties"])
    codes = {error.code for error, status in STATUS.items() if status != 500} | {"InternalError"}
    assert codes == set(schemas["Error"]["properties"]["Code"]["enum"])
    for operation, rules in OPERATIONS.items():
        assert rules.fields == set(schemas[f"{operation}Request"]["properties"])


def test_every_operation_has_an_example() -> None:
    asked = [item for body in PRESIGN.values() for item in body.get("items", [body])]

    assert set(OPERATIONS) == {item["operation"] for item in asked}
    assert {"json", "mobile", "env", "process"} == {body.get("format", "json") for body in STS.values()}


def test_the_local_runtime_serves_it(stack: Stack) -> None:
    server = f"http://{stack.gateway_host}"
    answer = send("GET", f"{server}/openapi.json")

    assert 200 == answer.status
    assert document(server=server) == json.loads(answer.body)
