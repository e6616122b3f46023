"""The roles that template.yml names: whom each trusts, and the least it must be allowed to do.

Computed from the rendered template and from the settings that the functions themselves read there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.grants.objects.prefixes import Claim, PrefixTemplate
from shared.grants.scopes import GrantScope
from shared.grants.session_policy import LIST_OBJECTS, Access, delete, read, write
from shared.redemptions.port import OssPlace
from shared.sessions.port import AssumableRole
from shared.settings.functions import (
    PresignOnEventSettings,
    PresignSettings,
    StsSettings,
    on_upload_settings,
    presign_on_event_settings,
    presign_settings,
    sts_settings,
    ticket_settings,
)
from shared.settings.on_upload import OnUploadSettings

Document = dict[str, Any]
Statement = dict[str, Any]

_EVENT_SERVICES = {"oss": "oss.aliyuncs.com", "eventbridge": "eventbridge.aliyuncs.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDocuments:
    """One role to create: its trust policy, its one policy, and how long its sessions last at most."""

    arn: str
    trust: Document
    policy: Document
    max_session_seconds: int = 3600

    @property
    def name(self) -> str:
        """Return the role's name."""
        return self.arn.rpartition("/")[2]


Assumed = tuple[AssumableRole, tuple[Statement, ...]]
"""A role whose sessions a function takes, and what they are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One function as deployed: its props, what it does as itself, and whose sessions it takes."""

    props: Mapping[str, Any]
    own: tuple[Statement, ...] = ()
    assumes: tuple[Assumed, ...] = ()


def roles(resources: Mapping[str, Any]) -> list[RoleDocuments]:
    """Return every role that the rendered template names, and the roles its functions assume."""
    functions = [_deployed(name, resource["props"], resources) for name, resource in resources.items()]
    return [
        *map(_execution_role, functions),
        *_assumed_roles(functions),
        *_trigger_roles(functions),
    ]


def _deployed(name: str, props: Mapping[str, Any], resources: Mapping[str, Any]) -> Deployed:
    environ = props["environmentVariables"]
    if name == "on_upload":
        uploads = presign_settings(resources["presign"]["props"]["environmentVariables"])
        looks = _distinct(_checking(uploads, on_upload_settings(environ)))
        return Deployed(props=props, own=_over_https(looks, environ))
    if name == "sts":
        return Deployed(props=props, assumes=_issuing(sts_settings(environ), environ))
    if name == "ticket":
        redeeming = ticket_settings(environ)
        issues = () if redeeming.sts is None else _issuing(redeeming.sts, environ)
        return _signing(
            props, redeeming.presign, assumes=issues, keeps=_keeping(redeeming.presign, "oss:GetObject")
        )
    if name == "presign":
        settings = presign_settings(environ)
        return _signing(props, settings, keeps=_keeping(settings))
    return _signing(props, presign_on_event_settings(environ))


def _keeping(settings: PresignSettings, *more: str) -> tuple[Statement, ...]:
    """Return what writing down the fate of tickets takes, where that is done in OSS."""
    place = settings.tickets and settings.tickets.store
    if not isinstance(place, OssPlace):
        return ()
    below = Access(("oss:PutObject", *more), (place.prefix,))
    return (_object_statement(place.bucket, below),)


def _issuing(settings: StsSettings, environ: Mapping[str, str]) -> tuple[Assumed, ...]:
    """Return the role whose sessions are handed out, and all that callers may hold of it."""
    scopes = settings.bucket.scopes.values()
    objects = _distinct(each for scope in scopes for each in (*_objects(scope), *_listing(scope)))
    return ((settings.role, _over_https(objects, environ)),)


def _signing(
    props: Mapping[str, Any],
    settings: PresignSettings | PresignOnEventSettings,
    *,
    assumes: tuple[Assumed, ...] = (),
    keeps: tuple[Statement, ...] = (),
) -> Deployed:
    """Return what signs URLs: sessions of a role, or the function's own role."""
    found = _distinct(each for scope in settings.bucket.scopes.values() for each in _objects(scope))
    environ = props["environmentVariables"]
    objects, kept = _over_https(found, environ), _over_https(keeps, environ)
    role = settings.links.signing_role
    if role is None:
        return Deployed(props=props, own=(*objects, *kept), assumes=assumes)
    return Deployed(props=props, own=kept, assumes=((role, objects), *assumes))


def _checking(uploads: PresignSettings, settings: OnUploadSettings) -> Iterator[Statement]:
    """Return what looking at finished uploads takes: HEAD below the write prefixes, DELETE where asked for."""
    if settings.completion is None:
        return
    deleting = ("oss:DeleteObject", "oss:DeleteObjectVersion") if settings.completion.deletes else ()
    for scope in uploads.bucket.scopes.values():
        if below := _patterns(scope.prefixes["write"]):
            yield _object_statement(scope.bucket, Access(("oss:GetObject", *deleting), tuple(below)))


def _objects(scope: GrantScope) -> Iterator[Statement]:
    """Return what a caller may be granted on objects, over all callers."""
    prefixes = {kind: _patterns(templates) for kind, templates in scope.prefixes.items()}
    for access in (
        read(prefixes["read"], versions=scope.content.versions),
        write(prefixes["write"], tagging=scope.content.tagging),
        delete(prefixes["delete"]),
    ):
        if access.prefixes:
            yield _object_statement(scope.bucket, access)


def _object_statement(bucket: str, access: Access) -> Statement:
    return _allow(access.actions, [f"acs:oss:*:*:{bucket}/{prefix}*" for prefix in access.prefixes])


def _listing(scope: GrantScope) -> Iterator[Statement]:
    if patterns := _patterns(scope.prefixes["read"]):
        statement = _allow([LIST_OBJECTS], [f"acs:oss:*:*:{scope.bucket}"])
        yield statement | {"Condition": {"StringLike": {"oss:Prefix": [f"{each}*" for each in patterns]}}}


def _patterns(templates: Iterable[PrefixTemplate]) -> list[str]:
    """Return prefixes in which a star stands for each claim: all that the expansions have in common."""
    return ["".join(f"{'*' if isinstance(s, Claim) else s}/" for s in each.segments) for each in templates]


def _over_https(statements: Iterable[Statement], environ: Mapping[str, str]) -> tuple[Statement, ...]:
    if environ.get("ALLOW_INSECURE_ENDPOINTS") == "true":
        return tuple(statements)
    secure = {"Bool": {"acs:SecureTransport": "true"}}
    return tuple(each | {"Condition": each.get("Condition", {}) | secure} for each in statements)


def _execution_role(function: Deployed) -> RoleDocuments:
    """Return the role a function runs as: its log, its destinations, and objects or the role it assumes."""
    assuming = _distinct(_allow(["sts:AssumeRole"], [role.arn]) for role, _ in function.assumes)
    statements = [*function.own, *assuming, *_logging(function.props), *_destinations(function.props)]
    return RoleDocuments(
        arn=function.props["role"],
        trust=_document([_trust({"Service": ["fc.aliyuncs.com"]})]),
        policy=_document(statements),
    )


def _logging(props: Mapping[str, Any]) -> Iterator[Statement]:
    config = props["logConfig"]
    yield _allow(
        ["log:PostLogStoreLogs"], [f"acs:log:*:*:project/{config['project']}/logstore/{config['logstore']}"]
    )


def _destinations(props: Mapping[str, Any]) -> Iterator[Statement]:
    targets = props.get("asyncInvokeConfig", {}).get("destinationConfig", {}).values()
    queues = sorted(target["destination"].rpartition(":")[2] for target in targets)
    if queues:
        yield _allow(["mns:SendMessage"], [f"acs:mns:*:*:{queue}" for queue in queues])


def _assumed_roles(functions: Iterable[Deployed]) -> Iterator[RoleDocuments]:
    """Return each role that functions take sessions of: it may do what all of their callers may."""
    assuming: dict[str, list[tuple[Deployed, Assumed]]] = {}
    for function in functions:
        for assumed in function.assumes:
            assuming.setdefault(assumed[0].arn, []).append((function, assumed))
    for arn, pairs in assuming.items():
        longest = max(role.max_duration for _, (role, _) in pairs)
        trusted = _distinct(
            _trust({"RAM": [f.props["role"]]}, external_id=r.external_id) for f, (r, _) in pairs
        )
        yield RoleDocuments(
            arn=arn,
            trust=_document(trusted),
            policy=_document(_distinct(each for _, (_, objects) in pairs for each in objects)),
            # RAM takes nothing under an hour as a role's maximum.
            max_session_seconds=max(3600, int(longest.total_seconds())),
        )


def _trigger_roles(functions: Iterable[Deployed]) -> Iterator[RoleDocuments]:
    """Return the roles with which event sources invoke functions; nobody else needs to."""
    invoked: dict[str, tuple[set[str], set[str]]] = {}
    for function in functions:
        for trigger in function.props.get("triggers", []):
            if arn := trigger.get("invocationRole"):
                services, targets = invoked.setdefault(arn, (set(), set()))
                services.add(_EVENT_SERVICES[trigger["triggerType"]])
                targets.add(f"acs:fc:{function.props['region']}:*:functions/{function.props['functionName']}")
    for arn, (services, targets) in invoked.items():
        names = sorted({*targets, *(f"{target}/*" for target in targets)})
        yield RoleDocuments(
            arn=arn,
            trust=_document([_trust({"Service": sorted(services)})]),
            policy=_document([_allow(["fc:InvokeFunction"], names)]),
        )


def _allow(actions: Iterable[str], resources: Iterable[str]) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _trust(principal: Mapping[str, list[str]], *, external_id: str | None = None) -> Statement:
    statement: Statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": dict(principal)}
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}}
    return statement | (condition if external_id else {})


def _distinct(statements: Iterable[Statement]) -> list[Statement]:
    kept: list[Statement] = []
    for statement in statements:
        if statement not in kept:
            kept.append(statement)
    return kept


def _document(statements: list[Statement]) -> Document:
    # RAM takes no policy without a statement: where nothing is granted, that is what it says.
    nothing = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"]}
    return {"Version": "1", "Statement": statements or [nothing]}


def as_json(documents: Iterable[RoleDocuments]) -> str:
    """Return the roles by name, as one JSON document."""
    by_name = {
        each.name: {"arn": each.arn, "max_session_seconds": each.max_session_seconds}
        | {"trust_policy": each.trust, "policy": each.policy}
        for each in documents
    }
    return json.dumps(by_name, indent=2)
