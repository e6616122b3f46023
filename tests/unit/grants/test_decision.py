from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import AccessDenied, InvalidRequest, ServiceError, TtlTooLong
from shared.grants.claims import VerifiedClaims
from shared.grants.decision import Grant, TtlPolicy, authorize, grant_of
from shared.grants.objects.content import ContentRules, attachment
from shared.grants.objects.prefixes import parse
from shared.grants.scopes import GrantScope
from shared.presign.payload import presign_request
from shared.signing import ObjectRequest, PostPolicy
from shared.values import replaced

ALICE = VerifiedClaims({"sub": "alice"})
TTL = TtlPolicy(default=timedelta(seconds=1200), maximum=timedelta(seconds=3600))
ODD_NAMES = ("page", "x.shtm", "x.xsd", "x.xul", "x.html.", "x.png.svg", "png", ".png/x", "x.js")
OWN = parse("users/{sub}/", known_claims=["sub"])


def scope(**rules: Any) -> GrantScope:
    prefixes: Any = {"read": (OWN,), "write": (OWN,), "delete": ()}
    return GrantScope(bucket="examplebucket", prefixes=prefixes, content=ContentRules(**rules))


def granted(operation: str, *, within: GrantScope | None = None, **fields: Any) -> Grant:
    target = {} if "filename" in fields or "key" in fields else {"key": "users/alice/a.bin"}
    asked = presign_request({"operation": operation, **target, **fields})
    permitted = authorize(
        asked, claims=ALICE, grant_scope=within or scope(), ttl_policy=TTL, entropy=bytes(16)
    )
    return grant_of(permitted)


def signable(operation: str, *, within: GrantScope | None = None, **fields: Any) -> ObjectRequest:
    return granted(operation, within=within, **fields).object_request


def form(*, within: GrantScope | None = None, **fields: Any) -> PostPolicy:
    policy = granted("PostObject", within=within, **fields).signable
    assert isinstance(policy, PostPolicy)
    return policy


def test_a_download_signs_nothing_but_the_key() -> None:
    request = signable("GetObject", within=scope(downloads="as-stored"))

    assert ("GET", {}, {}) == (request.method, dict(request.headers), dict(request.query))


def test_a_folder_is_an_empty_object_whose_key_ends_in_a_slash() -> None:
    grant = granted("PutObject", key="users/alice/new/", content_length=0)

    assert ("users/alice/new/", "0") == (grant.key, grant.object_request.headers["Content-Length"])


def test_a_folder_may_be_deleted_where_deleting_is_granted() -> None:
    deleting = replaced(scope(), prefixes={"read": (), "write": (), "delete": (OWN,)})

    assert "users/alice/new/" == granted("DeleteObject", within=deleting, key="users/alice/new/").key


@pytest.mark.parametrize(
    ("operation", "key", "size"),
    [
        ("PutObject", "users/alice/new/", None),
        ("PutObject", "users/alice/new/", 1),
        ("GetObject", "users/alice/new/", None),
        ("PostObject", "users/alice/new/", None),
        ("PutObject", "users/alice/new//", 0),
        ("PutObject", "/", 0),
        ("PutObject", "users/alice/../", 0),
        ("PutObject", "users/alice/./", 0),
        ("PutObject", "users/alice/" + "x" * 1011 + "/", 0),
    ],
)
def test_no_other_key_ends_in_a_slash(operation: str, key: str, size: int | None) -> None:
    with pytest.raises(InvalidRequest, match=r"^key: "):
        granted(operation, key=key, **({} if size is None else {"content_length": size}))


def test_a_folder_outside_the_prefix_is_refused() -> None:
    with pytest.raises(AccessDenied, match="outside the prefixes"):
        granted("PutObject", key="users/bob/new/", content_length=0)


def test_an_upload_signs_every_header_that_matters() -> None:
    request = signable(
        "PutObject",
        within=scope(tagging=True),
        content_type="image/png",
        content_md5="1B2M2Y8AsgTpgAmY7PhCfg==",
        content_length=3,
        metadata={"Owner": "alice"},
        storage_class="IA",
        tagging={"a b": "c/d"},
    )

    assert {
        "Content-Type": "image/png",
        "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
        "Content-Length": "3",
        "x-oss-meta-owner": "alice",
        "x-oss-forbid-overwrite": "true",
        "x-oss-storage-class": "IA",
        "x-oss-tagging": "a%20b=c%2Fd",
    } == dict(request.headers)
    assert ("content-length",) == tuple(request.additional_headers)


def test_overwriting_can_be_let_through() -> None:
    assert {} == dict(signable("PutObject", within=scope(forbid_overwrite=False)).headers)


@pytest.mark.parametrize(
    ("operation", "fields", "method", "query", "headers"),
    [
        ("HeadObject", {}, "HEAD", {}, {}),
        (
            "InitiateMultipartUpload",
            {},
            "POST",
            {"uploads": ""},
            {"Content-Type": "application/octet-stream", "x-oss-forbid-overwrite": "true"},
        ),
        ("UploadPart", {"upload_id": "U", "part_number": 3}, "PUT", {"partNumber": "3", "uploadId": "U"}, {}),
        ("UploadPart", {"upload_id": "U", "part_numbers": [1, 2]}, "PUT", {"uploadId": "U"}, {}),
        ("ListParts", {"upload_id": "U"}, "GET", {"uploadId": "U"}, {}),
        ("AbortMultipartUpload", {"upload_id": "U"}, "DELETE", {"uploadId": "U"}, {}),
        (
            "CompleteMultipartUpload",
            {"upload_id": "U"},
            "POST",
            {"uploadId": "U"},
            {"Content-Type": "application/xml", "x-oss-forbid-overwrite": "true"},
        ),
    ],
)
def test_each_operation_signs_its_own_request(
    operation: str, fields: dict[str, Any], method: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    request = signable(operation, **fields)

    assert (method, query, headers) == (request.method, dict(request.query), dict(request.headers))


def test_a_download_overrides_what_it_names() -> None:
    request = signable(
        "GetObject",
        within=scope(versions=True, process_styles=("thumb",)),
        version_id="v1",
        process="thumb",
        download_as="报告.pdf",
        response={"content_type": "text/plain", "cache_control": "no-store"},
    )

    assert {
        "versionId": "v1",
        "x-oss-process": "style/thumb",
        "response-content-type": "text/plain",
        "response-content-disposition": attachment("报告.pdf"),
        "response-cache-control": "no-store",
    } == dict(request.query)


@pytest.mark.parametrize(
    ("key", "fields", "expected"),
    [
        ("users/alice/x.html", {}, "attachment"),
        ("users/alice/x.html", {"response": {"content_disposition": "inline"}}, "attachment"),
        ("users/alice/x.html", {"response": {"content_type": "text/plain"}}, None),
        (
            "users/alice/x.svg",
            {"response": {"content_disposition": 'attachment; filename="y"'}},
            'attachment; filename="y"',
        ),
        ("users/alice/x.png", {"response": {"content_disposition": "inline"}}, "attachment"),
        ("users/alice/x.png", {}, "attachment"),
        ("users/alice/x.png", {"download_as": "y.png"}, 'attachment; filename="y.png"'),
        *((f"users/alice/{name}", {}, "attachment") for name in ODD_NAMES),
    ],
)
def test_a_download_is_an_attachment(key: str, fields: dict[str, Any], expected: str | None) -> None:
    query = signable("GetObject", key=key, **fields).query

    assert expected == query.get("response-content-disposition")
    # OSS refuses another type than was stored: nobody gets it who did not ask for it.
    assert ("response-content-type" in query) == ("content_type" in fields.get("response", {}))


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("x.png", {"response": {"content_disposition": "inline"}}, "inline"),
        ("x.png", {}, None),
        ("x.html", {}, "attachment"),
        ("x.html", {"response": {"content_disposition": "inline"}}, "attachment"),
        *((name, {}, "attachment") for name in ODD_NAMES),
    ],
)
def test_what_a_browser_might_run_is_an_attachment_where_types_are_signed(
    name: str, fields: dict[str, Any], expected: str | None
) -> None:
    made = signable("GetObject", within=scope(downloads="typed"), key=f"users/alice/{name}", **fields)

    assert expected == made.query.get("response-content-disposition")


@pytest.mark.parametrize(
    ("key", "rules", "fields", "expected"),
    [
        ("users/alice/x.PNG", {}, {}, "image/png"),
        ("users/alice/x.png", {}, {"download_as": "y"}, "image/png"),
        ("users/alice/x.png", {}, {"response": {"content_type": "text/plain"}}, "text/plain"),
        ("users/alice/x.png", {"content_types": ("image/*",)}, {}, "image/png"),
        ("users/alice/x.pdf", {"content_types": ("image/*",)}, {}, None),
        ("users/alice/x.html", {"content_types": ("text/html",)}, {}, None),
    ],
)
def test_a_download_says_the_passive_type_of_its_extension(
    key: str, rules: dict[str, Any], fields: dict[str, Any], expected: str | None
) -> None:
    query = signable("GetObject", within=scope(downloads="typed", **rules), key=key, **fields).query

    assert expected == query.get("response-content-type")


def test_as_stored_adds_nothing() -> None:
    assert {} == dict(
        signable("GetObject", within=scope(downloads="as-stored"), key="users/alice/x.html").query
    )


def test_a_form_pins_key_type_and_size() -> None:
    policy = form(
        content_type="image/png", max_size=10, min_size=1, success_action_status=201, metadata={"a": "b"}
    )

    assert ("users/alice/a.bin", "image/png", 1, 10, timedelta(seconds=1200)) == (
        policy.key,
        policy.content_type,
        policy.min_size,
        policy.max_size,
        policy.expires_in,
    )
    assert {"x-oss-meta-a": "b", "x-oss-forbid-overwrite": "true", "success_action_status": "201"} == dict(
        policy.fields
    )


def test_a_form_without_wishes_gets_the_configured_ceiling() -> None:
    policy = form(within=scope(ceiling=1000))

    assert ("application/octet-stream", 0, 1000) == (policy.content_type, policy.min_size, policy.max_size)


def test_the_server_chooses_a_key_below_the_first_write_prefix() -> None:
    assert "users/alice/" + "0" * 32 + "-cat.png" == granted("PutObject", filename="cat.png").key


def test_lifetime_is_as_asked_or_the_default() -> None:
    asked, default = granted("GetObject", expires_in=60), granted("GetObject")

    assert (timedelta(seconds=60), "request") == (asked.expires_in, asked.limited_by)
    assert (timedelta(seconds=1200), "policy") == (default.expires_in, default.limited_by)


@pytest.mark.parametrize(
    ("operation", "fields", "expected", "message"),
    [
        ("GetObject", {"key": "users/bob/a"}, AccessDenied, "outside the prefixes"),
        ("GetObject", {"key": "users/alice"}, AccessDenied, "outside the prefixes"),
        ("GetObject", {"key": "users/alice2/a"}, AccessDenied, "outside the prefixes"),
        ("DeleteObject", {}, AccessDenied, "outside the prefixes"),
        ("GetObject", {"key": "users/bob/../alice/a"}, InvalidRequest, "segment"),
        ("GetObject", {"key": "/users/alice/a"}, InvalidRequest, "beginning"),
        ("GetObject", {"process": "thumb"}, AccessDenied, "image style"),
        ("GetObject", {"version_id": "v"}, AccessDenied, "versions"),
        ("GetObject", {"response": {"content_type": "text/html"}}, AccessDenied, "response.content_type"),
        ("GetObject", {"response": {"content_disposition": "form-data"}}, InvalidRequest, "attachment"),
        ("PutObject", {"content_type": "text/html"}, AccessDenied, "content_type"),
        (
            "PutObject",
            {"tagging": {"a": "b"}, "content_length": 1},
            AccessDenied,
            "tagging: tags are not granted",
        ),
        ("PutObject", {"content_length": 101}, AccessDenied, "content_length: at most 100 bytes"),
        ("PostObject", {"max_size": 101}, AccessDenied, "max_size: at most 100 bytes"),
        ("GetObject", {"expires_in": 3601}, TtlTooLong, "at most 3600 s, not 3601 s"),
        ("GetObject", {"key": "users/bob/a", "expires_in": 3601}, AccessDenied, "outside"),
        ("GetObject", {"process": "thumb", "expires_in": 3601}, AccessDenied, "image style"),
    ],
)
def test_what_the_scope_does_not_grant_is_refused_in_order(
    operation: str, fields: dict[str, Any], expected: type[ServiceError], message: str
) -> None:
    with pytest.raises(expected, match=message):
        granted(operation, within=scope(ceiling=100), **fields)


@pytest.mark.parametrize(
    ("operation", "fields", "advice"),
    [
        ("PutObject", {}, "content_length: required, because uploads are limited to 100 bytes"),
        ("UploadPart", {"upload_id": "U", "part_number": 1}, "content_length: required"),
        ("UploadPart", {"upload_id": "U", "part_numbers": [1, 2]}, "content_length: required"),
        ("InitiateMultipartUpload", {}, "ask for PostObject, or for PutObject with content_length"),
        ("CompleteMultipartUpload", {"upload_id": "U"}, "ask for PostObject"),
    ],
)
def test_an_upload_that_nobody_would_hold_to_the_ceiling_is_refused(
    operation: str, fields: dict[str, Any], advice: str
) -> None:
    with pytest.raises(InvalidRequest, match=advice):
        granted(operation, within=scope(ceiling=100), **fields)

    checked = granted(operation, within=scope(ceiling=100, checks_uploads=True), **fields)
    assert "callback" == checked.size_enforced_by


@pytest.mark.parametrize(
    ("operation", "fields", "expected"),
    [
        ("PostObject", {}, "storage"),
        ("PutObject", {"content_length": 1}, "signature"),
        ("UploadPart", {"content_length": 1, "upload_id": "U", "part_number": 1}, "signature"),
        ("PutObject", {}, "nothing"),
        ("InitiateMultipartUpload", {}, "nothing"),
        ("CompleteMultipartUpload", {"upload_id": "U"}, "nothing"),
        ("GetObject", {}, None),
        ("ListParts", {"upload_id": "U"}, None),
    ],
)
def test_each_upload_says_who_holds_it_to_its_size(
    operation: str, fields: dict[str, Any], expected: str | None
) -> None:
    assert expected == granted(operation, **fields).size_enforced_by


def test_operations_that_are_not_listed_are_refused_after_the_key() -> None:
    only = replaced(scope(), operations=frozenset({"GetObject"}))

    assert "GetObject" == granted("GetObject", within=only).asked.operation
    with pytest.raises(AccessDenied, match="PutObject: not granted"):
        granted("PutObject", within=only)
    with pytest.raises(InvalidRequest, match="segment"):
        granted("PutObject", within=only, key="users/alice/../x")


def test_a_scope_has_its_own_longest_life() -> None:
    short = replaced(scope(), longest=timedelta(seconds=600))
    cut = granted("GetObject", within=short)

    assert (timedelta(seconds=600), "policy") == (cut.expires_in, cut.limited_by)
    with pytest.raises(TtlTooLong, match="at most 600 s"):
        granted("GetObject", within=short, expires_in=601)


@pytest.mark.parametrize(
    ("operation", "fields", "where"),
    [
        ("GetObject", {}, "query"),
        ("PutObject", {}, "query"),
        ("UploadPart", {"upload_id": "U", "part_number": 1}, "query"),
    ],
)
def test_a_speed_limit_is_signed(operation: str, fields: dict[str, Any], where: str) -> None:
    request = signable(operation, traffic_limit=819_200, **fields)

    assert "819200" == getattr(request, where)["x-oss-traffic-limit"]
    assert "819200" == form(traffic_limit=819_200).fields["x-oss-traffic-limit"]


def test_a_new_object_names_its_type_where_only_some_are_granted() -> None:
    with pytest.raises(InvalidRequest, match="content_type: required"):
        granted("PutObject", within=scope(content_types=("image/*",)))

    assert granted("UploadPart", within=scope(content_types=("image/*",)), upload_id="U", part_number=1)


def test_no_write_prefix_means_no_server_chosen_key() -> None:
    nothing: Any = {"read": (), "write": (), "delete": ()}
    closed = GrantScope(bucket="examplebucket", prefixes=nothing, content=ContentRules())

    with pytest.raises(AccessDenied, match="PutObject: not granted"):
        granted("PutObject", within=closed, filename="a.png")


def test_a_form_has_no_request_to_sign() -> None:
    with pytest.raises(TypeError):
        _ = granted("PostObject").object_request
