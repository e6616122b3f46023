"""Grants that carry OSS's callback: which, with what under the seal, and in which place of the request."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from shared.errors import Misconfigured
from shared.seals.keys import seal_keys
from shared.seals.sealing import unseal
from shared.settings.functions import presign_settings
from tests.world import NOON, context, environ, http_event, instance

KEYS = "k2:" + "c" * 42 + "A,k1:" + "b" * 42 + "A"
ON_UPLOAD = {"ON_UPLOAD_URL": "https://grants.example.com/uploads", "SEAL_KEYS": KEYS}
KEY = "users/alice/猫.png"
NOON_SECONDS = int(NOON.timestamp())
UPLOADS: dict[str, dict[str, Any]] = {
    "PutObject": {"content_type": "image/png"},
    "PostObject": {"content_type": "image/png", "max_size": 1000},
    "CompleteMultipartUpload": {"upload_id": "U1"},
}
OTHERS: dict[str, dict[str, Any]] = {
    "GetObject": {},
    "HeadObject": {},
    "DeleteObject": {},
    "InitiateMultipartUpload": {},
    "UploadPart": {"upload_id": "U1", "part_number": 1},
    "AbortMultipartUpload": {"upload_id": "U1"},
    "ListParts": {"upload_id": "U1"},
}


def ask(operation: str, *, on_upload: Mapping[str, str] = ON_UPLOAD, key: str = KEY, **fields: Any) -> Any:
    """Return status and document of one request."""
    body = {"operation": operation, "key": key, **fields}
    variables = environ(GRANT_DELETE_PREFIXES="users/{sub}/", **on_upload)
    answer = instance("presign")(
        json.dumps(http_event(body)).encode(), context(), environ=variables, now=NOON
    )
    return answer["statusCode"], json.loads(answer["body"])


def callback_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the callback of an answer, decoded."""
    text = document["fields"]["callback"] if "fields" in document else query_of(document)["callback"]
    members: dict[str, Any] = json.loads(base64.b64decode(text, validate=True))
    return members


def query_of(document: Mapping[str, Any]) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(document["url"]).query, keep_blank_values=True))


def sealed_in(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is under the seal."""
    text = parse_qs(callback_of(document)["callbackBody"])["grant"][0]
    return unseal(text, purpose="upload", keys=seal_keys(KEYS))


@pytest.mark.parametrize("operation", UPLOADS)
def test_every_upload_carries_the_callback(operation: str) -> None:
    status, document = ask(operation, **UPLOADS[operation])
    callback = callback_of(document)
    seal = callback["callbackBody"].partition("&grant=")[2]

    assert 200 == status
    assert seal.startswith("k2.")
    assert {
        "callbackUrl": "https://grants.example.com/uploads",
        "callbackBody": f"etag=${{etag}}&reqId=${{reqId}}&grant={seal}",
        "callbackSNI": True,
    } == callback


@pytest.mark.parametrize(
    ("operation", "fields", "bounds"),
    [
        ("PutObject", {"content_type": "image/png"}, {"max": 5 * 1024**3, "type": "image/png"}),
        ("PutObject", {"content_length": 7, "reference": "订单 42"}, {"max": 7, "ref": "订单 42"}),
        ("PostObject", {"max_size": 1000}, {"max": 1000, "type": "application/octet-stream"}),
        ("PostObject", {"content_type": "image/png"}, {"max": 5 * 1024**3, "type": "image/png"}),
        ("CompleteMultipartUpload", {"upload_id": "U1", "reference": "r"}, {"ref": "r"}),
    ],
)
def test_the_seal_holds_what_was_granted(
    operation: str, fields: dict[str, Any], bounds: dict[str, Any]
) -> None:
    sealed = sealed_in(ask(operation, expires_in=600, **fields)[1])
    name = sealed.pop("id")

    assert {"key": KEY, "claims": {"sub": "alice"}, "exp": NOON_SECONDS + 600, **bounds} == sealed
    assert 12 == len(base64.urlsafe_b64decode(name))


def test_a_ceiling_is_sealed_for_parts_too() -> None:
    ceiling = {**ON_UPLOAD, "ON_UPLOAD_REFUSED": "delete", "GRANT_MAX_SIZE_BYTES": "5000"}
    answers = {name: ask(name, on_upload=ceiling, **fields)[1] for name, fields in UPLOADS.items()}

    assert {"PutObject": 5000, "PostObject": 1000, "CompleteMultipartUpload": 5000} == {
        name: sealed_in(document)["max"] for name, document in answers.items()
    }
    assert ("callback", "storage", "callback") == tuple(
        document["size_enforced_by"] for document in answers.values()
    )


def test_each_grant_has_an_id_of_its_own() -> None:
    answers = [ask("PutObject")[1] for _ in range(20)]

    assert 20 == len({sealed_in(document)["id"] for document in answers})


def test_a_form_carries_it_as_a_field_and_as_a_condition() -> None:
    fields = ask("PostObject")[1]["fields"]
    policy = json.loads(base64.b64decode(fields["policy"]))

    assert ["eq", "$callback", fields["callback"]] in policy["conditions"]


@pytest.mark.parametrize("operation", ["PutObject", "CompleteMultipartUpload"])
def test_a_url_carries_it_as_a_parameter_and_no_header(operation: str) -> None:
    with_it = ask(operation, **UPLOADS[operation])[1]
    without = ask(operation, on_upload={}, **UPLOADS[operation])[1]

    assert without["headers"] == with_it["headers"]
    assert {"callback"} == query_of(with_it).keys() - query_of(without).keys()
    assert "+" not in with_it["url"]


@pytest.mark.parametrize("operation", OTHERS)
def test_nothing_else_carries_it(operation: str) -> None:
    plain = ask(operation, on_upload={}, **OTHERS[operation])

    assert 200 == plain[0]
    assert plain == ask(operation, **OTHERS[operation])


@pytest.mark.parametrize("operation", UPLOADS)
def test_without_the_address_nothing_changes(operation: str) -> None:
    _, document = ask(operation, on_upload={"SEAL_KEYS": KEYS}, **UPLOADS[operation])

    assert "callback" not in json.dumps(document)


@pytest.mark.parametrize("operation", UPLOADS)
def test_a_reference_that_no_message_would_bring_back_is_refused(operation: str) -> None:
    status, document = ask(operation, on_upload={}, reference="order-1", **UPLOADS[operation])

    assert (400, "InvalidArgument") == (status, document["Code"])
    assert document["Message"].startswith("reference:")


@pytest.mark.parametrize("reference", ["", "x" * 129, "a\nb", "a\x00", "a\u202eb", "\ud800", 1])
def test_a_reference_is_short_printable_text(reference: Any) -> None:
    status, document = ask("PutObject", reference=reference)

    assert (400, True) == (status, document["Message"].startswith("reference:"))


def test_a_reference_does_not_belong_to_reads() -> None:
    assert 400 == ask("GetObject", reference="order-1")[0]


def test_the_longest_key_and_reference_stay_below_what_oss_takes() -> None:
    key = "users/alice/" + "文" * 337
    status, document = ask("PutObject", key=key, reference="订" * 128)

    assert 200 == status
    assert key == sealed_in(document)["key"]
    assert len(query_of(document)["callback"]) <= 5 * 1024


def test_what_oss_would_not_take_is_refused() -> None:
    claims = ",".join(f"c{number}" for number in range(20))
    headers = {"Content-Type": "application/json"} | {f"X-Jwt-c{number}": "x" * 190 for number in range(20)}
    event = http_event({"operation": "PutObject", "key": "a/b"}, headers=headers)
    variables = environ(
        IDENTITY_CLAIMS=claims, GRANT_READ_PREFIXES="", GRANT_WRITE_PREFIXES="a/", **ON_UPLOAD
    )
    answer = instance("presign")(json.dumps(event).encode(), context(), environ=variables, now=NOON)

    assert 400 == answer["statusCode"]
    assert "too long for OSS's callback" in answer["body"]


def test_the_seal_says_the_end_that_the_answer_says() -> None:
    document = ask("PutObject", expires_in=3600)[1]

    assert NOON_SECONDS + document["expires_in"] == sealed_in(document)["exp"]


@pytest.mark.parametrize(
    ("variable", "changes"),
    [
        ("SEAL_KEYS", {"SEAL_KEYS": ""}),
        ("SEAL_KEYS", {"SEAL_KEYS": "k1:short"}),
        ("SEAL_KEYS", {"SEAL_KEYS": "k1:short", "ON_UPLOAD_URL": ""}),
        ("ON_UPLOAD_REFUSED", {"ON_UPLOAD_REFUSED": "delete", "ON_UPLOAD_URL": ""}),
        ("ON_UPLOAD_REFUSED", {"ON_UPLOAD_REFUSED": "burn"}),
        *(
            ("ON_UPLOAD_URL", {"ON_UPLOAD_URL": url})
            for url in (
                *("http://grants.example.com/uploads", "https://grants.example.com", "grants.example.com/u"),
                *(
                    "https://a@grants.example.com/u",
                    "https://grants.example.com/u?a=b",
                    "https://g.example/u#f",
                ),
                *("https://g.example/u;https://h.example/u", "https://g.example/u u", "https://[::1]/u"),
                *("https://g.example/%75", "https://g.example/文"),
            )
        ),
    ],
)
def test_what_contradicts_itself_does_not_start(variable: str, changes: dict[str, str]) -> None:
    with pytest.raises(Misconfigured) as refused:
        presign_settings(environ(**{**ON_UPLOAD, **changes}))

    assert variable == refused.value.variable
    assert "short" not in str(refused.value)


def test_plain_http_is_for_the_local_demo_only() -> None:
    local = {"ALLOW_INSECURE_ENDPOINTS": "true", "ON_UPLOAD_URL": "http://127.0.0.1:9000/uploads"}
    loaded = presign_settings(environ(**{**ON_UPLOAD, **local})).completion

    assert loaded is not None
    assert "/uploads" == loaded.path
