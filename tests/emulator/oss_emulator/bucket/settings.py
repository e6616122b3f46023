"""CORS rules and versioning of a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..documents import read_number
from ..oss.calls import Call, read_xml, xml
from ..store.settings import CorsRule
from ..wire.errors import OssError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_RULES = 20
METHODS = frozenset({"GET", "PUT", "DELETE", "POST", "HEAD"})


def put_cors(call: Call) -> Response:
    """Replace the bucket's rules for other origins."""
    call.authorize("oss:PutBucketCors")
    document = read_xml(call)
    rules = [_rule(element) for element in document.findall("CORSRule")]
    varies = (document.findtext("ResponseVary") or "false").lower()
    if not 0 < len(rules) <= MAX_RULES or varies not in ("true", "false"):
        raise OssError("malformed-xml")
    call.bucket.set(cors=tuple(rules), cors_varies=varies == "true")
    return Response("", 200)


def get_cors(call: Call) -> Response:
    """Answer the bucket's rules for other origins."""
    call.authorize("oss:GetBucketCors")
    if not call.bucket.cors:
        raise OssError("no-cors", BucketName=call.bucket.name)
    rules = [
        {
            "AllowedOrigin": list(rule.origins),
            "AllowedMethod": list(rule.methods),
            "AllowedHeader": list(rule.headers),
            "ExposeHeader": list(rule.expose),
            "MaxAgeSeconds": rule.max_age_seconds,
        }
        for rule in call.bucket.cors
    ]
    return xml(
        "CORSConfiguration",
        CORSRule=rules,
        ResponseVary="true" if call.bucket.settings.cors_varies else "false",
    )


def delete_cors(call: Call) -> Response:
    """Forget the rules: no page of another origin reads anything."""
    call.authorize("oss:DeleteBucketCors")
    call.bucket.set(cors=())
    return Response("", 204)


def put_versioning(call: Call) -> Response:
    """Switch versioning on, or suspend it."""
    call.authorize("oss:PutBucketVersioning")
    status = read_xml(call).findtext("Status")
    if status not in ("Enabled", "Suspended"):
        raise OssError("malformed-xml")
    call.bucket.set(versioning=status)
    return Response("", 200)


def get_versioning(call: Call) -> Response:
    """Answer whether the bucket keeps versions; nothing for one that never did."""
    call.authorize("oss:GetBucketVersioning")
    return xml("VersioningConfiguration", Status=call.bucket.settings.versioning or None)


def _rule(element: Element) -> CorsRule:
    def texts(name: str) -> list[str]:
        return [child.text or "" for child in element.findall(name)]

    origins, methods, age = texts("AllowedOrigin"), texts("AllowedMethod"), texts("MaxAgeSeconds") or ["0"]
    wild = [text for text in (*origins, *texts("AllowedHeader")) if text.count("*") > 1]
    try:
        seconds = read_number(age[0])
    except ValueError:
        raise OssError("argument", ArgumentName="MaxAgeSeconds", ArgumentValue=age[0]) from None
    if not origins or not methods or not set(methods) <= METHODS or wild:
        raise OssError("malformed-xml")
    return CorsRule(
        origins=origins,
        methods=methods,
        headers=texts("AllowedHeader"),
        expose=texts("ExposeHeader"),
        max_age_seconds=seconds,
    )
