"""The request: faults of method, headers and keys, and refusals that are no matter of the signature."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from html import escape

from tests.unit.diagnosis.faults.fault import ON_THE_WAY, REQUEST_CHANGED, Fault, with_headers, without
from tests.unit.diagnosis.signed_world import READ_ONLY, Signed, World


def _put(world: World) -> Signed:
    return world.sign("PUT", headers={"Content-Type": "image/png"})


def _put_without_type(world: World) -> Signed:
    return world.sign("PUT")


def _of_a_new_account(world: World) -> Signed:
    world.cloud.public_endpoint_open = False
    return world.get()


def _of_another_type(world: World) -> Signed:
    return world.sign("GET", query={"response-content-type": "text/plain"})


DRESSES: dict[str, Callable[[str], str]] = {
    "document on one line": lambda text: " ".join(text.split()),
    "document with indentation": lambda text: text.replace(">", ">\n    ").replace("</", "\n    </"),
    "document in a line of JSON": lambda text: json.dumps({"level": "error", "body": text}),
    "document in a page": lambda text: f"<html><pre>{escape(escape(text))}</pre></html>",
    "document in base64": lambda text: base64.encodebytes(text.encode()).decode(),
    "hash in bytes alone": lambda text: re.sub(
        "<(CanonicalRequest|StringToSign)>.*?</(CanonicalRequest|StringToSign)>", "", text, flags=re.S
    ),
}
"""How people paste what OSS answers."""

REQUEST = (
    Fault(
        name="Content-Type added by the client",
        expected="content-type",
        make=_put_without_type,
        headers=with_headers(Content_Type="application/x-www-form-urlencoded"),
        url_alone=False,
    ),
    Fault(
        name="Content-Type changed by the client",
        expected="content-type",
        make=_put,
        headers=with_headers(Content_Type="image/jpeg"),
        **REQUEST_CHANGED,
    ),
    Fault(
        name="Content-Type not sent",
        expected="content-type",
        make=_put,
        headers=without("content-type"),
        **REQUEST_CHANGED,
    ),
    Fault(
        name="Content-Type added, OSS tells the hash alone",
        expected="content-type",
        make=_put_without_type,
        headers=with_headers(Content_Type="application/octet-stream"),
        url_alone=False,
        only_hash=True,
    ),
    Fault(
        name="a type with a charset, OSS tells the hash alone",
        expected="content-type",
        make=_put_without_type,
        headers=with_headers(Content_Type="application/json; charset=utf-8"),
        url_alone=False,
        only_hash=True,
    ),
    *(
        Fault(
            name=f"Content-Type added, {dress}",
            expected="content-type",
            make=_put_without_type,
            headers=with_headers(Content_Type="text/plain; charset=utf-8"),
            url_alone=False,
            document=dressed,
        )
        for dress, dressed in DRESSES.items()
    ),
    Fault(
        name="a header for ranges, added by a CDN",
        expected="signed-header",
        headers=with_headers(x_oss_range_behavior="standard"),
        url_alone=False,
    ),
    Fault(
        name="a header for ranges, OSS tells the hash alone",
        expected="signed-header",
        headers=with_headers(x_oss_range_behavior="standard"),
        url_alone=False,
        only_hash=True,
    ),
    Fault(
        name="metadata header not sent",
        expected="signed-header",
        make=lambda world: world.sign("PUT", headers={"x-oss-meta-owner": "alice"}),
        headers=without("x-oss-meta-owner"),
        **REQUEST_CHANGED,
    ),
    Fault(
        name="ACL header smuggled in",
        expected="signed-header",
        make=lambda world: world.sign("PUT", headers={"x-oss-meta-owner": "alice"}),
        headers=with_headers(x_oss_object_acl="public-read"),
        **REQUEST_CHANGED,
    ),
    Fault(
        name="additional header not sent",
        expected="signed-header",
        make=lambda world: world.sign(
            "PUT", headers={"Content-Disposition": "inline"}, additional=["content-disposition"]
        ),
        headers=without("content-disposition"),
        tells="sent",
    ),
    Fault(name="PUT sent as GET", expected="method", make=_put_without_type, method="GET", **REQUEST_CHANGED),
    Fault(name="HEAD on a URL for GET", expected="method", method="HEAD", **REQUEST_CHANGED),
    Fault(
        name="HEAD on a URL for GET, OSS tells the hash alone",
        expected="method",
        method="HEAD",
        only_hash=True,
        **REQUEST_CHANGED,
    ),
    Fault(
        name="JWT sent along",
        expected="two-signatures",
        headers=with_headers(Authorization="Bearer x"),
        tells="sent",
        refused=("InvalidArgument",),
    ),
    # Keys
    Fault(
        name="dot segments, folded on the way",
        expected="dot-segments",
        make=lambda world: world.sign("GET", key="users/alice/../bob.png"),
        on_the_way=lambda url: url.replace("/alice/..", ""),
    ),
    Fault(
        name="double slash, folded on the way",
        expected="dot-segments",
        make=lambda world: world.sign("GET", key="users//bob.png"),
        on_the_way=lambda url: url.replace("users//", "users/"),
        **ON_THE_WAY,
    ),
    Fault(
        name="key with a leading slash",
        expected="key-invalid",
        make=lambda world: world.sign("GET", key="/users/bob.png"),
        refused=("InvalidObjectName", "AccessDenied", "NoSuchKey"),
    ),
    Fault(
        name="another key on the way",
        expected="key-changed",
        on_the_way=lambda url: url.replace("cat.png", "dog.png"),
        **ON_THE_WAY,
    ),
    # What is no matter of the signature
    Fault(
        name="session policy refuses",
        expected="permission",
        make=lambda world: world.sign("DELETE", principal=world.session(policy=READ_ONLY)),
        url_alone=False,
        refused=("AccessDenied",),
    ),
    Fault(
        name="an account that may not use public endpoints",
        expected="public-endpoint-forbidden",
        make=_of_a_new_account,
        url_alone=False,
        refused=("PublicEndpointForbidden",),
    ),
    Fault(
        name="a download of another type than was stored",
        expected="type-override",
        make=_of_another_type,
        url_alone=False,
        refused=("InvalidRequest",),
    ),
    Fault(
        name="no such upload",
        expected="no-such-upload",
        make=lambda world: world.sign("PUT", query={"partNumber": "1", "uploadId": "0123456789ABCDEF"}),
        url_alone=False,
        refused=("NoSuchUpload",),
    ),
    Fault(
        name="no such object",
        expected="no-such-key",
        make=lambda world: world.sign("GET", key="users/alice/nothing"),
        url_alone=False,
        refused=("NoSuchKey",),
    ),
    Fault(
        name="overwriting forbidden",
        expected="exists",
        make=lambda world: world.sign("PUT", headers={"x-oss-forbid-overwrite": "true"}),
        url_alone=False,
        refused=("FileAlreadyExists",),
    ),
)
