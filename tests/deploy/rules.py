"""What a rendered template must also keep, beyond the schema: rules of the platform, and of this project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from shared.errors import Misconfigured
from shared.grants.scopes import GrantScope
from shared.settings.functions import presign_settings, sts_settings
from tests.deploy.schema import schema_problems

Props = dict[str, Any]

_RESERVED = re.compile(r"FC_|(?![A-Za-z][A-Za-z0-9_]*\Z)")
_ROLE = re.compile(r"acs:ram::[0-9]+:role/[a-z0-9.-]{1,64}")
_NAME = re.compile(r"[a-z][a-z0-9-]{1,61}[a-z0-9]")
_LAYER = re.compile(r"acs:fc:[a-z0-9-]+:[0-9]+:layers/[a-zA-Z0-9_-]+/versions/[1-9][0-9]*")
_ENVIRONMENT_BYTES = 4096
_SHORTEST_TIMEOUT_SECONDS = 10


def problems(resources: Mapping[str, Any]) -> list[str]:
    """Return every broken rule of the rendered ``resources`` of a template, as text."""
    alone = [
        f"{name}: {problem}"
        for name, resource in resources.items()
        for problem in _problems(resource["props"])
    ]
    # What functions must not be together is read from settings that load.
    return alone or [
        f"presign: {problem}"
        for problem in (*_shared_signers(resources), *_kept_apart(resources), *_routed(resources))
    ]


def _routed(resources: Mapping[str, Any]) -> Iterator[str]:
    """An address below the deployment's own domain is one that its route leads to."""
    for function, variable in (("ticket", "TICKET_URL"), ("on_upload", "ON_UPLOAD_URL")):
        props = resources[function]["props"] if function in resources else {}
        domain = props.get("customDomain") or {}
        address = urlsplit(props.get("environmentVariables", {}).get(variable, ""))
        if domain and address.hostname == domain["domainName"].lower():
            route = domain["route"]["path"]
            if not fnmatchcase(f"{address.path}/" if route.endswith("/*") else address.path, route):
                yield f"{variable}: GRANTS_DOMAIN leads {route} to this function, and no other path"


def _kept_apart(resources: Mapping[str, Any]) -> Iterator[str]:
    """What becomes of tickets wakes no function, and gets no link."""
    place = resources["presign"]["props"]["environmentVariables"].get("TICKET_CLAIMS", "")
    bucket, _, prefix = place.removeprefix("oss://").partition("/")
    for resource in resources.values():
        same = bucket == resource["props"]["environmentVariables"].get("OSS_BUCKET")
        for woken in _event_prefixes(resource["props"]):
            if same and (prefix.startswith(woken) or woken.startswith(prefix)):
                yield "TICKET_CLAIMS: a prefix outside EVENT_PREFIX, or objects of the store would wake functions"


def _shared_signers(resources: Mapping[str, Any]) -> Iterator[str]:
    """Who may write symbolic links of his own signs with a session of his own: OSS follows them."""
    environments = {name: each["props"]["environmentVariables"] for name, each in resources.items()}
    try:
        presign, sts = presign_settings(environments["presign"]), sts_settings(environments["sts"])
    except Misconfigured as refusal:
        yield str(refusal)
        return
    templates = [each for scope in presign.bucket.scopes.values() for each in scope.templates()]
    has_claims = any(each.claims() for each in templates)
    writes = any(_gives_writing(scope) for scope in sts.bucket.scopes.values())
    if has_claims and writes and presign.links.cdn is not None:
        yield (
            "CDN_DOMAIN: the CDN reads the whole bucket, and follows symbolic links that callers write with credentials "
            "of /sts: leave the CDN out, or GRANT_WRITE_PREFIXES of sts"
        )
    is_shared = presign.links.signing_session != "caller" and has_claims
    if is_shared and writes:
        yield (
            f"SIGNING_SESSION={presign.links.signing_session} signs for all callers alike, and /sts lets them write "
            "symbolic links, which OSS follows: use SIGNING_SESSION=caller, or no GRANT_WRITE_PREFIXES for sts"
        )


def _gives_writing(scope: GrantScope) -> bool:
    """Tell whether /sts gives write credentials in this scope."""
    return bool(scope.prefixes["write"]) and scope.content.ceiling is None and scope.lets("PutObject")


def pass_by(environment: Mapping[str, str]) -> str:
    """Return the ``claimPassBy`` that hands on the claims that a function wants, each in its own header."""
    names = [name.strip() for name in environment.get("IDENTITY_CLAIMS", "").split(",") if name.strip()]
    prefix = environment.get("CLAIM_HEADER_PREFIX") or "x-jwt-"
    return ",".join(f"header:{name}:{prefix}{name}" for name in names)


def _problems(props: Props) -> list[str]:
    # The other rules read what the schema has proved to be there.
    return schema_problems(props) or [problem for rule in _RULES for problem in rule(props)]


_AUTH_OF = {"jwt": "jwt", "oidc": "anonymous", "caller": "function"}
"""The trigger's authentication by who verifies callers: it lets everybody through exactly where the function asks."""


def _identity(props: Props) -> Iterator[str]:
    """The gate authenticates every call, and hands on the claims that the function reads, no others."""
    environment = props.get("environmentVariables", {})
    for config in _configs(props, kind="http"):
        kind, auth = config["authType"], config.get("authConfig", {})
        if "OSS_CALLBACK_KEYS" in environment:
            if kind != "anonymous":
                yield "OSS calls on_upload, and brings no token: its trigger is anonymous"
            continue
        if "OPTIONS" not in config["methods"]:
            yield "the gateway would refuse every preflight: OPTIONS is not among the methods"
        if _takes_tickets(environment):
            yield from _bearers(config)
            continue
        if auth.keys() & {"whitelist", "blacklist"}:
            yield "a path without the JWT check lets clients state their own claims"
        if kind == "jwt" and auth.get("tokenLookup") != "header:Authorization:Bearer ":
            yield "tokenLookup: from the header Authorization only, for a browser sends cookies to foreign pages' calls too"
        source = environment.get("IDENTITY_SOURCE", "jwt")
        if kind == "anonymous" and source != "oidc":
            yield "an HTTP trigger lets anybody in"
        elif kind != _AUTH_OF.get(source):
            yield f"authType {kind} does not go with this IDENTITY_SOURCE"
        if kind == "jwt" and auth.get("claimPassBy", "") != pass_by(environment):
            yield "claimPassBy and IDENTITY_CLAIMS name different claims"


def _takes_tickets(environment: Mapping[str, str]) -> bool:
    """Tell whether this is the function ``ticket``: it is told of tickets, and verifies no callers."""
    return "TICKET_URL" in environment and "IDENTITY_SOURCE" not in environment


def _bearers(config: Mapping[str, Any]) -> Iterator[str]:
    """Whoever bears a ticket sends no header that a gate could ask for."""
    if config["authType"] != "anonymous":
        yield "clients bring tickets in the path and nothing else: the trigger of ticket is anonymous"
    if missing := sorted({"GET", "HEAD", "POST", "DELETE"} - set(config["methods"])):
        yield f"tickets are opened with {', '.join(missing)} too: name it among the methods"


def _secrecy(props: Props) -> Iterator[str]:
    """Credentials go to their caller over https, and are kept nowhere."""
    environment = props.get("environmentVariables", {})
    if environment.get("ALLOW_INSECURE_ENDPOINTS", "false") != "false":
        yield "ALLOW_INSECURE_ENDPOINTS is for the local demo only"
    if _configs(props, kind="http") and props.get("asyncInvokeConfig"):
        yield "asyncInvokeConfig: any client can ask for an asynchronous call, whose result would be stored"


def _layers(props: Props) -> Iterator[str]:
    """Layers are versions; ``shared`` comes first; the SDK is there where STS is called."""
    layers = props.get("layers", [])
    yield from (f"{layer} is no layer version" for layer in layers if not _LAYER.fullmatch(layer))
    if not layers or "-shared/" not in layers[0]:
        yield "the layer shared is not the first"
    environment = props.get("environmentVariables", {})
    calls_sts = any(environment.get(name) for name in ("STS_ROLE_ARN", "SIGNING_ROLE_ARN"))
    if calls_sts and not any("-sts-sdk/" in layer for layer in layers):
        yield "STS is called, but the layer sts-sdk is missing: add ${vars.stsSdkLayer} in template.yml"
    verifies = environment.get("IDENTITY_SOURCE") == "oidc"
    if verifies is not any("-oidc/" in layer for layer in layers):
        yield "the layer oidc belongs to functions with IDENTITY_SOURCE=oidc, and to no others"
    asks_redis = environment.get("TICKET_CLAIMS", "").startswith("redis")
    if asks_redis is not any("-redis/" in layer for layer in layers):
        yield "the layer redis belongs to functions whose TICKET_CLAIMS is in Redis, and to no others"


def _loops(props: Props) -> Iterator[str]:
    """An event source is narrowed to a folder that this function cannot write to."""
    environment = props.get("environmentVariables", {})
    for prefix in _event_prefixes(props):
        if not prefix.endswith("/"):
            yield "an object event comes from the whole bucket: name a prefix that ends in '/'"
    if [*_event_prefixes(props)] and environment.get("GRANT_WRITE_PREFIXES"):
        yield "a function that objects trigger may not grant writes: its events could cause events"
    for trigger in props.get("triggers", []):
        if trigger["triggerType"] == "oss" and not trigger.get("invocationRole"):
            yield f"the trigger {trigger['triggerName']} names no invocationRole"


def _event_prefixes(props: Props) -> Iterator[str]:
    for config in _configs(props, kind="oss"):
        yield config["filter"]["key"]["prefix"]
    for config in _configs(props, kind="eventbridge"):
        if '"acs.oss"' in config["eventRuleFilterPattern"]:
            match = re.search(r'"prefix":"acs:oss:[^"/]*/([^"]*)"', config["eventRuleFilterPattern"])
            yield match[1] if match else ""


def _limits(props: Props) -> Iterator[str]:
    """Timeouts, processor, environment and roles as the platform takes them."""
    if props.get("timeout", 3) < _SHORTEST_TIMEOUT_SECONDS:
        yield f"timeout under {_SHORTEST_TIMEOUT_SECONDS} s: 3 s can be less than one cold start with STS"
    if not 1 <= props.get("memorySize", 512) / 1024 / props.get("cpu", 0.35) <= 4:
        yield "memory is 1 to 4 GB for each vCPU"
    environment = props.get("environmentVariables", {})
    yield from (f"{name} is reserved or malformed" for name in environment if _RESERVED.match(name))
    if sum(len(name) + len(value.encode()) for name, value in environment.items()) > _ENVIRONMENT_BYTES:
        yield "environment variables over 4 KB"
    yield from (
        f"{name} is no name that the platform takes" for name in _names(props) if not _NAME.fullmatch(name)
    )
    roles = [
        props.get("role", ""),
        *(each["invocationRole"] for each in props.get("triggers", []) if "invocationRole" in each),
    ]
    yield from (f"{role} is no role ARN in lower case" for role in roles if not _ROLE.fullmatch(role))


def _names(props: Props) -> Iterator[str]:
    yield props["functionName"]
    if "logConfig" in props:
        yield from (props["logConfig"][key] for key in ("project", "logstore"))


def _configs(props: Props, *, kind: str) -> list[dict[str, Any]]:
    return [each["triggerConfig"] for each in props.get("triggers", []) if each["triggerType"] == kind]


def _domain(props: Props) -> Iterator[str]:
    """Tokens and credentials go through a domain with a certificate."""
    domain = props.get("customDomain") or {}
    if domain and not any(domain.get("certConfig", {}).values()):
        yield "GRANTS_DOMAIN: set CERT_ID or CERT_NAME, for tokens and credentials never travel in clear"


_RULES: tuple[Callable[[Props], Iterator[str]], ...] = (
    _identity,
    _secrecy,
    _layers,
    _loops,
    _limits,
    _domain,
)
