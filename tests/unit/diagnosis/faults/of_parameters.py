"""The query: parameters added, removed, doubled, malformed."""

from __future__ import annotations

import re

from tests.unit.diagnosis.faults.fault import ON_THE_WAY, Fault, substitute

PARAMETERS = (
    Fault(name="tracking parameter", expected="parameter-added", pasted=lambda url: f"{url}&utm_source=mail"),
    Fault(
        name="parameter after the signature", expected="parameter-added", pasted=lambda url: f"{url}&acl=1"
    ),
    Fault(
        name="parameter added on the way",
        expected="parameter-added",
        on_the_way=lambda url: url.replace("?", "?debug=1&"),
        **ON_THE_WAY,
    ),
    Fault(
        name="date removed",
        expected="parameter-removed",
        pasted=substitute("x-oss-date=[^&]*&", ""),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="expires removed",
        expected="parameter-removed",
        pasted=substitute("x-oss-expires=[^&]*&", ""),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="upload id removed",
        expected="parameter-removed",
        make=lambda world: world.sign("PUT", query={"partNumber": "1", "uploadId": "0123456789ABCDEF"}),
        pasted=substitute("uploadId=[^&]*&", ""),
    ),
    Fault(
        name="parameter lost on the way",
        expected="parameter-removed",
        make=lambda world: world.sign("GET", query={"response-content-type": "text/plain"}),
        on_the_way=substitute("response-content-type=[^&]*&", ""),
        **ON_THE_WAY,
    ),
    Fault(
        name="parameter changed on the way",
        expected="parameter-changed",
        make=lambda world: world.sign("GET", query={"response-content-type": "text/plain"}),
        on_the_way=lambda url: url.replace("text%2Fplain", "text%2Fcsv"),
        **ON_THE_WAY,
    ),
    Fault(
        name="capitals changed",
        expected="parameter-case",
        pasted=substitute("x-oss-signature=", "X-Oss-Signature="),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="parameter doubled",
        expected="parameter-doubled",
        pasted=substitute("(x-oss-expires=[^&]*)", r"\1&\1"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="signature in upper case",
        expected="signature-changed",
        pasted=lambda url: url[:-64] + re.sub("[a-f]", lambda found: found[0].upper(), url[-64:]),
    ),
    Fault(
        name="malformed credential",
        expected="credential",
        pasted=substitute("aliyun_v4_request", "request"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="malformed date",
        expected="date",
        pasted=substitute("(x-oss-date=[0-9]{8})T", r"\1-"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="unknown version",
        expected="version",
        pasted=substitute("OSS4-HMAC-SHA256", "OSS5-HMAC-SHA512"),
        refused=("InvalidArgument",),
    ),
)
