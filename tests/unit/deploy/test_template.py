"""template.yml: closed by default, in step with the code, and refused when it is not."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from shared.settings.variables.granting import FUNCTIONS
from shared.values import defaults, fields
from tests.deploy.package import TEMPLATE
from tests.deploy.rules import problems
from tests.deploy.serverless import ACCOUNT_ID, CliFailed, rendered
from tests.local import template

Cli = Callable[..., str]
Resources = dict[str, Any]
INSECURE = {"ALLOW_INSECURE_ENDPOINTS"}
"""For the local demo only: a deployed function never gets it."""


def render(**variables: str) -> Resources:
    return template.resources(variables, account_id=ACCOUNT_ID)


@pytest.fixture
def resources() -> Resources:
    return render()


def test_it_breaks_no_rule(resources: Resources) -> None:
    assert [] == problems(resources)


def test_no_function_s_archive_holds_bytecode_of_the_source_tree(resources: Resources) -> None:
    folders = [TEMPLATE.parent / "functions" / name for name in resources]

    assert [] == [folder.name for folder in folders if not (folder / ".fcignore").exists()]


def test_the_real_command_line_verifies_it(cli: Cli) -> None:
    assert "passed" in cli("verify", "-t", str(TEMPLATE))


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OSS_BUCKET": "media", "EVENT_PREFIX": "new/", "STS_ROLE_ARN": "acs:ram::1:role/other"},
        {"IDENTITY_SOURCE": "oidc"},
        {"TICKET_CLAIMS": "rediss://:p@tair.example.com:6380/0"},
        {"TICKET_CLAIMS": "redis://tair.example.com", "IDENTITY_SOURCE": "oidc"},
        {
            "JWT_KEYS": '{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"a","e":"AQAB","n":"x"},'
            '{"kty":"RSA","alg":"RS256","use":"sig","kid":"b","e":"AQAB","n":"y"}]}'
        },
    ],
)
def test_the_real_command_line_renders_it_as_the_local_runtime_does(
    cli: Cli, variables: dict[str, str]
) -> None:
    printed = cli("preview", "-t", str(TEMPLATE), "-o", "json", environ=variables)

    assert render(**variables) == rendered(printed)["resources"]


def test_the_real_command_line_refuses_a_broken_one(cli: Cli, tmp_path: Path) -> None:
    broken = tmp_path / "template.yml"
    broken.write_text(TEMPLATE.read_text().replace("memorySize: 256", "memorySize: 100"))

    with pytest.raises(CliFailed, match="presign/props/memorySize must be multiple of 64"):
        cli("verify", "-t", str(broken))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gets_exactly_the_variables_it_reads(resources: Resources, name: str) -> None:
    given = set(resources[name]["props"]["environmentVariables"])
    read = {field.upper() for group in FUNCTIONS[name] for field in fields(group)} - INSECURE

    if name == "presign_on_event":
        read -= {"GRANT_WRITE_PREFIXES", "GRANT_DELETE_PREFIXES"}
    assert read == given


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_defaults_of_the_template_are_those_of_the_code(resources: Resources, name: str) -> None:
    # The empty text counts as unset, and then the default of the code holds.
    given = {each for each in resources[name]["props"]["environmentVariables"].items() if each[1]}
    of_the_code = {
        (field.upper(), str("" if default is None else default).lower())
        for group in FUNCTIONS[name]
        for field, default in defaults(group).items()
    }
    of_the_deployment = {"OSS_REGION", "OSS_BUCKET", "SIGNING_ROLE_ARN", "STS_ROLE_ARN"}
    of_the_gate = {"IDENTITY_CLAIMS"}
    of_the_trigger = {"GRANT_READ_PREFIXES"} if name == "presign_on_event" else set()

    assert (
        of_the_trigger | ((of_the_deployment | of_the_gate) & dict(given).keys())
        == dict(given - of_the_code).keys()
    )


def test_it_grants_nothing_by_default(resources: Resources) -> None:
    variables = resources["presign"]["props"]["environmentVariables"]

    assert {""} == {value for name, value in variables.items() if name.endswith("_PREFIXES")}


def test_its_default_key_is_one_that_nobody_can_sign_with(resources: Resources) -> None:
    (config,) = (trigger["triggerConfig"] for trigger in resources["sts"]["props"]["triggers"])

    assert config["authConfig"]["jwks"]["keys"][0]["n"].startswith("x5cM7tzDsHVEkCAaeqYT")


def test_variables_reach_every_place_that_needs_them() -> None:
    resources = render(OSS_BUCKET="media", OSS_REGION="eu-central-1", EVENT_PREFIX="new/")
    upload, copy = resources["presign_on_event"]["props"]["triggers"]

    assert "acs:oss:eu-central-1:123456789012:media" == upload["sourceArn"]
    assert "new/" == upload["triggerConfig"]["filter"]["key"]["prefix"]
    assert "acs:oss:eu-central-1:123456789012:media/new/" in copy["triggerConfig"]["eventRuleFilterPattern"]


def test_the_triggers_share_no_event_type(resources: Resources) -> None:
    upload, copy = resources["presign_on_event"]["props"]["triggers"]
    copied = copy["triggerConfig"]["eventRuleFilterPattern"]

    assert [] == [event for event in upload["triggerConfig"]["events"] if event in copied]


Break = Callable[[dict[str, Any]], Any]
BREAKS: dict[str, tuple[str, Break, str]] = {
    "a misspelt key": ("presign", lambda p: p.update(enviromentVariables={}), "enviromentVariables"),
    "a misspelt key in a trigger": ("presign", lambda p: p["triggers"][0].update(role=""), "'role'"),
    "a misspelt trigger setting": ("sts", lambda p: _config(p).update(authtype="jwt"), "authtype"),
    "the config of another trigger": ("sts", lambda p: p["triggers"][0].update(triggerType="timer"), "cron"),
    "a number as a variable": ("sts", lambda p: _variables(p).update(TTL=3600), "not of type 'string'"),
    "a reserved variable": ("sts", lambda p: _variables(p).update(FC_REGION="x"), "reserved"),
    "too many variables": ("sts", lambda p: _variables(p).update(BIG="x" * 4096), "4 KB"),
    "the default timeout": ("sts", lambda p: p.pop("timeout"), "timeout"),
    "too little processor": ("presign", lambda p: p.update(cpu=0.05), "vCPU"),
    "a role in capitals": ("sts", lambda p: p.update(role=p["role"].upper()), "lower case"),
    "an anonymous trigger": ("sts", lambda p: _config(p).update(authType="anonymous"), "anybody"),
    "no preflight": ("sts", lambda p: _config(p)["methods"].remove("OPTIONS"), "preflight"),
    "a path without the check": ("sts", lambda p: _auth(p).update(whitelist=["/sts"]), "own claims"),
    "claims nobody hands on": ("sts", lambda p: _variables(p).update(IDENTITY_CLAIMS="sub,tenant"), "claims"),
    "a token from a cookie": ("sts", lambda p: _auth(p).update(tokenLookup="cookie:jwt"), "tokenLookup"),
    "plain http": ("sts", lambda p: _variables(p).update(ALLOW_INSECURE_ENDPOINTS="true"), "local demo only"),
    "credentials in a queue": ("sts", lambda p: p.update(asyncInvokeConfig=_queue(p)), "would be stored"),
    "URLs in a queue": ("presign", lambda p: p.update(asyncInvokeConfig=_queue(p)), "would be stored"),
    "claims from the caller": (
        "sts",
        lambda p: _variables(p).update(IDENTITY_SOURCE="caller"),
        "IDENTITY_SOURCE",
    ),
    "signed calls, claims from a token": (
        "sts",
        lambda p: _config(p).update(authType="function"),
        "IDENTITY_SOURCE",
    ),
    "STS without its SDK": ("sts", lambda p: p["layers"].pop(), "sts-sdk is missing"),
    "a signing role without the SDK": ("presign", lambda p: p["layers"].pop(), "sts-sdk is missing"),
    "a layer without a version": (
        "presign",
        lambda p: p.update(layers=["acs:fc:x:1:layers/a-shared/"]),
        "version",
    ),
    "a door that OSS cannot pass": ("on_upload", lambda p: _config(p).update(authType="jwt"), "anonymous"),
    "a door that no ticket can pass": ("ticket", lambda p: _config(p).update(authType="jwt"), "anonymous"),
    "tickets that cannot be looked at": ("ticket", lambda p: _config(p)["methods"].remove("HEAD"), "HEAD"),
    "layers in another order": ("sts", lambda p: p["layers"].reverse(), "not the first"),
    "events of the whole bucket": ("presign_on_event", lambda p: _key(p).update(prefix=""), "whole bucket"),
    "copies in the whole bucket": (
        "presign_on_event",
        lambda p: _config(p, 1).update(eventRuleFilterPattern='{"source":["acs.oss"]}'),
        "whole bucket",
    ),
    "an event function that grants writes": (
        "presign_on_event",
        lambda p: _variables(p).update(GRANT_WRITE_PREFIXES="out/"),
        "could cause events",
    ),
    "an event source without a role": (
        "presign_on_event",
        lambda p: p["triggers"][0].pop("invocationRole"),
        "invocationRole",
    ),
}


@pytest.mark.parametrize(
    ("variable", "path", "refused"),
    [
        ("TICKET_URL", "/t", False),
        ("TICKET_URL", "/tickets", True),
        ("TICKET_URL", "/t/x", False),
        ("ON_UPLOAD_URL", "/uploads", False),
        ("ON_UPLOAD_URL", "/on_upload", True),
    ],
)
def test_an_address_below_the_own_domain_is_one_that_is_routed(
    variable: str, path: str, refused: bool
) -> None:
    usual = {"GRANTS_DOMAIN": "grants.example.com", "CERT_ID": "1", "SEAL_KEYS": "k1:" + "b" * 42 + "A"}
    found = problems(render(**usual, **{variable: f"https://grants.example.com{path}"}))

    assert refused is any(variable in problem for problem in found)
    assert bool(found) == refused
    assert [] == problems(render(**usual, **{variable: f"https://other.example.com{path}"}))


@pytest.mark.parametrize("case", BREAKS)
def test_a_rule_refuses(case: str, resources: Resources) -> None:
    name, break_, said = BREAKS[case]
    broken = deepcopy(resources)
    break_(broken[name]["props"])

    found = problems(broken)

    assert [True] * len(found) == [problem.startswith(f"{name}: ") for problem in found]
    assert any(said in problem for problem in found)


CDN = {"CDN_DOMAIN": "cdn.example.com", "CDN_SIGNING": "a", "CDN_KEY": "aliyuncdnexp1234"}
WRITING_PROFILE = '{"a": {"write_prefixes": ["a/{sub}/"]}}'
OIDC = {"OIDC_ISSUER": "https://issuer.example", "OIDC_AUDIENCE": "grants"}


@pytest.mark.parametrize(("source", "auth"), [("jwt", "jwt"), ("oidc", "anonymous"), ("caller", "function")])
def test_the_trigger_is_open_exactly_where_the_function_verifies(source: str, auth: str) -> None:
    rendered = render(IDENTITY_SOURCE=source, **OIDC)
    for name in ("presign", "sts"):
        props = rendered[name]["props"]

        assert auth == _config(props)["authType"]
        assert (source == "jwt") is ("authConfig" in _config(props))
        assert (source == "oidc") is any("-oidc/" in layer for layer in props["layers"])
    assert [] == problems(rendered)


@pytest.mark.parametrize(
    ("source", "auth"), [("jwt", "anonymous"), ("caller", "anonymous"), ("oidc", "function")]
)
def test_a_trigger_that_does_not_go_with_its_source_is_refused(source: str, auth: str) -> None:
    rendered = render(IDENTITY_SOURCE=source, **OIDC)
    _config(rendered["sts"]["props"])["authType"] = auth

    assert any("sts: " in problem for problem in problems(rendered))


SCOPE = {"GRANT_READ_PREFIXES": "users/{sub}/", "GRANT_WRITE_PREFIXES": "users/{sub}/"}


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        (SCOPE, False),
        (SCOPE | {"SIGNING_SESSION": "function"}, True),
        (SCOPE | {"SIGNING_SESSION": "deployment"}, True),
        (SCOPE | {"SIGNING_SESSION": "function", "GRANT_WRITE_PREFIXES": ""}, False),
        ({"GRANT_READ_PREFIXES": "a/", "GRANT_WRITE_PREFIXES": "a/", "SIGNING_SESSION": "function"}, False),
        (SCOPE | {"SIGNING_SESSION": "function", "GRANT_MAX_SIZE_BYTES": "1000"}, False),
        (SCOPE | {"SIGNING_SESSION": "function", "GRANT_OPERATIONS": "GetObject"}, False),
        (SCOPE | CDN, True),
        (SCOPE | CDN | {"GRANT_WRITE_PREFIXES": ""}, False),
        (CDN | {"GRANT_READ_PREFIXES": "a/", "GRANT_WRITE_PREFIXES": "a/"}, False),
        ({"SIGNING_SESSION": "function", "GRANT_PROFILES": WRITING_PROFILE}, True),
    ],
)
def test_callers_who_may_write_links_do_not_share_a_signer(variables: dict[str, str], refused: bool) -> None:
    found = problems(render(**variables))

    assert refused is any("symbolic links" in problem for problem in found)
    assert len(found) == refused


@pytest.mark.parametrize(
    ("place", "refused"),
    [
        ("oss://media/fate/", False),
        ("oss://media/incoming/fate/", True),
        ("oss://media/incoming/", True),
        ("oss://other/incoming/", False),
        ("", False),
    ],
)
def test_what_becomes_of_tickets_wakes_no_function(place: str, refused: bool) -> None:
    tickets = {"TICKET_URL": "https://grants.example.com/t", "SEAL_KEYS": "k1:" + "b" * 42 + "A"}
    found = problems(render(OSS_BUCKET="media", TICKET_CLAIMS=place, **tickets))

    assert refused is any("EVENT_PREFIX" in problem for problem in found)
    assert bool(found) == refused


def _config(props: dict[str, Any], index: int = 0) -> dict[str, Any]:
    config: dict[str, Any] = props["triggers"][index]["triggerConfig"]
    return config


def _queue(props: dict[str, Any]) -> dict[str, Any]:
    destination = f"acs:mns:{props['region']}:{ACCOUNT_ID}:/queues/q/messages"
    return {"destinationConfig": {"onSuccess": {"destination": destination}}}


def _auth(props: dict[str, Any]) -> dict[str, Any]:
    auth: dict[str, Any] = _config(props)["authConfig"]
    return auth


def _key(props: dict[str, Any]) -> dict[str, Any]:
    key: dict[str, Any] = _config(props)["filter"]["key"]
    return key


def _variables(props: dict[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = props["environmentVariables"]
    return variables


@pytest.mark.parametrize("source", ["jwt", "oidc"])
def test_the_client_of_redis_is_where_redis_counts_and_nowhere_else(source: str) -> None:
    variables = {
        "IDENTITY_SOURCE": source,
        "OIDC_ISSUER": "https://issuer.example.com",
        "OIDC_AUDIENCE": "grants",
    }
    counting = render(**variables, TICKET_CLAIMS="rediss://tair.example.com:6380/0")
    bare = render(**variables)

    assert ["presign", "ticket"] == [
        name
        for name, each in counting.items()
        if any("-redis/" in layer for layer in each["props"]["layers"])
    ]
    assert [] == problems(counting)
    bare["presign"]["props"]["environmentVariables"]["TICKET_CLAIMS"] = "redis://tair.example.com"
    assert any("the layer redis belongs to" in problem for problem in problems(bare))
