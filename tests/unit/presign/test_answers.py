"""Answers as they are written."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.fc.frame import Function, over_http
from shared.fc.http import Reply
from shared.presign.answers import parts_as_json
from shared.settings.functions import presign_settings
from shared.signing import Credentials, Endpoint, ObjectRequest, presign_parts
from tests.world import NOON, environ, http_event

ENDPOINTS = (
    Endpoint.public("cn-hangzhou"),
    Endpoint.custom_domain("img.example.com", region="cn-hangzhou"),
    Endpoint(region="cn-hangzhou", host="[::1]:9000", scheme="http"),
)


@given(st.text(min_size=1), st.text(min_size=1), st.text(), st.sampled_from(ENDPOINTS))
def test_part_urls_are_written_as_the_encoder_would(
    key: str, upload_id: str, security_token: str, endpoint: Endpoint
) -> None:
    request = ObjectRequest(method="PUT", bucket="examplebucket", key=key, query={"uploadId": upload_id})
    try:
        credentials = Credentials(
            access_key_id="ak", access_key_secret="sk", security_token=security_token or None
        )
        made = presign_parts(
            request,
            [1, 10_000],
            endpoint=endpoint,
            credentials=credentials,
            expires_in=timedelta(minutes=1),
            now=NOON,
        )
    except InvalidRequest:
        assume(False)
    parts = [
        {"part_number": number, "url": url}
        for number, url in zip(made.part_numbers, made.urls(), strict=True)
    ]

    assert json.dumps(parts, ensure_ascii=False, separators=(",", ":")) == "".join(parts_as_json(parts))


@pytest.mark.parametrize("document", [{"a": "é", "parts": [1, 2], "b": {}}, {"parts": [1]}, {"a": 1}, {}])
def test_a_member_with_a_writer_stands_where_it_stood(document: dict[str, object]) -> None:
    event = json.dumps(http_event(method="GET")).encode()
    reply = Reply(document=document, writers={"parts": lambda value: [str(value)]})
    function = Function("presign", load=presign_settings, answer=over_http(lambda *_: reply, allow=("GET",)))
    answer = function.respond(event, None, environ=environ(), now=NOON)

    assert [*document.items()] == [*json.loads(answer["body"]).items()]
