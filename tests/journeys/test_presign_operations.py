"""Every operation: asked for, sent exactly as answered, accepted by OSS; and refused when anything is changed."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import pytest

from tests.journeys.presign_world import DOMAIN, NOON, PresignWorld

MD5_OF_HELLO = "XUFAKrxLKna5cZ2REBfFkg=="


@pytest.fixture
def w(tmp_path: Path) -> PresignWorld:
    return PresignWorld(tmp_path)


def changed(url: str, **parameters: str | None) -> str:
    """Return the URL with parameters replaced, added, or removed by None."""
    split = urlsplit(url)
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    named = {name.replace("__", "-"): value for name, value in parameters.items()}
    kept = {n: v for n, v in (query | named).items() if v is not None}
    return urlunsplit(split._replace(query=urlencode(kept, quote_via=quote)))


def test_an_upload_keeps_all_that_was_signed(w: PresignWorld) -> None:
    answer = w.put(
        content_type="image/png",
        content_md5=MD5_OF_HELLO,
        content_length=5,
        metadata={"owner": "alice", "Note": "100%25 mine"},
        storage_class="IA",
        tagging={"project": "cats + dogs"},
    )
    stored = w.bucket.current("users/alice/a.bin")

    assert (200, b"hello", "IA") == (answer.status_code, w.stored(), stored.storage_class)
    assert {
        "content-type": "image/png",
        "x-oss-meta-owner": "alice",
        "x-oss-meta-note": "100%25 mine",
    } == stored.headers
    assert {"project": "cats + dogs"} == stored.tags


def test_a_download_head_and_delete(w: PresignWorld) -> None:
    w.put()
    got, head = w.send(w.ask("GetObject")), w.send(w.ask("HeadObject"))
    gone = w.send(w.ask("DeleteObject"))

    assert (200, b"hello") == (got.status_code, got.get_data())
    assert (200, "5") == (head.status_code, head.headers["Content-Length"])
    assert 204 == gone.status_code
    assert not w.bucket.exists("users/alice/a.bin")


def test_a_folder_is_made_as_consoles_make_it(w: PresignWorld) -> None:
    folder = w.ask("PutObject", key="users/alice/new/", content_length=0)
    full = w.send(folder, body=b"x", headers={**folder["headers"], "Content-Length": "1"})
    made = w.send(folder)

    assert (403, 200) == (full.status_code, made.status_code)
    assert w.bucket.exists("users/alice/new/")


def test_a_download_says_what_it_was_asked_to(w: PresignWorld) -> None:
    w.put(content_type="image/png")
    w.cloud.type_overrides_open = True
    overrides = {
        "content_type": "text/plain",
        "content_language": "de",
        "cache_control": "no-store",
        "content_encoding": "identity",
        "expires": "0",
    }
    w.bucket.set(styles={"thumb": "image/resize,w_100"})
    got = w.send(
        w.ask("GetObject", response=overrides, download_as='\u62a5\u544a "2026"; x.pdf', process="thumb")
    )

    assert {name.replace("_", "-"): value for name, value in overrides.items()}.items() <= {
        name.lower(): value for name, value in got.headers
    }.items()
    assert (
        "attachment; filename=\"__ _2026__ x.pdf\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%20%222026%22%3B%20x.pdf"
        == got.headers["Content-Disposition"]
    )
    assert "style/thumb" == got.headers["x-oss-emulator-process"]


@pytest.mark.parametrize("name", ["a.png", "a.pdf", "a.html", "a.mp4"])
def test_a_download_that_asks_for_nothing_is_taken_by_the_service_as_it_is(
    w: PresignWorld, name: str
) -> None:
    w.put(key=f"users/alice/{name}")
    got = w.send(w.ask("GetObject", key=f"users/alice/{name}"))

    assert (200, "attachment") == (got.status_code, got.headers["Content-Disposition"])


def test_a_type_that_is_asked_for_is_signed_and_the_service_has_the_last_word(w: PresignWorld) -> None:
    w.put()

    assert 400 == w.send(w.ask("GetObject", response={"content_type": "text/plain"})).status_code


def test_active_content_comes_as_an_attachment(w: PresignWorld) -> None:
    w.put(key="users/alice/page.html")
    got = w.send(w.ask("GetObject", key="users/alice/page.html"))

    assert "attachment" == got.headers["Content-Disposition"]


def test_a_version_can_be_read(tmp_path: Path) -> None:
    w = PresignWorld(tmp_path, versioned=True)
    first = w.put(b"one").headers["x-oss-version-id"]
    w.environ["GRANT_FORBID_OVERWRITE"] = "false"
    w.put(b"two")

    assert b"one" == w.send(w.ask("GetObject", version_id=first)).get_data()
    assert 200 == w.send(w.ask("HeadObject", version_id=first)).status_code
    assert b"two" == w.send(w.ask("GetObject")).get_data()


def test_nothing_is_overwritten_unless_the_deployment_lets_it(w: PresignWorld) -> None:
    w.put(b"first")
    again = w.put(b"second")
    w.environ["GRANT_FORBID_OVERWRITE"] = "false"

    assert (409, b"first") == (again.status_code, w.stored())
    assert 200 == w.put(b"third").status_code
    assert b"third" == w.stored()


def test_parts_go_up_in_any_order_and_side_by_side(w: PresignWorld) -> None:
    bodies = {number: bytes([number]) * 102_400 for number in range(1, 7)}
    upload_id = w.begin(content_type="video/mp4", metadata={"a": "b"})
    parts = w.ask("UploadPart", upload_id=upload_id, part_numbers=list(bodies))
    urls = {part["part_number"]: part["url"] for part in parts["parts"]}
    with ThreadPoolExecutor(3) as pool:
        sent = pool.map(lambda n: (n, w.send(parts, url=urls[n], body=bodies[n])), reversed(bodies))
        etags = {number: answer.headers["ETag"] for number, answer in sent}
    listed = w.send(w.ask("ListParts", upload_id=upload_id)).get_data(as_text=True)
    done = w.complete(upload_id, etags)

    assert 6 == listed.count("<Part>")
    assert (200, b"".join(bodies.values())) == (done.status_code, w.stored())
    assert {"content-type": "video/mp4", "x-oss-meta-a": "b"} == w.bucket.current("users/alice/a.bin").headers


def test_a_part_can_be_sent_again_and_an_upload_given_up(w: PresignWorld) -> None:
    upload_id = w.begin()
    one = w.ask(
        "UploadPart",
        upload_id=upload_id,
        part_number=1,
        content_length=3,
        content_md5="rL0Y20zC+Fzt72VPzMSk2A==",
    )
    w.send(w.ask("UploadPart", upload_id=upload_id, part_number=1), body=b"old")
    again = w.send(one, body=b"foo")
    gone = w.send(w.ask("AbortMultipartUpload", upload_id=upload_id))
    late = w.send(w.ask("UploadPart", upload_id=upload_id, part_number=2), body=b"x")

    assert ("signature", 200) == (one["size_enforced_by"], again.status_code)
    assert (204, 404) == (gone.status_code, late.status_code)


def test_an_upload_id_is_good_for_its_own_key_only(w: PresignWorld) -> None:
    upload_id = w.begin()

    assert (
        404
        == w.send(w.ask("UploadPart", key="users/alice/b", upload_id=upload_id, part_number=1)).status_code
    )


def test_completing_does_not_overwrite_either(w: PresignWorld) -> None:
    upload_id = w.begin()
    etag = w.send(w.ask("UploadPart", upload_id=upload_id, part_number=1), body=b"parts").headers["ETag"]
    w.put(b"first")

    assert 409 == w.complete(upload_id, {1: etag}).status_code
    assert b"first" == w.stored()


def test_compact_part_urls_are_small_and_work(w: PresignWorld) -> None:
    upload_id = w.begin()
    answer = w.call(
        {
            "operation": "UploadPart",
            "key": "users/alice/a.bin",
            "upload_id": upload_id,
            "part_numbers": list(range(1, 10_001)),
            "compact": True,
        }
    )
    document = json.loads(answer["body"])
    signature = document["signatures"][9_998]
    url = document["url_template"].replace("{partNumber}", "9999").replace("{signature}", signature)

    assert 0.65 * 2**20 > len(answer["body"].encode())
    assert 200 == w.send(document, method="PUT", url=url, body=b"x").status_code


def test_a_form_stores_its_file_under_the_servers_key(w: PresignWorld) -> None:
    form = w.ask(
        "PostObject",
        key=None,
        filename="my cat.png",
        content_type="image/png",
        max_size=5,
        min_size=2,
        metadata={"a": "b"},
        storage_class="IA",
        success_action_status=201,
    )
    answer = w.post(form, b"hello")
    stored = w.bucket.current(form["key"])

    assert form["url"].endswith("/")
    assert form["key"] == form["fields"]["key"]
    assert (201, b"hello", "IA") == (answer.status_code, w.stored(form["key"]), stored.storage_class)
    assert {"content-type": "image/png", "x-oss-meta-a": "b"} == stored.headers


@pytest.mark.parametrize(("size", "status"), [(1, 400), (2, 204), (5, 204), (6, 400)])
def test_a_form_holds_to_its_sizes(w: PresignWorld, size: int, status: int) -> None:
    form = w.ask("PostObject", max_size=5, min_size=2)

    assert ("storage", status) == (form["size_enforced_by"], w.post(form, b"x" * size).status_code)


FORM_FIELDS = [
    "key",
    "Content-Type",
    "x-oss-content-type",
    "x-oss-forbid-overwrite",
    "x-oss-meta-a",
    "x-oss-storage-class",
    "success_action_status",
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-security-token",
    "policy",
    "x-oss-signature",
]


@pytest.mark.parametrize("field", FORM_FIELDS)
@pytest.mark.parametrize("change", ["changed", "missing"])
def test_no_field_of_a_form_can_change(w: PresignWorld, field: str, change: str) -> None:
    form = w.ask(
        "PostObject",
        content_type="image/png",
        metadata={"a": "b"},
        storage_class="IA",
        success_action_status=200,
    )
    fields = {name: value for name, value in form["fields"].items() if name != field}
    if change == "changed":
        fields[field] = {"key": "users/alice/b.bin", "x-oss-date": "20261123T120001Z"}.get(
            field, form["fields"][field][:-1] + "B"
        )

    assert set(FORM_FIELDS) == set(form["fields"])
    assert w.post(form, b"x", fields=fields).status_code in (400, 403)
    assert 200 == w.post(form, b"x").status_code


@pytest.mark.parametrize(
    "extra",
    [
        {"x-oss-object-acl": "public-read"},
        {"x-oss-tagging": "a=b"},
        {"KEY": "users/bob/x"},
        {"x-oss-security-token": "x"},
    ],
)
def test_a_field_that_takes_a_permission_cannot_join_a_form(tmp_path: Path, extra: dict[str, str]) -> None:
    w = PresignWorld(tmp_path, tagging=False)
    form = w.ask("PostObject")

    assert w.post(form, b"x", fields={**form["fields"], **extra}).status_code in (400, 403)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Cache-Control", "max-age=1"), ("Content-Disposition", "inline"), ("x-oss-meta-new", "1")],
)
def test_what_takes_no_permission_can_join_a_form_as_the_docs_say(
    w: PresignWorld, name: str, value: str
) -> None:
    form = w.ask("PostObject")
    answer = w.post(form, b"x", fields={**form["fields"], name: value})

    assert (204, value) == (answer.status_code, w.bucket.current(form["key"]).headers[name.lower()])


def test_the_type_of_the_file_part_does_not_win(w: PresignWorld) -> None:
    form = w.ask("PostObject", content_type="image/png")
    without = {name: value for name, value in form["fields"].items() if name != "x-oss-content-type"}
    status = w.post(form, b"<script>", file_type="text/html").status_code

    assert (204, "image/png") == (status, w.bucket.current(form["key"]).headers["content-type"])
    assert 403 == w.post(form, b"<script>", fields=without, file_type="text/html").status_code


def test_a_form_ends_on_the_second(w: PresignWorld) -> None:
    form = w.ask("PostObject", expires_in=60)
    w.cloud.clock.set(NOON + timedelta(seconds=60))
    late = w.post(form, b"x").status_code
    w.cloud.clock.set(NOON + timedelta(seconds=59))

    assert (403, 204) == (late, w.post(form, b"x").status_code)


SIGNED: dict[str, dict[str, Any]] = {
    "GetObject": {
        "response": {"content_type": "text/plain"},
        "version_id": "null",
        "process": "thumb",
        "download_as": "a",
    },
    "HeadObject": {"process": "thumb"},
    "PutObject": {
        "content_type": "image/png",
        "content_md5": MD5_OF_HELLO,
        "content_length": 5,
        "metadata": {"a": "b"},
        "storage_class": "IA",
        "tagging": {"c": "d"},
    },
    "DeleteObject": {},
    "InitiateMultipartUpload": {"content_type": "image/png", "metadata": {"a": "b"}},
    "UploadPart": {"upload_id": "U", "part_number": 1, "content_length": 5},
    "ListParts": {"upload_id": "U"},
    "CompleteMultipartUpload": {"upload_id": "U"},
    "AbortMultipartUpload": {"upload_id": "U"},
}
BODIES = {"PutObject": b"hello", "UploadPart": b"hello"}


def is_signature_refusal(answer: Any) -> bool:
    text = answer.get_data(as_text=True) + base64.b64decode(answer.headers.get("x-oss-err", "")).decode()
    codes = (
        "SignatureDoesNotMatch",
        "InvalidArgument",
        "InvalidAccessKeyId",
        "InvalidSecurityToken",
        "Request has expired",
    )
    return answer.status_code in (400, 403) and any(code in text for code in codes)


@pytest.mark.parametrize("operation", SIGNED)
def test_no_parameter_of_a_url_can_change(w: PresignWorld, operation: str) -> None:
    document = w.ask(operation, **SIGNED[operation])
    body = BODIES.get(operation, b"")
    names = [name for name, _ in parse_qsl(urlsplit(document["url"]).query, keep_blank_values=True)]
    survived = []
    for name in names:
        parameter = name.replace("-", "__")
        value = (
            "602" if name == "x-oss-expires" else "20261123T115959Z" if name == "x-oss-date" else "changed"
        )
        for url in (
            changed(document["url"], **{parameter: value}),
            changed(document["url"], **{parameter: None}),
        ):
            if not is_signature_refusal(w.send(document, url=url, body=body)):
                survived.append(url)

    assert [] == survived
    assert not is_signature_refusal(w.send(document, body=body))


@pytest.mark.parametrize("operation", SIGNED)
def test_no_signed_header_can_change_or_go(w: PresignWorld, operation: str) -> None:
    document = w.ask(operation, **SIGNED[operation])
    survived = []
    for name, value in document["headers"].items():
        for headers in (
            {**document["headers"], name: value + "0"},
            {n: v for n, v in document["headers"].items() if n != name},
        ):
            body = b"x" * int(headers.get("Content-Length", 5)) if operation in BODIES else b""
            # An absent Content-Length is not a change: every client sends one, and it is the body's.
            if name == "Content-Length" and name not in headers:
                body = b"longer than signed"
            if not is_signature_refusal(w.send(document, headers=headers, body=body)):
                survived.append((name, headers))

    assert [] == survived


@pytest.mark.parametrize("operation", SIGNED)
@pytest.mark.parametrize(
    "joined",
    [
        {"x-oss-object-acl": "public-read"},
        {"x-oss-callback": "e30="},
        {"x-oss-copy-source": "/examplebucket/users/bob/a"},
        {"x-oss-symlink-target": "users/bob/a"},
        {"x-oss-meta-new": "1"},
        {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="},
    ],
)
def test_no_header_that_widens_can_join(w: PresignWorld, operation: str, joined: dict[str, str]) -> None:
    document = w.ask(operation, **SIGNED[operation])

    assert is_signature_refusal(
        w.send(document, headers={**document["headers"], **joined}, body=BODIES.get(operation, b""))
    )


@pytest.mark.parametrize("operation", SIGNED)
def test_method_key_and_sub_resource_are_signed(w: PresignWorld, operation: str) -> None:
    document = w.ask(operation, **SIGNED[operation])
    method = "DELETE" if document["method"] != "DELETE" else "GET"
    urls = [
        document["url"].replace("a.bin", "b.bin"),
        document["url"].replace("users/alice", "users/bob"),
        document["url"] + "&acl",
        document["url"] + "&callback=e30%3D",
        document["url"] + "&response-cache-control=x",
    ]

    assert is_signature_refusal(w.send(document, method=method))
    assert [] == [url for url in urls if not is_signature_refusal(w.send(document, url=url))]


@pytest.mark.parametrize("operation", [name for name in SIGNED if name != "PutObject"])
def test_a_url_ends_on_the_second_it_names(w: PresignWorld, operation: str) -> None:
    document = w.ask(operation, **SIGNED[operation], expires_in=90)
    end = datetime.fromisoformat(document["expires_at"].replace("Z", "+00:00"))
    refusals = []
    for moment in (end - timedelta(seconds=1), end):
        w.cloud.clock.set(moment)
        refusals.append(is_signature_refusal(w.send(document, body=BODIES.get(operation, b""))))

    assert NOON + timedelta(seconds=90) == end
    assert "x-oss-expires=90&" in document["url"]
    assert [False, True] == refusals


def test_every_host_serves_the_same_object(w: PresignWorld) -> None:
    w.put()
    urls = {name: w.ask("GetObject", endpoint=name) for name in ("public", "internal", "custom")}
    default = w.ask("GetObject")

    assert [b"hello"] * 3 == [w.send(document).get_data() for document in urls.values()]
    assert [
        "examplebucket.oss-cn-hangzhou.aliyuncs.com",
        "examplebucket.oss-cn-hangzhou-internal.aliyuncs.com",
        DOMAIN,
    ] == [urlsplit(document["url"]).netloc for document in urls.values()]
    assert urls["custom"]["url"] == default["url"]


def test_a_form_goes_to_the_custom_domain_too(w: PresignWorld) -> None:
    form = w.ask("PostObject", endpoint="custom")

    assert f"https://{DOMAIN}/" == form["url"]
    assert 204 == w.post(form, b"x").status_code


def test_a_read_by_query_redirects_to_the_object(w: PresignWorld) -> None:
    w.put()
    query = {
        "operation": "GetObject",
        "key": "users/alice/a.bin",
        "expires_in": "60",
        "response.content_language": "de",
    }
    plain = w.call(query=query)
    redirect = w.call(query=query | {"redirect": "1"})
    url = redirect["headers"]["Location"]

    assert (302, "", "no-store") == (
        redirect["statusCode"],
        redirect["body"],
        redirect["headers"]["Cache-Control"],
    )
    assert json.loads(plain["body"])["url"] == url
    assert b"hello" == w.send({"method": "GET", "url": url, "headers": {}}).get_data()


@pytest.mark.parametrize("operation", [*SIGNED, "PostObject"])
def test_a_dry_run_tells_everything_but_the_signature(w: PresignWorld, operation: str) -> None:
    fields = SIGNED.get(operation, {})
    dry = w.ask(operation, **fields, dry_run=True)
    wet = w.ask(operation, **fields)

    assert {name: value for name, value in wet.items() if name not in ("url", "fields")} == dry
    assert "x-oss-" not in json.dumps(dry).replace("x-oss-meta", "").replace("x-oss-forbid", "").replace(
        "x-oss-storage", ""
    ).replace("x-oss-tagging", "")


def test_a_batch_keeps_its_order_and_its_refusals_to_themselves(w: PresignWorld) -> None:
    items = [{"operation": "GetObject", "key": f"users/alice/{n}"} for n in range(999)]
    items.insert(500, {"operation": "GetObject", "key": "users/bob/500"})
    answered = json.loads(w.call({"items": items})["body"])["items"]

    assert [item["key"] for item in items if "alice" in item["key"]] == [
        a["key"] for a in answered if "key" in a
    ]
    assert {"Code", "Message"} == set(answered[500]["error"])
    assert "AccessDenied" == answered[500]["error"]["Code"]


def test_what_the_platform_could_not_carry_is_refused_before_any_work(w: PresignWorld) -> None:
    parts = {
        "operation": "UploadPart",
        "key": "users/alice/a",
        "upload_id": "U",
        "part_numbers": list(range(1, 10_001)),
    }
    one, three = w.call(parts), w.call({"items": [parts] * 3})

    assert (200, 413) == (one["statusCode"], three["statusCode"])
    assert len(one["body"]) < 30 * 1024 * 1024


def test_a_session_that_ends_first_ends_the_url(tmp_path: Path) -> None:
    w = PresignWorld(tmp_path, session_seconds=900)
    document = w.ask("GetObject", expires_in=3600)
    w.cloud.clock.set(NOON + timedelta(seconds=899))
    before = w.send(document).status_code
    w.cloud.clock.set(NOON + timedelta(seconds=900))

    # The function's own role has no readable end: the answer cannot know, a signing role would.
    assert ("request", 404, 403) == (document["limited_by"], before, w.send(document).status_code)


def test_the_server_never_chooses_a_key_twice(w: PresignWorld) -> None:
    keys = {w.ask("PutObject", key=None, filename="a.png")["key"] for _ in range(50)}

    assert 50 == len(keys)
    assert all(key.startswith("users/alice/") and key.endswith("-a.png") for key in keys)


def test_digests_survive_a_megabyte(w: PresignWorld) -> None:
    data = bytes(range(256)) * 4096
    w.put(
        data, content_md5=base64.b64encode(hashlib.new("md5", data, usedforsecurity=False).digest()).decode()
    )

    assert data == w.send(w.ask("GetObject")).get_data()
