"""The deployer's own variables on top of the demo's: which the local stack takes, and which it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tests.deploy.variables import names, shown

KEPT = frozenset(
    {
        *("OSS_ENDPOINT", "OSS_INTERNAL_ENDPOINT", "STS_ENDPOINT", "STS_NETWORK", "ALLOW_INSECURE_ENDPOINTS"),
        *("JWT_KEYS", "ON_UPLOAD_URL", "OSS_CALLBACK_KEYS", "UPLOAD_WEBHOOK_URL", "UPLOAD_WEBHOOK_SECRET"),
        *("TICKET_URL", "TICKET_CLAIMS", "OIDC_ISSUER", "OIDC_JWKS", "OIDC_JWKS_URL"),
    }
)
"""What leads to the emulator and to the local issuer: the deployer's own would lead away from this machine."""
KEPT_BY_THE_DEMO = KEPT | {"OSS_DEFAULT_ENDPOINT"}
"""The demo's clients reach the emulator, and no other host, whatever it is called."""


def taken(environ: Mapping[str, str], *, but: Iterable[str] = KEPT, account_id: str) -> dict[str, str]:
    """Return what the local stack takes of these variables; roles become the local account's."""
    chosen = {
        name: environ[name] for name in sorted(names() - {*but} | {"PLATFORM_PYTHON"}) if environ.get(name)
    }
    # Where an own domain is set, it would serve whoever names no endpoint; it is on no laptop's loopback.
    default = {"OSS_DEFAULT_ENDPOINT": chosen.get("OSS_DEFAULT_ENDPOINT", "public")}
    return {name: _of_account(value, account_id) for name, value in (chosen | default).items()}


def _of_account(value: str, account_id: str) -> str:
    return re.sub(r"\Aacs:ram::[0-9]+:role/", f"acs:ram::{account_id}:role/", value)


def said(environ: Mapping[str, str], chosen: Mapping[str, str], *, but: Iterable[str] = KEPT) -> str:
    """Return the lines that say what was taken and what was left out; empty without either."""
    lines = [f"  {name}={shown(name, value)}" for name, value in chosen.items() if environ.get(name)]
    left = sorted(name for name in but if environ.get(name))
    head = ["your variables, on top of the demo's own:", *lines] if lines else []
    tail = [f"left out, since the emulator's own must stand: {', '.join(left)}"] if left else []
    return "".join(f"{line}\n" for line in (*head, *tail))
