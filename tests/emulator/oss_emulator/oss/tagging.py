"""The tags of objects, and of versions of them."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Response

from ..store.buckets import checked_tags
from .calls import Call, read_xml, xml


def put_tagging(call: Call) -> Response:
    """Set the tags of an object."""
    _authorize(call, "Put")
    pairs = [(tag.findtext("Key") or "", tag.findtext("Value") or "") for tag in read_xml(call).iter("Tag")]
    _set_tags(call, checked_tags(pairs))
    return Response("", 200)


def get_tagging(call: Call) -> Response:
    """Answer the tags of an object."""
    _authorize(call, "Get")
    tags = call.bucket.version(call.key, call.version_id).tags
    return xml("Tagging", TagSet={"Tag": [{"Key": name, "Value": value} for name, value in tags.items()]})


def delete_tagging(call: Call) -> Response:
    """Take the tags of an object away."""
    _authorize(call, "Delete")
    _set_tags(call, {})
    return Response("", 204)


def _authorize(call: Call, verb: str) -> None:
    what = "Object" if call.version_id is None else "ObjectVersion"
    call.authorize(f"oss:{verb}{what}Tagging", key=call.key)


def _set_tags(call: Call, tags: dict[str, str]) -> None:
    with call.bucket.locked():
        old = call.bucket.version(call.key, call.version_id)
        call.bucket.replace(old, replace(old, tags=tags))
