"""Credentials of the function's own role, as the platform sets them for each invocation."""

from __future__ import annotations

from functools import lru_cache

from shared.errors import Misconfigured
from shared.settings.variables.reading import Environ, checked
from shared.signing import Credentials

_CREDENTIAL = r"""[!#-&(-~]+"""


def role_credentials(environ: Environ) -> Credentials:
    """Return the credentials of the function's role, as the platform set them for this invocation."""
    return _credentials(*map(environ.get, _OF_THE_ROLE))


_OF_THE_ROLE = [f"ALIBABA_CLOUD_{name}" for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")]


@lru_cache(maxsize=2)
def _credentials(key: str | None, secret: str | None, token: str | None) -> Credentials:
    # The platform renews them about once a day; checking a long token costs more than signing with it.
    key_name, secret_name, token_name = _OF_THE_ROLE
    access_key_id = _credential(key, key_name)
    has_token = access_key_id.startswith("STS.") or token
    return Credentials(
        access_key_id=access_key_id,
        access_key_secret=_credential(secret, secret_name),
        security_token=_credential(token, token_name) if has_token else None,
    )


def _credential(value: str | None, variable: str) -> str:
    if not value:
        raise Misconfigured(variable, "not set; give the function an execution role")
    return checked(variable, value, _CREDENTIAL, "printable ASCII without spaces and quotes")
