"""JWT_KEYS: several keys in the trigger, for a rotation without a refused caller."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Misconfigured
from tests.deploy.jwt_keys import settled
from tests.deploy.rules import problems
from tests.deploy.serverless import ACCOUNT_ID
from tests.local import template
from tests.local.gate import Gate, Refused
from tests.local.keys import TokenIssuer
from tests.unit.oidc.oidc_world import ISSUER, jwk
from tests.world import NOON

BOTH = json.dumps({"keys": [jwk("k1"), jwk("k2")]})


def kids(text: str, **options: Any) -> list[str | None]:
    made = settled({"JWT_KEYS": text}, read=True, **options)
    return [key.get("kid") for key in json.loads(made["JWT_KEYS"])["keys"]]


def refusing(text: str = BOTH, **options: Any) -> str:
    with pytest.raises(Misconfigured) as refusal:
        settled({"JWT_KEYS": text, **options.pop("environ", {})}, read=True, **options)
    return str(refusal.value)


def serving(documents: dict[str, Any]) -> Callable[[str], str]:
    def fetch(url: str) -> str:
        if url not in documents:
            raise OSError(url)
        return json.dumps(documents[url])

    return fetch


def test_a_key_set_is_taken_as_it_is_written() -> None:
    assert ["k1", "k2"] == kids(BOTH)


def test_a_key_set_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(BOTH)

    assert ["k1", "k2"] == kids(str(tmp_path / "keys.json"))
    assert "JWT_KEYS: cannot be read (FileNotFoundError)" == refusing(str(tmp_path / "other.json"))


def test_an_issuer_is_asked_once_for_its_keys() -> None:
    discovery = f"{ISSUER}/.well-known/openid-configuration"
    good = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
    keys = {f"{ISSUER}/keys": json.loads(BOTH)}

    assert ["k1", "k2"] == kids(ISSUER, fetch=serving({discovery: good, **keys}))
    for wrong in (
        {"issuer": "https://other.example", "jwks_uri": f"{ISSUER}/keys"},
        {**good, "jwks_uri": "http://x/"},
        [],
    ):
        assert "another issuer" in refusing(ISSUER, fetch=serving({discovery: wrong, **keys}))
    assert "cannot be read (OSError)" in refusing(ISSUER, fetch=serving({}))


def test_only_keys_that_the_trigger_could_verify_with_are_taken() -> None:
    elliptic, encrypting, weak = jwk("e", "ES256"), jwk("enc", use="enc"), jwk("weak")
    plain = {name: value for name, value in jwk("plain").items() if name in ("kty", "n", "e")}
    text = json.dumps({"keys": [elliptic, encrypting, weak, 1, plain, jwk("k2", "PS256")]})
    (first, second) = json.loads(settled({"JWT_KEYS": text}, read=True)["JWT_KEYS"])["keys"]

    assert {"kty": "RSA", "alg": "RS256", "use": "sig", "e": plain["e"], "n": plain["n"]} == first
    assert ("PS256", "k2") == (second["alg"], second["kid"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the key set is not JSON"),
        ('{"keys": [], "keys": []}', "keys: named twice"),
        ('{"keys": 5}', "a list 'keys'"),
        (json.dumps({"keys": [jwk("weak")]}), "no RSA key of 2048 bits"),
        (json.dumps({"keys": [{**jwk(each), "kid": None} for each in ("k1", "k2")]}), "at most one key"),
    ],
)
def test_what_holds_no_keys_is_one_line(text: str, said: str) -> None:
    assert said in refusing(text)


def test_one_key_beside_several_is_a_contradiction() -> None:
    assert "not both" in refusing(environ={"JWT_KEY_N": "x"})


def test_whoever_does_not_deploy_reads_nothing() -> None:
    assert {"A": "b"} == settled({"A": "b", "JWT_KEYS": "no such file"}, read=False)
    assert {"A": "b"} == settled({"A": "b", "JWT_KEYS": " "}, read=True)


def test_the_door_opens_for_the_keys_before_and_after_a_rotation() -> None:
    issuer = TokenIssuer()
    before = issuer.token(now=NOON, sub="alice")
    issuer.rotate()
    after = issuer.token(now=NOON, sub="alice")
    variables = settled({"JWT_KEYS": json.dumps(issuer.jwks())}, read=True)
    rendered = template.resources(variables, account_id=ACCOUNT_ID)
    gate = Gate(config=rendered["sts"]["props"]["triggers"][0]["triggerConfig"], invoke_key="")
    strange = TokenIssuer().token(now=NOON, sub="alice")

    assert [] == problems(rendered)
    for token in (before, after):
        passed = gate.pass_on(
            {"Authorization": f"Bearer {token}"}, method="GET", now=NOON + timedelta(minutes=1)
        )
        assert "alice" == passed["x-jwt-sub"]
    with pytest.raises(Refused):
        gate.pass_on({"Authorization": f"Bearer {strange}"}, method="GET", now=NOON)
