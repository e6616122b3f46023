"""The decision: may this request be signed, for how long, and with which headers and parameters.

``authorize`` is the only way to a ``Grant``, and only a ``Grant`` is signed. Values in; a ``Grant`` or an
error out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from shared.errors import AccessDenied, TtlTooLong
from shared.grants.content import ContentRules, check_content
from shared.grants.keys import check_key, key_for_filename
from shared.grants.object_requests import object_request, post_policy
from shared.grants.operations import OPERATIONS, Permission, PresignRequest
from shared.grants.prefixes import PrefixTemplate, VerifiedClaims
from shared.signing import ObjectRequest, PostPolicy
from shared.values import value

LimitedBy = Literal["request", "policy", "credentials"]


@value
class GrantScope:
    """What may be asked for: one bucket, key prefixes by permission, and rules for content."""

    bucket: str
    prefixes: Mapping[Permission, tuple[PrefixTemplate, ...]]
    content: ContentRules

    def expand(self, permission: Permission, claims: VerifiedClaims) -> list[str]:
        """Return the prefixes that a caller with ``claims`` holds, in the order of the settings."""
        return [template.expand(claims) for template in self.prefixes[permission]]

    def open_to_all(self, permission: Permission) -> list[str]:
        """Return the prefixes below which some caller may be granted something."""
        return [template.opened() for template in self.prefixes[permission]]

    def templates(self) -> list[PrefixTemplate]:
        """Return the templates of all permissions."""
        return [template for group in self.prefixes.values() for template in group]


@value
class TtlPolicy:
    """How long a URL lives when nothing is asked, and at most."""

    default: timedelta
    maximum: timedelta


@value
class Grant:
    """One permitted request; comes from ``authorize`` only."""

    asked: PresignRequest
    bucket: str
    key: str
    signable: ObjectRequest | PostPolicy
    expires_in: timedelta
    limited_by: LimitedBy

    @property
    def object_request(self) -> ObjectRequest:
        """What a URL is signed for; a form has none."""
        if isinstance(self.signable, PostPolicy):
            raise TypeError("a form is signed as a policy")
        return self.signable


def authorize(
    asked: PresignRequest,
    *,
    claims: VerifiedClaims,
    grant_scope: GrantScope,
    ttl_policy: TtlPolicy,
    entropy: bytes = b"",
) -> Grant:
    """Return the grant for what is ``asked``, or raise the first refusal.

    Refusals come in this order: key syntax, prefix, content rules, lifetime. ``entropy`` (16 random bytes)
    makes the key where the caller gave a file name only.
    """
    permission = OPERATIONS[asked.operation].permission
    key = _granted_key(asked, prefixes=grant_scope.expand(permission, claims), entropy=entropy)
    check_content(asked, rules=grant_scope.content)
    expires_in, limited_by = _lifetime(asked, ttl_policy=ttl_policy)
    return Grant(
        asked=asked,
        bucket=grant_scope.bucket,
        key=key,
        signable=_signable(asked, key=key, expires_in=expires_in, grant_scope=grant_scope),
        expires_in=expires_in,
        limited_by=limited_by,
    )


def _signable(
    asked: PresignRequest, *, key: str, expires_in: timedelta, grant_scope: GrantScope
) -> ObjectRequest | PostPolicy:
    bucket, rules = grant_scope.bucket, grant_scope.content
    if asked.operation == "PostObject":
        return post_policy(asked, bucket=bucket, key=key, rules=rules, expires_in=expires_in)
    return object_request(asked, bucket=bucket, key=key, rules=rules)


def _granted_key(asked: PresignRequest, *, prefixes: list[str], entropy: bytes) -> str:
    if asked.key is None:
        if not prefixes:
            raise AccessDenied(f"{asked.operation}: not granted")
        return key_for_filename(asked.filename or "", prefix=prefixes[0], entropy=entropy)
    key = check_key(asked.key)
    if not key.startswith(tuple(prefixes)):
        raise AccessDenied("key: outside the prefixes granted for this operation")
    return key


def _lifetime(asked: PresignRequest, *, ttl_policy: TtlPolicy) -> tuple[timedelta, LimitedBy]:
    if asked.expires_in is None:
        return ttl_policy.default, "policy"
    asked_for = timedelta(seconds=asked.expires_in)
    if asked_for > ttl_policy.maximum:
        raise TtlTooLong(requested=asked_for, maximum=ttl_policy.maximum)
    return asked_for, "request"
