"""``JWT_KEYS``: the keys of the trigger's door, from a key set, a file of one, or an issuer that is asked once."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from shared import strict_json
from shared.errors import Misconfigured
from shared.oidc import keys
from tests.deploy.variables import ROOT

NAME = "JWT_KEYS"
RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
"""The component's schema knows keys with ``n`` and ``e`` only."""
TIMEOUT_SECONDS = 10

Fetch = Callable[[str], str]


def fetched(url: str) -> str:
    """Return the text under an https address, by the machine's own proxy; raises ``OSError``."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # https, looked at before
        if not answer.url.startswith("https://"):
            raise OSError("redirected away from https")
        return str(answer.read(keys.MAX_BYTES + 1).decode())


def settled(environ: Mapping[str, str], *, read: bool, fetch: Fetch = fetched) -> dict[str, str]:
    """Return the variables with ``JWT_KEYS`` as the template reads it; left out unless ``read``.

    Raises ``Misconfigured`` where it holds no key that the trigger could verify with.
    """
    rest = {name: value for name, value in environ.items() if name != NAME}
    asked = environ.get(NAME, "").strip()
    if not read or not asked:
        return rest
    if environ.get("JWT_KEY_N"):
        raise Misconfigured(NAME, "a key set, or one key in JWT_KEY_N; not both")
    found = [*_of_the_trigger(_key_set(asked, fetch))]
    if not found:
        raise Misconfigured(NAME, f"no RSA key of {keys.MIN_RSA_BITS} bits or more, for signatures, is in it")
    if sum("kid" not in key for key in found) > 1:
        raise Misconfigured(NAME, "at most one key is without a kid")
    return {**rest, NAME: json.dumps({"keys": found}, separators=(",", ":"))}


def _key_set(asked: str, fetch: Fetch) -> Any:
    try:
        if asked.startswith("{"):
            return strict_json.read(asked, name="the key set")
        if asked.startswith("https://"):
            return _published(asked, fetch)
        return strict_json.read((ROOT / Path(asked)).read_text(encoding="utf-8"), name="the file")
    except strict_json.NotStrict as error:
        raise Misconfigured(NAME, str(error)) from None
    except (OSError, ValueError) as error:
        raise Misconfigured(NAME, f"cannot be read ({type(error).__name__})") from None


def _published(issuer: str, fetch: Fetch) -> Any:
    """Return the key set that an issuer's discovery document names."""
    text = fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
    document = strict_json.read(text, name="the discovery document")
    address = document.get("jwks_uri") if isinstance(document, dict) else None
    if not isinstance(address, str) or not address.startswith("https://") or document.get("issuer") != issuer:
        raise Misconfigured(NAME, "the discovery document names another issuer, or no key set under https")
    return strict_json.read(fetch(address), name="the key set")


def _of_the_trigger(members: Any) -> Iterator[dict[str, str]]:
    """Yield the keys that can verify, each with the members that the trigger's configuration has."""
    listed = members.get("keys") if isinstance(members, dict) else None
    if not isinstance(listed, list):
        raise Misconfigured(NAME, "a key set is a JSON object with a list 'keys'")
    for jwk in listed:
        if not isinstance(jwk, dict) or jwk.get("alg", RSA[0]) not in RSA:
            continue
        algorithm = str(jwk.get("alg", RSA[0]))
        if keys.read(json.dumps({"keys": [jwk]}), algorithms=(algorithm,)):
            kid = {"kid": jwk["kid"]} if isinstance(jwk.get("kid"), str) else {}
            yield {"kty": "RSA", "alg": algorithm, "use": "sig", **kid, "e": jwk["e"], "n": jwk["n"]}
