"""May somebody do this here: session policy, RAM's and the bucket's policies, then ACLs (OSS, authentication).

ACLs speak of objects, not of buckets: a listing is opened by no ACL ([inf]). A session policy that does not allow
ends it before any ACL is looked at.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from ..ram import bucket_policies
from ..ram.evaluation import Verdict, evaluate
from ..ram.identities import Principal
from ..ram.policies import Statement
from ..store.buckets import Bucket
from ..wire.errors import OssError

ACLS = ("private", "public-read", "public-read-write")
"""From the closed to the open; an object has ``default`` besides, which is its bucket's."""

_READS = frozenset({"oss:GetObject", "oss:GetObjectVersion"})
_WRITES = frozenset(
    {
        *("oss:PutObject", "oss:DeleteObject", "oss:DeleteObjectVersion"),
        *("oss:AbortMultipartUpload", "oss:ListParts"),
    }
)
_POLICY_TYPES = {
    "IdentityPolicy": "AccountLevelIdentityBasedPolicy",
    "SessionPolicy": "SessionPolicy",
    "BucketPolicy": "ResourceBasedPolicy",
}
"""How ``AccessDeniedDetail`` names them; the last is [inf]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An action on a resource, and what conditions may ask about the request."""

    action: str
    resource: str
    context: Mapping[str, str]
    request_id: str


def check(
    asked: Asked, principal: Principal, *, bucket: Bucket | None = None, acl: str | None = None
) -> None:
    """Raise ``OssError`` unless it may be done; ``acl`` is the one that counts for the object, None without one."""
    statements = () if bucket is None else _statements(bucket, principal)
    verdict = evaluate(
        principal,
        action=asked.action,
        resource=asked.resource,
        context=asked.context,
        bucket_policy=statements,
    )
    if verdict.allowed:
        return
    if verdict == Verdict(False, "ImplicitDeny", "IdentityPolicy") and _is_open(bucket, acl, asked.action):
        return
    raise _denied(verdict, asked, principal)


def _statements(bucket: Bucket, principal: Principal) -> tuple[Statement, ...]:
    if bucket.settings.policy is None:
        return ()
    policy = bucket_policies.read(bucket.settings.policy)
    return bucket_policies.speaking_of(policy, principal, blocked=bucket.settings.blocks_public)


def _is_open(bucket: Bucket | None, acl: str | None, action: str) -> bool:
    """Tell whether an ACL lets everybody do this; Block Public Access overrules it."""
    if bucket is None or bucket.settings.blocks_public:
        return False
    return (acl in ACLS[1:] and action in _READS) or (acl == ACLS[2] and action in _WRITES)


def _denied(verdict: Verdict, asked: Asked, principal: Principal) -> OssError:
    if verdict.policy_type == "SessionPolicy":
        name = "session-policy"
    elif verdict.reason == "ExplicitDeny":
        name = "explicit-deny"
    elif principal.kind == "anybody":
        name = "anonymous"
    else:
        name = "no-permission"
    if principal.kind == "anybody":
        return OssError(name)
    detail = {
        "PolicyType": _POLICY_TYPES[verdict.policy_type],
        "AuthPrincipalOwnerId": principal.arn.split(":")[3],
        "AuthPrincipalType": "SubUser" if principal.kind == "user" else "AssumedRoleUser",
        "AuthPrincipalDisplayName": principal.arn.partition("/")[2].replace("/", ":"),
        "NoPermissionType": verdict.reason,
        "AuthAction": asked.action,
        "EncodedDiagnosticMessage": base64.b64encode(asked.request_id.encode()).decode(),
    }
    return OssError(name, AccessDeniedDetail=detail)


def checked_acl(text: str | None, *, bucket: Bucket, of_object: bool) -> str:
    """Return an ACL that may be set here; raises ``OssError`` for another, and a public one where that is blocked."""
    closed = "default" if of_object else ACLS[0]
    acl = text or closed
    if acl not in (closed, *ACLS):
        raise OssError(
            "argument", ArgumentName="x-oss-object-acl" if of_object else "x-oss-acl", ArgumentValue=acl
        )
    if acl in ACLS[1:] and bucket.settings.blocks_public:
        raise OssError("public-object-acl" if of_object else "public-bucket-acl")
    return acl
