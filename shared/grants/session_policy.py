"""The policy that narrows a session to key prefixes of one bucket (RAM policy language, version 1).

A session may do what its role *and* this document allow; AssumeRole without one hands out the whole role.
A prefix ends in ``/``, or is empty for the whole bucket. RAM documents no way to escape its patterns: a name
with a pattern character raises ``ValueError``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from shared.errors import SessionPolicyTooLarge

LIMIT_BYTES = 2048
"""What AssumeRole accepts; the unit is not documented beyond ASCII, so UTF-8 bytes are counted."""

LIST_OBJECTS = "oss:ListObjects"

Statement = dict[str, Any]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_PREFIX = re.compile(
    r'([^/\\*?${}"\x00-\x1f\x7f-\x9f\u2028\u2029][^\\*?${}"\x00-\x1f\x7f-\x9f\u2028\u2029]*/)?'
)


class Access(NamedTuple):
    """Actions allowed on every object below any of the prefixes."""

    actions: tuple[str, ...]
    prefixes: tuple[str, ...]


def read(prefixes: Iterable[str], *, versions: bool = False) -> Access:
    """Return what GetObject and HeadObject need; ``versions`` adds reading them by version id."""
    return Access(("oss:GetObject", *(["oss:GetObjectVersion"] if versions else [])), _uncovered(prefixes))


def write(prefixes: Iterable[str], *, tagging: bool = False) -> Access:
    """Return what uploads in one piece, by form and in parts need; ``tagging`` adds tags set on upload."""
    upload = ("oss:PutObject", "oss:ListParts", "oss:AbortMultipartUpload")
    return Access((*upload, *(["oss:PutObjectTagging"] if tagging else [])), _uncovered(prefixes))


def delete(prefixes: Iterable[str]) -> Access:
    """Return what DeleteObject needs."""
    return Access(("oss:DeleteObject",), _uncovered(prefixes))


def session_policy(
    *accesses: Access, bucket: str, list_below: Iterable[str] = (), secure_transport: bool = True
) -> str:
    """Return the smallest document that allows ``accesses``, and ListObjects below ``list_below``.

    ``secure_transport`` lets it be used over https only. Raises ``SessionPolicyTooLarge`` beyond 2,048 bytes,
    and ``ValueError`` where nothing would be allowed or a name is not plain.
    """
    held = [access for access in accesses if access.prefixes]
    listed = _uncovered(list_below)
    _refuse_unplain_names(bucket, [*listed, *(prefix for access in held for prefix in access.prefixes)])
    secure = {"Bool": {"acs:SecureTransport": "true"}} if secure_transport else {}
    listing = [_list_statement(bucket, prefixes=listed, condition=secure)] if listed else []
    documents = [
        _document(
            [*(_object_statement(bucket, access=access, condition=secure) for access in layout), *listing]
        )
        for layout in (_merged_by_prefixes(held), _merged_by_actions(held))
    ]
    return _checked(min(documents, key=_size), bucket=bucket, accesses=held, listed=listed)


def _checked(document: str, *, bucket: str, accesses: list[Access], listed: tuple[str, ...]) -> str:
    if (size := _size(document)) > LIMIT_BYTES:
        raise SessionPolicyTooLarge(size=size, limit=LIMIT_BYTES)
    refuse_unbounded(document, bucket=bucket, accesses=accesses, listed=listed)
    return document


def refuse_unbounded(
    document: str, *, bucket: str, accesses: Iterable[Access], listed: Iterable[str] = ()
) -> None:
    """Raise ``ValueError`` unless the finished ``document`` allows nothing beyond its arguments.

    The second wall: it reads the document as RAM will and shares no code with what wrote it.
    """
    statements = json.loads(document)["Statement"]
    if not statements:
        raise ValueError("a session policy allows something, or is not sent")
    resources = {
        (action, f"acs:oss:*:*:{bucket}/{prefix}*")
        for access in accesses
        for action in access.actions
        for prefix in access.prefixes
    }
    patterns = {f"{prefix}*" for prefix in listed}
    for statement in statements:
        if not _is_bounded(statement, resources=resources, bucket=bucket, patterns=patterns):
            raise ValueError("a statement of the session policy reaches beyond the granted prefixes")


def _is_bounded(
    statement: Statement, *, resources: set[tuple[str, str]], bucket: str, patterns: set[str]
) -> bool:
    if statement["Effect"] != "Allow" or not statement.keys() <= {
        "Effect",
        "Action",
        "Resource",
        "Condition",
    }:
        return False
    actions, targets = _values(statement["Action"]), _values(statement["Resource"])
    if LIST_OBJECTS not in actions:
        pairs = {(action, target) for action in actions for target in targets}
        return pairs <= resources and all(_ends_in_its_only_star(target, bucket) for target in targets)
    listed = _values(statement.get("Condition", {}).get("StringLike", {}).get("oss:Prefix", ()))
    only_listing = actions == [LIST_OBJECTS] and targets == [f"acs:oss:*:*:{bucket}"]
    return only_listing and bool(listed) and set(listed) <= patterns


def _ends_in_its_only_star(resource: str, bucket: str) -> bool:
    path = resource.removeprefix("acs:oss:*:*:")
    return path.startswith(f"{bucket}/") and path.endswith("/*") and path.count("*") == 1 and "?" not in path


def _values(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _uncovered(prefixes: Iterable[str]) -> tuple[str, ...]:
    """Return ``prefixes`` sorted, without those that begin with another one."""
    kept: list[str] = []
    for prefix in sorted(prefixes):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return tuple(kept)


def _refuse_unplain_names(bucket: str, prefixes: Iterable[str]) -> None:
    if not _BUCKET.fullmatch(bucket):
        raise ValueError("the bucket of a session policy breaks the rule for bucket names")
    if not all(map(is_plain_prefix, prefixes)):
        raise ValueError("a prefix of a session policy ends in '/' and holds no pattern or control character")


def is_plain_prefix(prefix: str) -> bool:
    """Tell whether a policy can name this prefix: RAM documents no way to escape its patterns."""
    return _PREFIX.fullmatch(prefix) is not None


def _merged_by_prefixes(accesses: Iterable[Access]) -> list[Access]:
    """Return one access for each distinct set of prefixes."""
    actions: dict[tuple[str, ...], tuple[str, ...]] = {}
    for access in accesses:
        actions[access.prefixes] = actions.get(access.prefixes, ()) + access.actions
    return [Access(every, prefixes) for prefixes, every in actions.items()]


def _merged_by_actions(accesses: Iterable[Access]) -> list[Access]:
    """Return one access for each distinct set of actions."""
    single = [Access(access.actions, (prefix,)) for access in accesses for prefix in access.prefixes]
    prefixes: dict[tuple[str, ...], tuple[str, ...]] = {}
    for access in _merged_by_prefixes(single):
        prefixes[access.actions] = prefixes.get(access.actions, ()) + access.prefixes
    return [Access(actions, every) for actions, every in prefixes.items()]


def _object_statement(bucket: str, *, access: Access, condition: Mapping[str, Any]) -> Statement:
    resources = [f"acs:oss:*:*:{bucket}/{prefix}*" for prefix in access.prefixes]
    return _statement(access.actions, resources=resources, condition=condition)


def _list_statement(bucket: str, *, prefixes: Iterable[str], condition: Mapping[str, Any]) -> Statement:
    # Also for the whole bucket: what RAM makes of a request without the key is not documented.
    below = {"StringLike": {"oss:Prefix": _scalar([f"{prefix}*" for prefix in prefixes])}}
    return _statement([LIST_OBJECTS], resources=[f"acs:oss:*:*:{bucket}"], condition={**condition, **below})


def _statement(
    actions: Sequence[str], *, resources: Sequence[str], condition: Mapping[str, Any]
) -> Statement:
    statement = {"Effect": "Allow", "Action": _scalar(actions), "Resource": _scalar(resources)}
    return statement | ({"Condition": condition} if condition else {})


def _scalar(values: Sequence[str]) -> str | list[str]:
    """Return a single value bare, as RAM reads it and two bytes shorter."""
    return values[0] if len(values) == 1 else list(values)


def _document(statements: list[Statement]) -> str:
    return json.dumps({"Version": "1", "Statement": statements}, ensure_ascii=False, separators=(",", ":"))


def _size(document: str) -> int:
    return len(document.encode())
