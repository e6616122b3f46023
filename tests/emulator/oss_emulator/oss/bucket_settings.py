"""What a bucket is and how it is set: info, location, CORS rules, versioning; kept over restarts with the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..store.buckets import CorsRule
from ..wire.errors import OssError
from .calls import Call, read_xml, xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_RULES = 20
METHODS = frozenset({"GET", "PUT", "DELETE", "POST", "HEAD"})
CREATED = "2026-01-01T00:00:00.000Z"
"""When every bucket here was made: nobody keeps it."""


def get_info(call: Call) -> Response:
    """Answer GetBucketInfo."""
    call.authorize("oss:GetBucketInfo")
    bucket, owner = call.bucket, call.cloud.account_id
    described = {
        "CreationDate": CREATED,
        "ExtranetEndpoint": f"oss-{bucket.region}.aliyuncs.com",
        "IntranetEndpoint": f"oss-{bucket.region}-internal.aliyuncs.com",
        "Location": f"oss-{bucket.region}",
        "StorageClass": "Standard",
        "Name": bucket.name,
        "Owner": {"DisplayName": owner, "ID": owner},
        "AccessControlList": {"Grant": "private"},
        "Versioning": "Enabled" if bucket.versioned else None,
    }
    return xml("BucketInfo", Bucket=described)


def get_location(call: Call) -> Response:
    """Answer GetBucketLocation."""
    call.authorize("oss:GetBucketLocation")
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint>oss-{call.bucket.region}</LocationConstraint>'
    return Response(text, 200, content_type="application/xml")


def put_cors(call: Call) -> Response:
    """Replace the bucket's rules for other origins."""
    call.authorize("oss:PutBucketCors")
    rules = [_rule(element) for element in read_xml(call).findall("CORSRule")]
    if not 0 < len(rules) <= MAX_RULES:
        raise OssError("malformed-xml")
    call.bucket.set(cors=rules)
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
    return xml("CORSConfiguration", CORSRule=rules, ResponseVary="false")


def delete_cors(call: Call) -> Response:
    """Forget the rules: no page of another origin reads anything."""
    call.authorize("oss:DeleteBucketCors")
    call.bucket.set(cors=())
    return Response("", 204)


def put_versioning(call: Call) -> Response:
    """Switch versioning on; suspending it is refused, since nothing here knows what follows."""
    call.authorize("oss:PutBucketVersioning")
    status = read_xml(call).findtext("Status")
    if status not in ("Enabled", "Suspended"):
        raise OssError("malformed-xml")
    if status == "Suspended":
        raise OssError("not-implemented", detail="a bucket whose versioning is suspended")
    call.bucket.set(versioned=True)
    return Response("", 200)


def get_versioning(call: Call) -> Response:
    """Answer whether the bucket keeps versions."""
    call.authorize("oss:GetBucketVersioning")
    return xml("VersioningConfiguration", **({"Status": "Enabled"} if call.bucket.versioned else {}))


def _rule(element: Element) -> CorsRule:
    def texts(name: str) -> list[str]:
        return [child.text or "" for child in element.findall(name)]

    origins, methods, age = texts("AllowedOrigin"), texts("AllowedMethod"), texts("MaxAgeSeconds") or ["0"]
    wild = [text for text in (*origins, *texts("AllowedHeader")) if text.count("*") > 1]
    if not origins or not methods or not set(methods) <= METHODS or wild or not age[0].isdecimal():
        raise OssError("malformed-xml")
    return CorsRule(
        origins=origins,
        methods=methods,
        headers=texts("AllowedHeader"),
        expose=texts("ExposeHeader"),
        max_age_seconds=int(age[0]),
    )
