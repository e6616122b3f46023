"""The user's own network, for pip and uv alike: index, proxy, certificates. Standard library only.

pip is configured by many a machine and mirror; uv reads none of it. What pip holds is handed to uv, unless uv has
been told for itself. Older pips trust a bundle of their own: they are pointed at the system's.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Debian, Fedora, SUSE, and Alpine or macOS keep the authorities that the machine trusts."""

Settings = Mapping[str, str]
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def pip_settings(environ: Mapping[str, str], *, python: str = sys.executable) -> dict[str, str]:
    """Return pip's settings for an installation, from its files and variables, as pip itself weighs them."""
    command = [python, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False)
    return weighed(done.stdout.splitlines())


def weighed(lines: Iterable[str]) -> dict[str, str]:
    """Return settings by name from ``pip config list``: variables before ``[install]`` before ``[global]``."""
    found: dict[str, tuple[int, str]] = {}
    for line in lines:
        name, _, quoted = line.partition("=")
        section, _, setting = name.rpartition(".")
        rank = {"global": 0, "install": 1, ":env:": 2}.get(section)
        if rank is not None and rank >= found.get(setting, (0, ""))[0]:
            found[setting] = rank, str(ast.literal_eval(quoted))
    return {setting: value for setting, (_, value) in found.items()}


def pip_environment(
    environ: Mapping[str, str], settings: Settings, *, bundles: Iterable[str] = SYSTEM_BUNDLES
) -> dict[str, str]:
    """Return variables with which pip trusts what the system trusts, where nobody told it what to trust."""
    told = settings.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    bundle = environ.get("SSL_CERT_FILE") or next((path for path in bundles if Path(path).is_file()), "")
    return dict(environ) if told or not bundle else {**environ, "PIP_CERT": bundle}


def uv_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return variables with which uv asks the same indexes, through the same proxy, trusting the same authorities."""
    indexes = settings.get("extra-index-url", "").split()
    wanted = {
        "UV_DEFAULT_INDEX": settings.get("index-url", ""),
        "UV_INDEX": " ".join(indexes),
        # As pip does, take the best of all indexes, not of the first that knows the name; hashes are pinned.
        "UV_INDEX_STRATEGY": "unsafe-best-match" if indexes else "",
        "UV_FIND_LINKS": ",".join(settings.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(settings.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": settings.get("timeout") or settings.get("default-timeout", ""),
        "UV_SYSTEM_CERTS": "true",
        "SSL_CERT_FILE": settings.get("cert", ""),
        **dict.fromkeys(_PROXIES[:2], settings.get("proxy", "")),
    }
    older = {
        "UV_DEFAULT_INDEX": "UV_INDEX_URL",
        "UV_INDEX": "UV_EXTRA_INDEX_URL",
        "UV_SYSTEM_CERTS": "UV_NATIVE_TLS",
    }
    return {
        **{name: value for name, value in wanted.items() if value and not environ.get(older.get(name, ""))},
        **_told(environ),
    }


def uv_options(settings: Settings) -> list[str]:
    """Return what no variable of uv says."""
    return ["--no-index"] if settings.get("no-index", "").lower() in ("1", "true", "yes", "on") else []


def _told(environ: Mapping[str, str]) -> dict[str, str]:
    # A proxy of either spelling is one that was told.
    proxies = {name: environ[name.lower()] for name in _PROXIES if environ.get(name.lower())}
    return {**proxies, **environ}
