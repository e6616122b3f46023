"""The decision: may this request be signed, for how long, and with which headers and parameters.

``authorize`` is the only way to a ``Permit``, that to a ``Grant``, and only a ``Grant`` is signed. Values in;
values or an error out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, NamedTuple

from shared.errors import AccessDenied, InvalidRequest, TtlTooLong
from shared.grants.claims import VerifiedClaims
from shared.grants.objects.content import check_content, size_enforced_by
from shared.grants.objects.keys import check_key, key_for_filename
from shared.grants.objects.requests import object_request, post_policy
from shared.grants.operations import OPERATIONS, PresignRequest
from shared.grants.scopes import GrantScope
from shared.signing import ObjectRequest, PostPolicy
from shared.values import value

LimitedBy = Literal["request", "policy", "credentials", "caller"]


@value
class TtlPolicy:
    """How long a URL lives when nothing is asked, and at most."""

    default: timedelta
    maximum: timedelta

    def within(self, longest: timedelta | None) -> TtlPolicy:
        """Return this policy under another maximum, which cuts the default."""
        if longest is None:
            return self
        return TtlPolicy(default=min(self.default, longest), maximum=longest)


class Permit(NamedTuple):
    """A request that may be signed, with its final key and life; comes from ``authorize`` only."""

    asked: PresignRequest
    grant_scope: GrantScope
    key: str
    expires_in: timedelta
    limited_by: LimitedBy


@value
class Grant:
    """One permitted request as it is signed; made of a ``Permit`` only."""

    asked: PresignRequest
    bucket: str
    key: str
    signable: ObjectRequest | PostPolicy
    expires_in: timedelta
    limited_by: LimitedBy
    size_enforced_by: str | None = None

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
    at_most: timedelta | None = None,
) -> Permit:
    """Return the permit for what is ``asked``, or raise the first refusal.

    Refusals come in this order: key syntax, operation, prefix, content rules, lifetime. ``entropy`` (16
    random bytes) makes the key where the caller gave a file name only. ``at_most`` is how long the caller's
    own token lives: no grant outlives it.
    """
    key = _granted_key(asked, claims=claims, grant_scope=grant_scope, entropy=entropy)
    check_content(asked, rules=grant_scope.content)
    expires_in, limited_by = granted_life(
        asked.expires_in, ttl_policy=ttl_policy.within(grant_scope.longest), at_most=at_most
    )
    return Permit(asked, grant_scope, key, expires_in, limited_by)


def grant_of(permit: Permit, *, callback: str | None = None) -> Grant:
    """Return the grant to sign; an upload's may carry a ``callback``, which no client can change or drop."""
    asked, scope = permit.asked, permit.grant_scope
    return Grant(
        asked=asked,
        bucket=scope.bucket,
        key=permit.key,
        signable=_signable(permit, callback),
        expires_in=permit.expires_in,
        limited_by=permit.limited_by,
        size_enforced_by=size_enforced_by(asked, rules=scope.content),
    )


def _signable(permit: Permit, callback: str | None) -> ObjectRequest | PostPolicy:
    asked, scope = permit.asked, permit.grant_scope
    if asked.operation == "PostObject":
        life = permit.expires_in
        return post_policy(
            asked,
            bucket=scope.bucket,
            key=permit.key,
            rules=scope.content,
            expires_in=life,
            callback=callback,
        )
    return object_request(asked, bucket=scope.bucket, key=permit.key, rules=scope.content, callback=callback)


def _granted_key(
    asked: PresignRequest, *, claims: VerifiedClaims, grant_scope: GrantScope, entropy: bytes
) -> str:
    key = None if asked.key is None else _checked(asked.key, is_folder=_is_folder(asked))
    prefixes = grant_scope.expand(OPERATIONS[asked.operation].permission, claims)
    if not grant_scope.lets(asked.operation):
        raise AccessDenied(f"{asked.operation}: not granted")
    if key is None:
        if not prefixes:
            raise AccessDenied(f"{asked.operation}: not granted")
        return key_for_filename(asked.filename or "", prefix=prefixes[0], entropy=entropy)
    if not key.startswith(tuple(prefixes)):
        raise AccessDenied("key: outside the prefixes granted for this operation")
    return key


def _is_folder(asked: PresignRequest) -> bool:
    """Tell whether the key may end in ``/``: consoles show an empty object of such a name as a folder."""
    return asked.operation == "DeleteObject" or (asked.operation == "PutObject" and asked.content_length == 0)


def _checked(key: str, *, is_folder: bool) -> str:
    if not key.endswith("/"):
        return check_key(key)
    if not is_folder:
        raise InvalidRequest(
            "key: one that ends in '/' is a folder: PutObject with content_length 0, or DeleteObject"
        )
    # Nothing is empty but what follows the last '/'; a letter in its place has the whole length.
    check_key(key[:-1])
    check_key(f"{key[:-1]}x")
    return key


def granted_life(
    seconds: int | None, *, ttl_policy: TtlPolicy, at_most: timedelta | None
) -> tuple[timedelta, LimitedBy]:
    """Return how long what was asked for may live, and what decided that; raises ``TtlTooLong``."""
    life, limited_by = _asked_life(seconds, ttl_policy)
    return (life, limited_by) if at_most is None or life <= at_most else (at_most, "caller")


def _asked_life(seconds: int | None, ttl_policy: TtlPolicy) -> tuple[timedelta, LimitedBy]:
    if seconds is None:
        return ttl_policy.default, "policy"
    asked_for = timedelta(seconds=seconds)
    if asked_for > ttl_policy.maximum:
        raise TtlTooLong(requested=asked_for, maximum=ttl_policy.maximum)
    return asked_for, "request"
