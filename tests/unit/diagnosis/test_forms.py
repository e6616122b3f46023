"""Forms that the emulator refuses, each explained by its answer: their address shows nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from oss_emulator.ram.identities import Principal
from shared.diagnose import diagnose
from tests.unit.emulator.oss_world import BUCKET, EVERYTHING, HOST, World, world
from tests.unit.emulator.test_oss_forms import ANYBODY, BOUNDARY, encoded, post, signed
from tests.world import NOON

READER = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:Get*", "Resource": "*"}]}
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
LATE = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x-oss-meta-a"\r\n\r\nb\r\n'


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


def after(w: World, life: timedelta) -> Response:
    fields = signed(w, life=60)
    w.cloud.clock.advance(life)
    return post(w, fields)


def of_session(w: World, *, later: int = 0, **changed: str | None) -> Response:
    w.cloud.identities.add_role("writer", trust=ANYBODY, policies=[EVERYTHING])
    fields = signed(w, principal=w.cloud.identities.role_session("writer", duration_seconds=900), life=3600)
    w.cloud.clock.advance(timedelta(seconds=later))
    return post(w, {name: value for name, value in {**fields, **changed}.items() if value is not None})


def without(w: World, *names: str) -> Response:
    return post(w, {name: value for name, value in signed(w).items() if name not in names})


def twice(w: World) -> Response:
    fields = signed(w, {"x-oss-forbid-overwrite": "true"}, **{"x-oss-forbid-overwrite": "true"})
    assert 204 == post(w, fields).status_code
    return post(w, fields)


def to_another_bucket(w: World) -> Response:
    w.cloud.create_bucket("otherbucket")
    return w.send("POST", f"{HOST}/otherbucket/", headers=MULTIPART, body=encoded(signed(w), b"hello"))


def as_a_page(w: World) -> Response:
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    return w.send("POST", f"{HOST}/{BUCKET}/", headers=plain, body=b"key=a")


STRANGER = Principal(kind="user", arn="a", access_key_id="LTAInobody", access_key_secret="s")
TYPE = ["eq", "$x-oss-content-type", "image/png"]
SIZE = ["content-length-range", 6, 9]

REFUSED: dict[str, tuple[Callable[[World], Response], str]] = {
    "over": (lambda w: after(w, timedelta(seconds=60)), "expired"),
    "a clock ahead": (lambda w: after(w, timedelta(minutes=-16)), "clock-skew"),
    "a field changed": (
        lambda w: post(w, {**signed(w, TYPE), "x-oss-content-type": "text/html"}),
        "form-condition",
    ),
    "a field left out": (lambda w: post(w, signed(w, TYPE)), "form-condition"),
    "another bucket": (to_another_bucket, "form-condition"),
    "too small": (lambda w: post(w, signed(w, SIZE)), "too-small"),
    "too large": (lambda w: post(w, signed(w, SIZE), b"0123456789"), "too-large"),
    "a field behind the file": (lambda w: post(w, signed(w), end=LATE), "file-not-last"),
    "no file": (lambda w: post(w, signed(w), None), "form-malformed"),
    "no multipart": (as_a_page, "form-malformed"),
    "there already": (twice, "exists"),
    "another signature": (lambda w: post(w, {**signed(w), "x-oss-signature": "0" * 64}), "signed-otherwise"),
    "another policy": (lambda w: post(w, {**signed(w), "policy": "e30="}), "signed-otherwise"),
    "no policy at all": (lambda w: post(w, signed(w, policy="no base64!")), "form-policy"),
    "no fields": (
        lambda w: without(w, "policy", "x-oss-signature-version", "x-oss-signature", "x-oss-credential"),
        "fields-lost",
    ),
    "another region": (lambda w: post(w, signed(w, region="cn-beijing")), "region"),
    "an unknown key": (lambda w: post(w, signed(w, principal=STRANGER)), "access-key-unknown"),
    "no token": (lambda w: of_session(w, **{"x-oss-security-token": None}), "access-key-unknown"),
    "a cut token": (lambda w: of_session(w, **{"x-oss-security-token": "x"}), "security-token-cut"),
    "a session that is over": (lambda w: of_session(w, later=900), "session-ended"),
    "not allowed": (
        lambda w: post(w, signed(w, principal=w.cloud.identities.add_user("reader", policies=[READER]))),
        "permission",
    ),
    "a bad key": (lambda w: post(w, {**signed(w), "key": "/a"}), "key-invalid"),
    "a bad credential": (lambda w: post(w, {**signed(w), "x-oss-credential": "a/b"}), "credential"),
}


@pytest.mark.parametrize(
    "address", ["https://examplebucket.oss-cn-hangzhou.aliyuncs.com/", f"{HOST}/{BUCKET}/"]
)
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_form_is_explained_by_its_answer(w: World, name: str, address: str) -> None:
    send, expected = REFUSED[name]
    error = send(w).get_data(as_text=True)

    for told in ({"method": "POST"}, {"method": "post", "headers": {}}):
        found = diagnose(address, now=w.cloud.clock.now(), error=error, **told)

        assert expected == found[0].code, error
        assert {"unsigned", "refused"}.isdisjoint(each.code for each in found)


def test_the_condition_is_named(w: World) -> None:
    error = REFUSED["a field changed"][0](w).get_data(as_text=True)
    (found,) = diagnose(f"{HOST}/{BUCKET}/", now=w.cloud.clock.now(), error=error, method="POST")

    assert "the field x-oss-content-type breaks its condition" in found.cause
    assert '["eq", "$x-oss-content-type", "image/png"]' in found.cause
    assert "fields as they are" in found.remedy


def test_no_signature_at_all_is_thought_of_where_oss_tells_no_details() -> None:
    recorded = (Path(__file__).parent / "recorded" / "s30-implicit-deny-403.http").read_text()
    bare = re.sub("<AccessDeniedDetail>.*</AccessDeniedDetail>", "", recorded, flags=re.S)
    said = [
        [finding.code for finding in diagnose(f"{HOST}/{BUCKET}/", now=NOON, error=error, method="POST")]
        for error in (bare, recorded)
    ]

    assert [["fields-lost", "permission"], ["permission"]] == said
