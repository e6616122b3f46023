"""Credentials as they are granted: the prefixes that a permission stands for, for one caller."""

from __future__ import annotations

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.claims import VerifiedClaims
from shared.grants.operations import PERMISSIONS, Permission
from shared.grants.scopes import GrantScope

_NEEDS: dict[Permission, str] = {"read": "GetObject", "write": "PutObject", "delete": "DeleteObject"}
"""What must be among the operations of a scope for a permission on credentials."""


def held_prefixes(
    permission: str, *, claims: VerifiedClaims, grant_scope: GrantScope, below: str | None = None
) -> dict[Permission, list[str]]:
    """Return the prefixes by permission; raises ``AccessDenied`` where one is asked for in vain.

    ``below`` narrows each to this one prefix, which must lie within what is granted.
    """
    wanted = permission.split("-")
    held = {each: grant_scope.expand(each, claims) if each in wanted else [] for each in PERMISSIONS}
    if not all(held[each] and grant_scope.lets(_NEEDS[each]) for each in PERMISSIONS if each in wanted):
        raise AccessDenied("permission: not granted")
    if held["write"] and grant_scope.content.ceiling is not None:
        raise InvalidRequest(
            f"permission: uploads are limited to {grant_scope.content.ceiling} bytes, credentials cannot be; "
            "ask /presign for PostObject, or for PutObject with content_length"
        )
    if below is None:
        return held
    if not all(below.startswith(tuple(prefixes)) for prefixes in held.values() if prefixes):
        raise AccessDenied("prefix: outside the prefixes granted for this permission")
    return {each: [below] if prefixes else [] for each, prefixes in held.items()}
