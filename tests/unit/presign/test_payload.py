from __future__ import annotations

from typing import Any

import pytest

from shared.errors import InvalidRequest
from shared.presign.payload import batch_items, presign_query, presign_request, take_redirect
from shared.sts.payload import sts_request

PUT = {"operation": "PutObject", "key": "users/alice/cat.png"}
PART = {"operation": "UploadPart", "key": "users/alice/a.bin", "upload_id": "U1"}


def test_a_full_upload_request_is_read() -> None:
    asked = presign_request(
        PUT
        | {
            "expires_in": 60,
            "content_type": "image/png",
            "content_md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
            "content_length": 7,
            "metadata": {"Owner": "alice"},
            "storage_class": "IA",
            "tagging": {"project": "a b"},
            "endpoint": "internal",
            "dry_run": True,
        }
    )

    assert ("PutObject", 60, {"Owner": "alice"}) == (asked.operation, asked.expires_in, asked.metadata)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"key": "a"}, "operation: required"),
        ({"operation": "CopyObject", "key": "a"}, "operation: input should be"),
        ({"operation": 1, "key": "a"}, "operation: input should be"),
        ({"operation": "GetObject"}, "key: required"),
        (PUT | {"filename": "a.png"}, "filename: instead of key"),
        (PUT | {"colour": "red"}, "colour: unknown field"),
        (PUT | {"expires_in": "60"}, "expires_in: input should be a valid integer"),
        (PUT | {"expires_in": True}, "expires_in: input should be a valid integer"),
        (PUT | {"expires_in": 60.5}, "expires_in: input should be a valid integer"),
        (PUT | {"expires_in": 0}, "expires_in: input should be greater than or equal to 1"),
        (PUT | {"expires_in": 10**30}, "expires_in: input should be less than or equal to"),
        (PUT | {"key": 5}, "key: input should be a valid string"),
        (PUT | {"dry_run": 1}, "dry_run: input should be a valid boolean"),
        (PUT | {"upload_id": "U"}, "upload_id: does not belong to PutObject"),
        (PUT | {"response": {}}, "response: does not belong to PutObject"),
        (PUT | {"claims": {"sub": "bob"}}, "claims: unknown field"),
        (PUT | {"content_md5": "x" * 24}, "content_md5: base64 of 16 bytes"),
        (PUT | {"content_length": -1}, "content_length: input should be greater"),
        (PUT | {"metadata": {"A": "1", "a": "2"}}, "metadata: names are distinct"),
        (PUT | {"metadata": {"a_b": "1"}}, "metadata: names are 1 to 64"),
        (PUT | {"metadata": {"-a": "1"}}, "metadata: names are 1 to 64"),
        (PUT | {"metadata": {"a": "é"}}, "percent-encode"),
        (PUT | {"metadata": {"a": "1\r\nx: y"}}, "percent-encode"),
        (PUT | {"metadata": {"a": " 1"}}, "percent-encode"),
        (PUT | {"metadata": {"a": ""}}, "percent-encode"),
        (PUT | {"metadata": {"a": "x" * 8192}}, "metadata: at most 8192 bytes"),
        (PUT | {"tagging": {"": "x"}}, "tagging: names of 1 to 128"),
        (PUT | {"tagging": {"a": "x&b=c"}}, "tagging: names of 1 to 128"),
        (PUT | {"tagging": {str(n): "x" for n in range(11)}}, "tagging: dictionary should have at most 10"),
        (PUT | {"storage_class": "Cheap"}, "storage_class: input should be"),
        (
            {"operation": "PostObject", "key": "a", "min_size": 2, "max_size": 1},
            "min_size: not above max_size",
        ),
        ({"operation": "PostObject", "key": "a", "success_action_status": 302}, "success_action_status"),
        ({"operation": "GetObject", "key": "a", "download_as": "a\r\nb"}, "download_as: no control"),
        (
            {"operation": "GetObject", "key": "a", "response": {"expires": "a\nb"}},
            "response.expires: printable",
        ),
        ({"operation": "GetObject", "key": "a", "response": {"acl": "x"}}, "response.acl: unknown field"),
        (
            {
                "operation": "GetObject",
                "key": "a",
                "download_as": "b",
                "response": {"content_disposition": "inline"},
            },
            "download_as: instead of",
        ),
        (PART | {"upload_id": "a b", "part_number": 1}, "upload_id: required"),
        (PART, "part_number: one of"),
        (PART | {"part_number": 1, "part_numbers": [2]}, "part_number: one of"),
        (PART | {"part_number": 0}, "part_number: input should be greater"),
        (PART | {"part_number": 10_001}, "part_number: input should be less"),
        (PART | {"part_numbers": [1, 1]}, "part_numbers: distinct"),
        (PART | {"part_numbers": []}, "part_numbers: list should have at least 1"),
        (PART | {"part_number": 1, "compact": True}, "compact: goes with part_numbers"),
        (
            PART | {"part_numbers": [1, 2], "content_md5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
            "content_md5: goes with",
        ),
        ({"operation": "ListParts", "key": "a"}, "upload_id: required"),
    ],
)
def test_a_malformed_request_is_refused_by_name(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        presign_request(fields)

    assert message in str(refusal.value)


def test_a_refusal_never_echoes_the_value() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        presign_request({"operation": "canary", "key": "canary", "metadata": "canary"})

    assert "canary" not in str(refusal.value)


def test_query_parameters_ask_for_reads() -> None:
    asked = presign_query(
        {"operation": "GetObject", "key": "a", "expires_in": "60", "response.content_type": "text/plain"}
    )

    assert asked.response is not None
    assert (60, "text/plain") == (asked.expires_in, asked.response.content_type)


@pytest.mark.parametrize(
    "query",
    [
        {"operation": "PutObject", "key": "a"},
        {"key": "a"},
        {"operation": "GetObject", "key": "a", "expires_in": "soon"},
        {"operation": "GetObject", "key": "a", "response": "{}"},
    ],
)
def test_query_parameters_ask_for_nothing_else(query: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        presign_query(query)


@pytest.mark.parametrize(
    ("query", "expected"), [({}, False), ({"redirect": "1"}, True), ({"redirect": "0"}, False)]
)
def test_redirect_is_asked_for_by_one(query: dict[str, Any], expected: bool) -> None:
    assert expected is take_redirect(query)
    assert {} == query


def test_redirect_is_one_or_zero() -> None:
    with pytest.raises(InvalidRequest, match="redirect"):
        take_redirect({"redirect": "yes"})


def test_a_batch_has_items_only() -> None:
    assert batch_items(PUT) is None
    assert [PUT] == batch_items({"items": [PUT]})


@pytest.mark.parametrize(
    "body", [{"items": []}, {"items": {}}, {"items": [PUT] * 1001}, {"items": [PUT], "key": "a"}]
)
def test_a_malformed_batch_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="items: a list of 1 to 1000"):
        batch_items(body)


def test_credentials_are_asked_for_by_query_or_body() -> None:
    assert 900 == sts_request({"duration_seconds": "900"}, read_text=True).duration_seconds
    assert "json" == sts_request({}).format
    with pytest.raises(InvalidRequest, match="format"):
        sts_request({"format": "xml"})
