"""Lifecycle rules: kept as they were put, and carried out by nobody here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence, Set
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from werkzeug.wrappers import Response

from ..documents import read_number
from ..oss.calls import Call, read_xml
from ..store.buckets import check_tag_letters
from ..wire.errors import OssError

MAX_RULES = 1000
MIDNIGHT = "%Y-%m-%dT00:00:00.000Z"
COLDER = ("IA", "Archive", "ColdArchive", "DeepColdArchive")
STATUSES = frozenset({"Enabled", "Disabled"})
_TIMES = frozenset({"Days", "CreatedBeforeDate"})
DOES_SOMETHING = {
    "Expiration": _TIMES | {"Date", "ExpiredObjectDeleteMarker"},
    "Transition": _TIMES,
    "AbortMultipartUpload": _TIMES,
    "NoncurrentVersionExpiration": frozenset({"NoncurrentDays"}),
    "NoncurrentVersionTransition": frozenset({"NoncurrentDays"}),
}
"""What a rule may do, and what says when: one of these (OSS, PutBucketLifecycle); ``Date`` is what ``oss2`` writes."""
BESIDES = frozenset({"StorageClass", "IsAccessTime", "ReturnToStdWhenVisit", "AllowSmallFile"})
"""What a transition says beside when."""


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
    if call.header("x-oss-allow-same-action-overlap") != "true":
        _check_overlaps(rules)
    call.bucket.set(lifecycle=tostring(document, encoding="unicode"))
    return Response("", 200)


def _check(rule: Element) -> None:
    named = {child.tag for child in rule}
    if len(rule.findall("Prefix")) != 1 or rule.findtext("Status") not in STATUSES:
        raise OssError("malformed-xml")
    if not named & DOES_SOMETHING.keys():
        raise OssError("malformed-xml")
    for name, times in DOES_SOMETHING.items():
        for action in rule.findall(name):
            _check_time(action, times)
    for flag in rule.iter("ExpiredObjectDeleteMarker"):
        flag.text = (flag.text or "").lower()
    check_tag_letters((tag.findtext("Key") or "", tag.findtext("Value") or "") for tag in rule.iter("Tag"))
    if rule.find("Expiration/Days") is not None and rule.find("Transition/CreatedBeforeDate") is not None:
        raise OssError("lifecycle-mixed")
    if rule.find("Expiration/CreatedBeforeDate") is not None and rule.find("Transition/Days") is not None:
        raise OssError("lifecycle-mixed")
    for each in (*rule.iter("Days"), *rule.iter("NoncurrentDays")):
        _number(each.text)
    _check_days(rule, "Transition", "Days", "Expiration")
    _check_days(rule, "NoncurrentVersionTransition", "NoncurrentDays", "NoncurrentVersionExpiration")
    if not rule.findtext("ID"):
        given = rule.find("ID")
        (SubElement(rule, "ID") if given is None else given).text = secrets.token_hex(16)


def _check_overlaps(rules: Sequence[Element]) -> None:
    """Raise where two rules would do the same to one object; those of tags and filters match fewer."""
    prefixes: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        if rule.find("Tag") is None and rule.find("Filter") is None:
            for action in {_kind(child) for child in rule if child.tag in DOES_SOMETHING}:
                prefixes.setdefault(action, []).append(rule.findtext("Prefix") or "")
    for (name, _), found in prefixes.items():
        known = set(found)
        if len(known) != len(found) or any(_is_below_another(prefix, known) for prefix in found):
            raise OssError("lifecycle-overlap", detail=name)


def _kind(action: Element) -> tuple[str, str]:
    """Return what an action does; to move to two classes is two things."""
    return action.tag, action.findtext("StorageClass") or ""


def _is_below_another(prefix: str, known: Set[str]) -> bool:
    return any(prefix[:length] in known for length in range(len(prefix)))


def _check_time(action: Element, times: Set[str]) -> None:
    """Raise unless an action says once when it is done, and a date is a midnight of UTC."""
    named = [child.tag for child in action]
    said = [name for name in named if name not in BESIDES or not action.tag.endswith("Transition")]
    if len(said) != 1 or said[0] not in times:
        raise OssError("malformed-xml")
    date = action.findtext("CreatedBeforeDate") or action.findtext("Date")
    if date is None:
        return
    try:
        is_midnight = datetime.strptime(date, MIDNIGHT).strftime(MIDNIGHT) == date
    except ValueError:
        is_midnight = False
    if not is_midnight:
        raise OssError("lifecycle-date", ArgumentValue=date)


def _check_days(rule: Element, transition: str, days: str, end: str) -> None:
    """Raise unless colder classes come later, and the end after all of them."""
    classes = [each.findtext("StorageClass") for each in rule.findall(transition)]
    if not set(classes) <= set(COLDER):
        raise OssError("argument", ArgumentName="StorageClass")
    found = [
        (COLDER.index(each.findtext("StorageClass") or ""), _number(each.findtext(days)))
        for each in rule.findall(transition)
        if each.find(days) is not None
    ]
    steps = [day for _, day in sorted(found)]
    if (last := rule.find(f"{end}/{days}")) is not None:
        steps.append(_number(last.text))
    if steps != sorted(set(steps)):
        raise OssError("argument", ArgumentName=days)


def _number(text: str | None) -> int:
    try:
        number = read_number(text)
    except ValueError:
        raise OssError("malformed-xml") from None
    if number == 0:
        raise OssError("malformed-xml")
    return number


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
