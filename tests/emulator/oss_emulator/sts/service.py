"""The emulated STS: AssumeRole and GetCallerIdentity, version 2015-04-01, and nothing else."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from werkzeug.wrappers import Request, Response

from ..ram.evaluation import applies, evaluate
from ..ram.identities import Identities, Principal, Role, Tells
from ..ram.policies import MAX_SESSION_POLICY_BYTES, PolicyGrammarError, Statement, parse_policy
from .acs3 import NonceMemory, verify
from .errors import StsError
from .faults import Faults

VERSION = "2015-04-01"

_ROLE_ARN = re.compile(r"acs:ram::[0-9]+:role/[A-Za-z0-9.-]+")
_SESSION_NAME = re.compile(r"[A-Za-z0-9.@_-]{2,64}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


class CloudState(Protocol):
    """What STS needs of the cloud."""

    @property
    def clock(self) -> Tells: ...

    @property
    def identities(self) -> Identities: ...


class StsService:
    """One STS endpoint: call it with a request. ``faults`` orders bad days, ``calls`` counts by action."""

    def __init__(self, cloud: CloudState) -> None:
        self._cloud = cloud
        self._nonces = NonceMemory()
        self.faults = Faults()
        self.calls: Counter[str] = Counter()

    def __call__(self, request: Request) -> Response:
        """Answer one request; refusals are JSON with a code."""
        request_id = str(uuid.uuid4()).upper()
        action = request.headers.get("x-acs-action", "")
        self.calls[action] += 1
        fault = self.faults.take()
        if fault is not None:
            return fault
        try:
            return _answer(200, {"RequestId": request_id, **self._operate(request, action)})
        except StsError as error:
            refusal = {"HostId": request.host, "Code": error.code, "Message": error.message}
            return _answer(error.status, {"RequestId": request_id, **refusal})

    def _operate(self, request: Request, action: str) -> dict[str, Any]:
        caller = verify(
            request, find=self._cloud.identities.find, nonces=self._nonces, now=self._cloud.clock.now()
        )
        if request.headers["x-acs-version"] != VERSION:
            raise StsError("InvalidVersion")
        operation = _OPERATIONS.get(action)
        if operation is None or request.method != "POST":
            raise StsError("InvalidAction.NotFound")
        return operation(self._cloud, caller, request)


def _assume_role(cloud: CloudState, caller: Principal, request: Request) -> dict[str, Any]:
    asked = request.args
    role = _role(cloud, caller, asked.get("RoleArn", ""), external_id=asked.get("ExternalId"))
    session_name = asked.get("RoleSessionName", "")
    if not _SESSION_NAME.fullmatch(session_name):
        raise StsError("InvalidParameter.RoleSessionName")
    session = cloud.identities.issue(
        role,
        session_name=session_name,
        duration_seconds=_duration(asked.get("DurationSeconds", "3600"), role),
        policy=_policy(asked.get("Policy")),
    )
    return {
        "AssumedRoleUser": {"AssumedRoleId": f"{role.role_id}:{session_name}", "Arn": session.arn},
        "Credentials": {
            "AccessKeyId": session.access_key_id,
            "AccessKeySecret": session.access_key_secret,
            "SecurityToken": session.security_token,
            "Expiration": session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ") if session.expires_at else "",
        },
    }


def _get_caller_identity(cloud: CloudState, caller: Principal, _: Request) -> dict[str, Any]:
    kind = "AssumedRoleUser" if caller.kind == "session" else "RAMUser"
    return {"AccountId": cloud.identities.account_id, "Arn": caller.arn, "IdentityType": kind}


def _role(cloud: CloudState, caller: Principal, arn: str, *, external_id: str | None) -> Role:
    if not _ROLE_ARN.fullmatch(arn):
        raise StsError("InvalidParameter.RoleArn")
    if external_id is not None and not _EXTERNAL_ID.fullmatch(external_id):
        raise StsError("InvalidParameter.ExternalId")
    context = {} if external_id is None else {"sts:ExternalId": external_id}
    if not evaluate(caller, action="sts:AssumeRole", resource=arn, context=context).allowed:
        raise StsError("NoPermission")
    role = cloud.identities.role(arn)
    if role is None:
        raise StsError("EntityNotExist.Role", detail=arn.rpartition("/")[2])
    if not _trusts(role.trust, caller, context):
        raise StsError("NoPermission")
    return role


def _trusts(trust: tuple[Statement, ...], caller: Principal, context: dict[str, str]) -> bool:
    """Tell whether a trust policy names the caller: its account, its user, or the role of its session."""
    account = ":".join(caller.arn.split(":")[:4]) + ":root"
    names = {caller.arn, caller.role_arn, account}
    speaking = [
        statement
        for statement in trust
        if names & set(statement.principals.get("RAM", ()))
        and applies(statement, action="sts:AssumeRole", resource="*", context=context)
    ]
    return bool(speaking) and all(statement.effect == "Allow" for statement in speaking)


def _duration(text: str, role: Role) -> int:
    longest = role.max_session_duration_seconds
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 900 <= int(text) <= longest:
        maximum = f"{longest // 60}min" if longest % 3600 else f"{longest // 3600}hr"
        raise StsError("InvalidParameter.DurationSeconds", detail=maximum)
    return int(text)


def _policy(document: str | None) -> str | None:
    if document is None:
        return None
    if len(document.encode()) > MAX_SESSION_POLICY_BYTES:
        raise StsError("InvalidParameter.PolicySize")
    try:
        parse_policy(document)
    except PolicyGrammarError:
        raise StsError("InvalidParameter.PolicyGrammar") from None
    return document


def _answer(status: int, document: dict[str, Any]) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")


_OPERATIONS: dict[str, Callable[[CloudState, Principal, Request], dict[str, Any]]] = {
    "AssumeRole": _assume_role,
    "GetCallerIdentity": _get_caller_identity,
}
