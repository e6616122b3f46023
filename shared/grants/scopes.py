"""Grant scopes: what may be asked for, by the deployment's own variables and by named profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.claims import VerifiedClaims
from shared.grants.objects.content import ContentRules
from shared.grants.objects.prefixes import PrefixTemplate
from shared.grants.operations import Permission
from shared.values import value

PROFILE_NAME = r"[a-z][a-z0-9-]{0,31}"


@value
class GrantScope:
    """What may be asked for: one bucket, key prefixes by permission, and rules for content.

    ``operations``: which of them; None is every one that the prefixes grant. ``longest``: life of a URL at
    most; None is the deployment's own.
    """

    bucket: str
    prefixes: Mapping[Permission, tuple[PrefixTemplate, ...]]
    content: ContentRules
    operations: frozenset[str] | None = None
    longest: timedelta | None = None

    def expand(self, permission: Permission, claims: VerifiedClaims) -> list[str]:
        """Return the prefixes that a caller with ``claims`` holds, in the order of the settings."""
        return [template.expand(claims) for template in self.prefixes[permission]]

    def open_to_all(self, permission: Permission) -> list[str]:
        """Return the prefixes below which some caller may be granted something."""
        return [template.opened() for template in self.prefixes[permission]]

    def templates(self) -> list[PrefixTemplate]:
        """Return the templates of all permissions."""
        return [template for group in self.prefixes.values() for template in group]

    def lets(self, operation: str) -> bool:
        """Tell whether this operation may be asked for at all."""
        return self.operations is None or operation in self.operations


Scopes = Mapping[str | None, GrantScope]
"""A deployment's own scope under None, and its profiles by name."""


def check_profile_name(profile: str | None) -> None:
    """Raise ``InvalidRequest`` for what cannot be the name of a profile."""
    if profile is not None and not re.fullmatch(PROFILE_NAME, profile):
        raise InvalidRequest("profile: 1 to 32 of a-z, 0-9 and '-', beginning with a letter")


def scope_of(profile: str | None, scopes: Scopes) -> GrantScope:
    """Return the scope that was asked for; raises ``AccessDenied``, always alike, where there is none."""
    if profile not in scopes:
        raise AccessDenied("profile: not granted")
    return scopes[profile]
