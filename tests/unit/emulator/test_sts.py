from __future__ import annotations

import os

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from alibabacloud_sts20150401.client import Client
from alibabacloud_sts20150401.models import AssumeRoleRequest
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions
from werkzeug.serving import make_server
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from oss_emulator.ram.identities import Identities, Principal
from oss_emulator.sts.errors import ERRORS
from oss_emulator.sts.service import StsService

ACCOUNT = "123456789012"
ROLE = f"acs:ram::{ACCOUNT}:role/oss-reader"
MAY_ASSUME = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}],
}
READ = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:b/*"}],
}
AWKWARD_POLICY = """{"Version":"1","Statement":[
    {"Effect":"Allow","Action":"oss:GetObject","Resource":"acs:oss:*:*:b/é ~*'()!+*"}]}"""


class ClockThatIsSet:
    def __init__(self) -> None:
        self.moment = datetime.now(timezone.utc)

    def now(self) -> datetime:
        return self.moment


@dataclass
class Cloud:
    clock: ClockThatIsSet
    identities: Identities
    user: Principal


def trust(*principals: str, **condition: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"RAM": list(principals)},
    } | condition
    return {"Version": "1", "Statement": [statement]}


@pytest.fixture
def cloud() -> Cloud:
    clock = ClockThatIsSet()
    identities = Identities(account_id=ACCOUNT, clock=clock)
    user = identities.add_user("backend", policies=[MAY_ASSUME])
    identities.add_role("oss-reader", trust=trust(user.arn), policies=[READ])
    return Cloud(clock, identities, user)


@pytest.fixture
def service(cloud: Cloud) -> StsService:
    return StsService(cloud)


@pytest.fixture
def host(service: StsService) -> Iterator[str]:
    application = Request.application(service)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask_with_sdk(host: str, principal: Principal, **fields: Any) -> Any:
    config = Config(
        access_key_id=principal.access_key_id,
        access_key_secret=fields.pop("secret", principal.access_key_secret),
        security_token=principal.security_token,
        endpoint=host,
        protocol="http",
    )
    asked = {"role_arn": ROLE, "role_session_name": "alice", "duration_seconds": 900} | fields
    return Client(config).assume_role_with_options(AssumeRoleRequest(**asked), RuntimeOptions()).body


def refusal_of_sdk(host: str, principal: Principal, **fields: Any) -> str:
    with pytest.raises(Exception) as refusal:  # noqa: PT011  # the SDK's exceptions have no common type
        ask_with_sdk(host, principal, **fields)
    return str(getattr(refusal.value, "code", None))


def test_the_official_sdk_gets_a_session(host: str, cloud: Cloud) -> None:
    answer = ask_with_sdk(
        host,
        cloud.user,
        policy=AWKWARD_POLICY,
    )
    session = cloud.identities.find(answer.credentials.access_key_id)

    assert session is not None
    assert (answer.credentials.security_token, f"{ROLE}/alice") == (session.security_token, session.arn)
    assert cloud.clock.moment.replace(microsecond=0) + timedelta(seconds=900) == session.expires_at


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"role_session_name": "a"}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "a b"}, "InvalidParameter.RoleSessionName"),
        ({"role_arn": "acs:ram::1:user/x"}, "InvalidParameter.RoleArn"),
        ({"role_arn": ROLE + "x"}, "NoPermission"),
        ({"policy": "{"}, "InvalidParameter.PolicyGrammar"),
        ({"policy": '{"Version":"2","Statement":[]}'}, "InvalidParameter.PolicyGrammar"),
        ({"policy": "x" * 2049}, "InvalidParameter.PolicySize"),
        ({"external_id": "a b"}, "InvalidParameter.ExternalId"),
    ],
)
def test_what_is_asked_wrongly_is_refused(host: str, cloud: Cloud, fields: dict[str, Any], code: str) -> None:
    assert code == refusal_of_sdk(host, cloud.user, **fields)


def test_a_role_that_does_not_exist_is_refused(host: str, cloud: Cloud) -> None:
    everything = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    admin = cloud.identities.add_user("admin", policies=[everything])

    assert "EntityNotExist.Role" == refusal_of_sdk(host, admin, role_arn=ROLE + "x")
    assert "NoPermission" == refusal_of_sdk(host, admin)


def test_a_user_without_permission_is_refused(host: str, cloud: Cloud) -> None:
    stranger = cloud.identities.add_user("stranger", policies=[])

    assert "NoPermission" == refusal_of_sdk(host, stranger)


def test_an_external_id_is_asked_for_by_the_trust_policy(host: str, cloud: Cloud) -> None:
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": "partner-7"}}}
    cloud.identities.add_role("oss-reader", trust=trust(cloud.user.arn, **condition), policies=[READ])

    assert "NoPermission" == refusal_of_sdk(host, cloud.user)
    assert "NoPermission" == refusal_of_sdk(host, cloud.user, external_id="partner-8")
    assert ask_with_sdk(host, cloud.user, external_id="partner-7").credentials


def test_a_session_assumes_a_role_that_trusts_its_own(host: str, cloud: Cloud) -> None:
    execution = cloud.identities.add_role(
        "function",
        trust={
            "Version": "1",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["fc.aliyuncs.com"]}}
            ],
        },
        policies=[MAY_ASSUME],
    )
    cloud.identities.add_role("oss-reader", trust=trust(execution.arn), policies=[READ])
    session = cloud.identities.role_session("function")

    assert ask_with_sdk(host, session).credentials
    cloud.clock.moment = session.expires_at or cloud.clock.moment
    assert "InvalidTimeStamp.Expired" == refusal_of_sdk(host, session)


def signed(
    principal: Principal, *, method: str = "POST", query: dict[str, str] | None = None, **headers: str
) -> Request:
    """A request signed by hand, so that single members can be wrong."""
    asked = {"RoleArn": ROLE, "RoleSessionName": "alice"} if query is None else query
    values = {
        "host": "sts.localhost",
        "x-acs-action": "AssumeRole",
        "x-acs-version": "2015-04-01",
        "x-acs-date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": str(time.monotonic_ns()),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    if principal.security_token:
        values["x-acs-security-token"] = principal.security_token
    values |= {name.replace("_", "-"): value for name, value in headers.items()}
    values = dict(sorted((name, value) for name, value in values.items() if value))
    text = "&".join(f"{quote(n, safe='~')}={quote(v, safe='~')}" for n, v in sorted(asked.items()))
    lines = "".join(f"{name}:{value}\n" for name, value in values.items())
    names = ";".join(values)
    payload = values.get("x-acs-content-sha256", "")
    canonical = hashlib.sha256(f"{method}\n/\n{text}\n{lines}\n{names}\n{payload}".encode()).hexdigest()
    mac = hmac.new(
        principal.access_key_secret.encode(), f"ACS3-HMAC-SHA256\n{canonical}".encode(), hashlib.sha256
    )
    values["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={principal.access_key_id},"
        f"SignedHeaders={names},Signature={mac.hexdigest()}"
    )
    builder = EnvironBuilder(method=method, path="/", query_string=urlencode(asked), headers=values)
    return Request(builder.get_environ())


def code(response: Response) -> str:
    document = response.get_json()
    if "Code" in document:
        assert ERRORS[document["Code"]].status == response.status_code
    return str(document.get("Code", "OK"))


def test_a_request_signed_by_hand_is_accepted(service: StsService, cloud: Cloud) -> None:
    assert "OK" == code(service(signed(cloud.user)))
    assert {"AssumeRole": 1} == service.calls


def test_who_am_i_is_answered(service: StsService, cloud: Cloud) -> None:
    answer = service(signed(cloud.user, query={}, x_acs_action="GetCallerIdentity")).get_json()

    assert (ACCOUNT, cloud.user.arn) == (answer["AccountId"], answer["Arn"])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x_acs_date": "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "2999-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "soon"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_content_sha256": "0" * 64}, "SignatureDoesNotMatch"),
        ({"x_acs_signature_nonce": ""}, "IncompleteSignature"),
        ({"x_acs_date": ""}, "IncompleteSignature"),
        ({"x_acs_security_token": "made-up"}, "InvalidSecurityToken.MismatchWithAccessKey"),
        ({"x_acs_version": "2014-01-01"}, "InvalidVersion"),
        ({"x_acs_action": "GenerateSessionAccessKey"}, "InvalidAction.NotFound"),
    ],
)
def test_every_signed_member_is_checked(
    service: StsService, cloud: Cloud, headers: dict[str, str], expected: str
) -> None:
    assert expected == code(service(signed(cloud.user, **headers)))


def test_get_is_not_served(service: StsService, cloud: Cloud) -> None:
    assert "InvalidAction.NotFound" == code(service(signed(cloud.user, method="GET")))


def test_a_replayed_nonce_is_refused(service: StsService, cloud: Cloud) -> None:
    assert "OK" == code(service(signed(cloud.user, x_acs_signature_nonce="once")))
    assert "SignatureNonceUsed" == code(service(signed(cloud.user, x_acs_signature_nonce="once")))


def test_a_changed_query_or_header_is_refused(service: StsService, cloud: Cloud) -> None:
    request = signed(cloud.user)
    for name, value in (("QUERY_STRING", "RoleArn=x"), ("HTTP_X_ACS_ACTION", "GetCallerIdentity")):
        environ = request.environ | {name: value}

        assert "SignatureDoesNotMatch" == code(service(Request(environ)))


def test_an_unsigned_header_of_the_protocol_is_refused(service: StsService, cloud: Cloud) -> None:
    environ = signed(cloud.user).environ | {"HTTP_X_ACS_EXTRA": "smuggled"}

    assert "IncompleteSignature" == code(service(Request(environ)))


def test_no_signature_and_no_key_are_refused(service: StsService, cloud: Cloud) -> None:
    environ = signed(cloud.user).environ
    stranger = Principal(kind="user", arn="", access_key_id="LTAInobody", access_key_secret="x")

    assert "IncompleteSignature" == code(service(Request(environ | {"HTTP_AUTHORIZATION": ""})))
    assert "InvalidAccessKeyId.NotFound" == code(service(signed(stranger)))


def test_a_session_needs_its_own_token_and_its_life(service: StsService, cloud: Cloud) -> None:
    session = cloud.identities.role_session("oss-reader")

    assert "MissingSecurityToken" == code(service(signed(session, x_acs_security_token="")))
    assert "InvalidSecurityToken.MismatchWithAccessKey" == code(
        service(signed(session, x_acs_security_token="x"))
    )
    cloud.clock.moment += timedelta(seconds=3600)
    late = cloud.clock.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "InvalidSecurityToken.Expired" == code(service(signed(session, x_acs_date=late)))


def test_bad_days_come_in_the_order_they_were_ordered(service: StsService, cloud: Cloud) -> None:
    service.faults.throttling(retry_after_ms=2000)
    service.faults.server_error(status=503)
    service.faults.html()
    service.faults.empty()
    service.faults.redirect("http://127.0.0.1:1/")
    service.faults.no_credentials()
    service.faults.oversized(1000)
    service.faults.lying(Expiration="never")
    service.faults.slow(0.01)
    answers = [service(signed(cloud.user)) for _ in range(10)]

    assert [400, 503, 200, 200, 307, 200, 200, 200, 200, 200] == [answer.status_code for answer in answers]
    assert "2000" == answers[0].headers["x-acs-retry-after"]
    assert 1000 == len(answers[6].get_data())
    assert "OK" == code(answers[-1])
