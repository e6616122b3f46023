"""Lifecycle rules: kept as they were put, and carried out by nobody here."""

from __future__ import annotations

import secrets
from xml.etree.ElementTree import Element, SubElement, tostring

from werkzeug.wrappers import Response

from ..oss.calls import Call, read_xml
from ..wire.errors import OssError

MAX_RULES = 1000
STATUSES = frozenset({"Enabled", "Disabled"})
DOES_SOMETHING = frozenset(
    {
        *("Expiration", "Transition", "AbortMultipartUpload"),
        *("NoncurrentVersionExpiration", "NoncurrentVersionTransition"),
    }
)


def put_lifecycle(call: Call) -> Response:
    """Replace the rules; each has a prefix, a status and something to do, and gets an id where it has none."""
    call.authorize("oss:PutBucketLifecycle")
    document = read_xml(call)
    rules = document.findall("Rule")
    if not 0 < len(rules) <= MAX_RULES:
        raise OssError("malformed-xml")
    for rule in rules:
        _check(rule)
    ids = [rule.findtext("ID") for rule in rules]
    if len(set(ids)) != len(ids):
        raise OssError("argument", ArgumentName="ID")
    call.bucket.set(lifecycle=tostring(document, encoding="unicode"))
    return Response("", 200)


def _check(rule: Element) -> None:
    named = {child.tag for child in rule}
    if "Prefix" not in named or rule.findtext("Status") not in STATUSES or not named & DOES_SOMETHING:
        raise OssError("malformed-xml")
    days = [each.text or "" for tag in ("Days", "NoncurrentDays") for each in rule.iter(tag)]
    if not all(text.isdecimal() and int(text) > 0 for text in days):
        raise OssError("malformed-xml")
    if not rule.findtext("ID"):
        given = rule.find("ID")
        (SubElement(rule, "ID") if given is None else given).text = secrets.token_hex(16)


def get_lifecycle(call: Call) -> Response:
    """Answer the rules."""
    call.authorize("oss:GetBucketLifecycle")
    if call.bucket.settings.lifecycle is None:
        raise OssError("no-lifecycle", BucketName=call.bucket.name)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{call.bucket.settings.lifecycle}'
    return Response(text, 200, content_type="application/xml")


def delete_lifecycle(call: Call) -> Response:
    """Forget the rules."""
    call.authorize("oss:DeleteBucketLifecycle")
    call.bucket.set(lifecycle=None)
    return Response("", 204)
