"""The whole product on a laptop: emulated cloud, functions in front of it, and an identity provider."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from werkzeug.wrappers import Request

from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud, Landed
from oss_emulator.server import serve
from oss_emulator.store.settings import CorsRule
from tests.deploy.policies import roles
from tests.local import completion, packages
from tests.local.gate import Gate
from tests.local.gateway import Gateway, Served
from tests.local.keys import AUDIENCE, TokenIssuer
from tests.local.landing import event_for
from tests.local.receiver import Receiver
from tests.local.runtime import FunctionRunner, Outcome
from tests.local.site import Site
from tests.local.template import Function, load, resources

ACCOUNT = "123456789012"
REGION = "cn-hangzhou"
BUCKET = "examplebucket"
OWN_FOLDER = "users/{sub}/"

_SIGNED, _UNSIGNED = re.compile(r'https?://([^"?]*)\?[^"]*'), r"\1?…"

BROWSER_RULE = CorsRule(
    origins=["*"],
    methods=["GET", "PUT", "POST", "DELETE", "HEAD"],
    headers=["*"],
    expose=["ETag", "x-oss-request-id", "x-oss-hash-crc64ecma"],
    max_age_seconds=600,
)
"""What a bucket needs for uploads from web pages."""


@dataclass(slots=True, kw_only=True)
class Stack:
    """What runs: addresses, the cloud to look into, and tokens to call with."""

    cloud: Cloud
    emulator_host: str
    variables: Mapping[str, str] = field(default_factory=dict)
    functions: dict[str, FunctionRunner] = field(default_factory=dict)
    gateway_host: str = ""
    issuer: TokenIssuer = field(default_factory=TokenIssuer)
    invoke_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    logs: list[str] = field(default_factory=list)
    delivered: list[Outcome] = field(default_factory=list)
    receiver: Receiver | None = None

    def url(self, function: str) -> str:
        """Return the address of a function's HTTP trigger."""
        return f"http://{self.gateway_host}/{function}"

    @property
    def bucket(self) -> str:
        """Return the name of the bucket that the functions serve."""
        return self.variables["OSS_BUCKET"]

    @property
    def folder(self) -> str:
        """Return the prefix that alice may write to first, which the demo's files go to."""
        first = self.variables["GRANT_WRITE_PREFIXES"].partition(",")[0].strip()
        return re.sub(r"\{[^}]*\}", "alice", first)

    def complete(
        self, stack: ExitStack, *, port: int, log: Callable[[str], None] | None, but: Mapping[str, str]
    ) -> None:
        """Have OSS call ``on_upload`` behind this port, and tickets lead there; variables in ``but`` stand."""
        self.receiver, wired = completion.variables(
            stack, emulator_host=self.emulator_host, port=port, log=log or self.logs.append
        )
        self.cloud.create_bucket(completion.TICKETS)
        self.variables = {**self.variables, **wired, **but}

    def token(self, sub: str = "alice", **claims: Any) -> str:
        """Return a token of the local identity provider; it holds every claim that is wanted."""
        wanted = dict.fromkeys(_claims(self.variables), sub)
        return self.issuer.token(now=self.cloud.clock.now(), **{**wanted, "sub": sub, **claims})


@contextmanager
def running(
    *,
    port: int = 0,
    environ: Mapping[str, str] | None = None,
    log: Callable[[str], None] | None = None,
    packaged: bool = False,
    custom_domain: str | None = None,
    completes: bool = False,
) -> Iterator[Stack]:
    """Run everything while the context lasts; ``environ`` overrides variables of the functions.

    ``custom_domain`` is a name of this machine that is bound to the bucket, and then the default endpoint.
    ``completes`` has OSS call ``on_upload`` when an upload has ended, and a receiver told; it makes tickets too.
    ``packaged`` runs what ``make package`` made, unpacked, on a bare interpreter, in place of the source.
    """
    with ExitStack() as stack:
        overrides = dict(environ or {})
        cloud = Cloud(account_id=ACCOUNT, region=overrides.get("OSS_REGION", REGION))
        stack.callback(cloud.close)
        cloud.create_bucket(overrides.get("OSS_BUCKET", BUCKET), cors=[BROWSER_RULE])
        host = stack.enter_context(serve(Emulator(cloud)))
        if custom_domain is not None:
            cloud.custom_domains[custom_domain] = overrides.get("OSS_BUCKET", BUCKET)
            overrides["OSS_CUSTOM_DOMAIN"] = f"http://{custom_domain}:{host.rpartition(':')[2]}"
        issuer = _issuer(stack, overrides)
        running_stack = Stack(
            cloud=cloud, emulator_host=host, variables=settings(host) | overrides, issuer=issuer
        )
        if completes:
            port = port or completion.free_port()
            running_stack.complete(stack, port=port, log=log, but=overrides)
        python = overrides.get("PLATFORM_PYTHON", "")
        build = packages.unpacked_into(stack, platform_python=python) if packaged else packages.source
        gateway = _gateway(running_stack, log or running_stack.logs.append, build)
        for runner in running_stack.functions.values():
            stack.callback(runner.stop)
        stack.enter_context(_waking(running_stack, gateway))
        site = _site(running_stack, gateway)
        running_stack.gateway_host = stack.enter_context(serve(Request.application(site), port=port))
        yield running_stack


def _issuer(stack: ExitStack, overrides: dict[str, str]) -> TokenIssuer:
    """Return the identity provider; where functions verify tokens themselves, it has an address."""
    issuer = TokenIssuer()
    if overrides.get("IDENTITY_SOURCE") == "oidc" and not overrides.get("OIDC_ISSUER"):
        issuer.address = f"http://{stack.enter_context(serve(Request.application(issuer.serve)))}"
        overrides |= {"OIDC_ISSUER": issuer.address, "OIDC_AUDIENCE": AUDIENCE}
    return issuer


def _site(stack: Stack, gateway: Gateway) -> Site:
    return Site(
        gateway,
        token=stack.token,
        emulator_host=stack.emulator_host,
        now=stack.cloud.clock.now,
        rotate=stack.issuer.rotate if stack.issuer.address else None,
        variables=stack.variables,
    )


def settings(emulator_host: str) -> dict[str, str]:
    """Return the variables that a deployer would set, pointing at the emulator."""
    return {
        "OSS_REGION": REGION,
        "OSS_BUCKET": BUCKET,
        "OSS_ENDPOINT": f"http://{emulator_host}",
        "STS_ENDPOINT": f"http://{emulator_host}",
        "ALLOW_INSECURE_ENDPOINTS": "true",
        "IDENTITY_CLAIMS": "sub",
        "GRANT_READ_PREFIXES": f"{OWN_FOLDER},public/",
        "GRANT_WRITE_PREFIXES": OWN_FOLDER,
        "EVENT_PREFIX": "incoming/",
        "CORS_ALLOWED_ORIGINS": "",
    }


def _gateway(stack: Stack, log: Callable[[str], None], code_of: packages.CodeOf) -> Gateway:
    chosen = stack.variables
    _add_roles(stack.cloud, chosen)
    served = {}
    for name, function in load(chosen, account_id=ACCOUNT).items():
        code = code_of(function)
        runner = FunctionRunner(
            function=replace(function, code=code.folder),
            command=code.command,
            import_path=code.import_path,
            environment=_environment(stack, function, chosen),
            region=chosen["OSS_REGION"],
            account_id=ACCOUNT,
        )
        stack.functions[name] = runner
        served[name] = Served(runner=runner, gate=_gate(stack, function))
    return Gateway(
        functions=served,
        invoke_key=stack.invoke_key,
        now=stack.cloud.clock.now,
        log=log,
        destination=partial(_at_the_destination, stack, log),
    )


@contextmanager
def _waking(stack: Stack, gateway: Gateway) -> Iterator[None]:
    """Let what lands wake functions while the context lasts; whoever writes while all of it ends wakes nobody."""
    with ThreadPoolExecutor(1, thread_name_prefix="events") as events:
        stack.cloud.announce = _event_sources(stack, gateway, events)
        yield
        stack.cloud.announce = lambda _: None


def _event_sources(stack: Stack, gateway: Gateway, events: Executor) -> Callable[[Landed], None]:
    """Return what wakes functions when an object lands, without keeping its writer waiting."""

    def announce(landed: Landed) -> None:
        for name, runner in stack.functions.items():
            event = event_for(
                runner.function, landed, account_id=ACCOUNT, region=stack.variables["OSS_REGION"]
            )
            if event is not None and landed.bucket == stack.bucket:
                events.submit(gateway.deliver, name, event)

    return announce


def _at_the_destination(stack: Stack, log: Callable[[str], None], outcome: Outcome) -> None:
    """Keep and show the result of an asynchronous invocation, as the queue would hold it."""
    queue = "failures" if outcome.error is not None else "links"
    result = outcome.error if outcome.error is not None else outcome.result
    shown = json.dumps(result) if isinstance(result, Mapping) else result.decode("utf-8", "replace")
    # A link is as good as the object: the log shows where it leads, and not the signature.
    log(f"queue {queue}: {_SIGNED.sub(_UNSIGNED, shown)}\n")
    stack.delivered.append(outcome)


def _claims(chosen: Mapping[str, str]) -> list[str]:
    return [claim.strip() for claim in chosen["IDENTITY_CLAIMS"].split(",") if claim.strip()]


def _gate(stack: Stack, function: Function) -> Gate | None:
    """Return the trigger's door, with the local identity provider's key in place of the template's."""
    trigger = function.http_trigger
    if trigger is None:
        return None
    if trigger["authType"] != "jwt":
        return Gate(config=trigger, invoke_key=stack.invoke_key)
    auth = {**trigger["authConfig"], "jwks": stack.issuer.jwks()}
    return Gate(config={**trigger, "authConfig": auth}, invoke_key=stack.invoke_key)


def _environment(
    stack: Stack, function: Function, chosen: Mapping[str, str]
) -> Callable[[], Mapping[str, str]]:
    """Return what an instance finds: the template's variables, and a session of its execution role."""
    insecure = {"ALLOW_INSECURE_ENDPOINTS": chosen["ALLOW_INSECURE_ENDPOINTS"]}
    inherited = {name: os.environ[name] for name in ("COVERAGE_PROCESS_START",) if name in os.environ}

    def environment() -> Mapping[str, str]:
        session = stack.cloud.identities.role_session(
            function.role.rpartition("/")[2], session_name=function.resource, duration_seconds=129_600
        )
        return {
            **inherited,
            **function.environment,
            **insecure,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": session.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": session.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": session.security_token or "",
        }

    return environment


def _add_roles(cloud: Cloud, shell: Mapping[str, str]) -> None:
    """Create exactly the roles that ``make policies`` prints for this deployment, and no permission more."""
    rendered = resources(shell, account_id=ACCOUNT)
    for resource in rendered.values():
        resource["props"]["environmentVariables"]["ALLOW_INSECURE_ENDPOINTS"] = shell[
            "ALLOW_INSECURE_ENDPOINTS"
        ]
    for documents in roles(rendered):
        cloud.identities.add_role(
            documents.name,
            trust=documents.trust,
            policies=[documents.policy],
            max_session_duration_seconds=documents.max_session_seconds,
        )
