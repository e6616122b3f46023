"""Profiles: further grant scopes by name, each with prefixes of its own, and otherwise narrower at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from shared import strict_json
from shared.errors import Misconfigured
from shared.grants.objects import prefixes
from shared.grants.objects.media_types import check_type_pattern, is_allowed
from shared.grants.operations import MAX_OBJECT_BYTES, PERMISSIONS, OperationName
from shared.grants.scopes import PROFILE_NAME, GrantScope
from shared.settings.variables.granting import MAX_SECONDS, LimitVariables, LinkVariables, TtlSeconds
from shared.settings.variables.reading import Environ, checked, variables
from shared.validation import Between, InvalidValue, Length, model, validate
from shared.values import replaced

Given = TypeVar("Given")

Texts = Annotated[list[str], Length(0, 100)]


@model
class ProfileMembers:
    """One member of ``GRANT_PROFILES``: prefixes of its own, and what else it narrows."""

    read_prefixes: Texts | None = None
    """Key prefixes to read; none where absent."""
    write_prefixes: Texts | None = None
    """Key prefixes for uploads; the first is where server-chosen keys go."""
    delete_prefixes: Texts | None = None
    """Key prefixes for DeleteObject."""
    operations: Annotated[list[OperationName], Length(1, 20)] | None = None
    """Operations that may be asked for."""
    content_types: Annotated[list[str], Length(1, 100)] | None = None
    """Media types that may be asked for."""
    max_size_bytes: Annotated[int, Between(1, MAX_OBJECT_BYTES)] | None = None
    """Ceiling of every upload."""
    ttl_max_seconds: TtlSeconds | None = None
    """Longest life of a URL."""
    forbid_overwrite: bool | None = None
    """Whether uploads may replace objects."""


def profiles(
    limits: LimitVariables, own: GrantScope, environ: Environ, *, claims: tuple[str, ...]
) -> Iterator[tuple[str, GrantScope]]:
    """Yield the scopes of ``GRANT_PROFILES`` by name; raises ``Misconfigured``."""
    for place, (name, members) in enumerate(_objects(limits), start=1):
        try:
            yield name, _profile(members, own, environ, claims)
        except ValueError as error:
            raise Misconfigured("GRANT_PROFILES", f"profile {place}: {error}") from None


def _objects(limits: LimitVariables) -> list[tuple[str, Any]]:
    """Return names and members of the profiles, the members unchecked."""
    if limits.grant_profiles is None:
        return []
    try:
        profiles = strict_json.read(limits.grant_profiles, name="the value")
    except strict_json.NotStrict as error:
        raise Misconfigured("GRANT_PROFILES", str(error)) from None
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise Misconfigured("GRANT_PROFILES", "a JSON object of objects, by the names of profiles")
    for name in profiles:
        checked("GRANT_PROFILES", name, PROFILE_NAME, "names are 1 to 32 of a-z, 0-9 and '-', a letter first")
    return list(profiles.items())


def _profile(
    unverified_members: Mapping[str, Any], own: GrantScope, environ: Environ, claims: tuple[str, ...]
) -> GrantScope:
    """Return the scope of one profile; raises ``ValueError`` for what is malformed, or wider than ``own``."""
    try:
        members = validate(ProfileMembers, unverified_members)
    except InvalidValue as error:
        raise ValueError(str(error)) from None
    _refuse_wider(members, own, environ)
    texts = {each: getattr(members, f"{each}_prefixes") or () for each in PERMISSIONS}
    return GrantScope(
        bucket=own.bucket,
        prefixes={
            each: tuple(prefixes.parse(text, known_claims=claims) for text in texts[each])
            for each in PERMISSIONS
        },
        content=replaced(own.content, **_content(members)),
        operations=own.operations if members.operations is None else frozenset(members.operations),
        longest=_given(members.ttl_max_seconds, lambda seconds: timedelta(seconds=seconds)),
    )


def _content(members: ProfileMembers) -> dict[str, Any]:
    """Return the content rules that a profile sets itself."""
    rules = {
        "content_types": _given(members.content_types, lambda types: tuple(map(check_type_pattern, types))),
        # What OSS refuses itself is no ceiling.
        "ceiling": None if members.max_size_bytes == MAX_OBJECT_BYTES else members.max_size_bytes,
        "forbid_overwrite": members.forbid_overwrite,
    }
    return {name: rule for name, rule in rules.items() if rule is not None}


def _given(member: Given | None, make: Callable[[Given], Any]) -> Any:
    return None if member is None else make(member)


def _refuse_wider(members: ProfileMembers, own: GrantScope, environ: Environ) -> None:
    """Raise ``ValueError`` for what is wider than the deployment's own variable, where that is set."""
    rules = own.content
    is_limited = bool(environ.get("TTL_MAX_SECONDS"))
    longest = variables(LinkVariables, environ).ttl_max_seconds if is_limited else MAX_SECONDS
    wider = {
        "content_types": bool(rules.content_types)
        and not all(is_allowed(each.lower(), rules.content_types) for each in members.content_types or ()),
        "max_size_bytes": rules.ceiling is not None and (members.max_size_bytes or 0) > rules.ceiling,
        "operations": own.operations is not None and not own.operations.issuperset(members.operations or ()),
        "ttl_max_seconds": (members.ttl_max_seconds or 0) > longest,
        "forbid_overwrite": bool(environ.get("GRANT_FORBID_OVERWRITE"))
        and rules.forbid_overwrite
        and members.forbid_overwrite is False,
    }
    for member, is_wider in wider.items():
        if is_wider:
            raise ValueError(f"{member}: wider than the deployment's own variable")
