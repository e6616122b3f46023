"""What a deployer may get wrong before anything is rendered: names that nobody reads, samples left as they were."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from tests.deploy.deploy import NotDeployable
from tests.deploy.dotenv import named_in
from tests.deploy.schema import regions
from tests.deploy.variables import OF_THE_TOOLS, names

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_PUBLISHED = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"
"""What stood as a secret in a README of this project, and so is known to everybody."""

_FAMILIES = ("CORS_", "EVENT_", "GRANT_", "IDENTITY_", "OIDC_", "OSS_", "SIGNING_", "STS_", "TICKET_", "TTL_")
"""Variables that begin so are ours: one that is not known is a mistake."""

_ALIKE = 0.85
_TRUTH = ("CREATE_BUCKET", "SERVICE_LINKED_ROLES")
_HOST = r"(?=.{4,253}\Z)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"


def refuse_mistakes(environ: Mapping[str, str], *, file: Path) -> None:
    """Raise ``NotDeployable`` with all that is wrong with the deployer's variables."""
    if wrong := mistakes(environ, named=named_in(file)):
        raise NotDeployable("\n".join(["nothing is deployed with these variables:", *wrong]))


def mistakes(environ: Mapping[str, str], *, named: Iterable[str]) -> list[str]:
    """Return what is wrong, a line a variable; ``named`` are the names in the file, ``environ`` all values."""
    return [*_unknown(named), *_samples(environ), *_malformed(environ)]


def _unknown(named: Iterable[str]) -> Iterator[str]:
    known = names() | OF_THE_TOOLS
    for name in sorted(set(named) - known):
        meant = get_close_matches(name, known, n=1, cutoff=_ALIKE)
        if meant:
            yield f"{name}: no such variable; did you mean {meant[0]}?"
        elif name.startswith(_FAMILIES):
            yield f"{name}: no such variable; docs/reference.md and docs/deploy.md have all of them"


def _samples(environ: Mapping[str, str]) -> Iterator[str]:
    for name in sorted((names() | OF_THE_TOOLS) & environ.keys()):
        own = "; make secrets prints one" if name in ("SEAL_KEYS", "UPLOAD_WEBHOOK_SECRET") else ""
        if _ELLIPSIS in environ[name]:
            yield f"{name}: a sample stands there, with {_ELLIPSIS} in it: put your own value in its place{own}"
        if _PUBLISHED in environ[name]:
            yield f"{name}: this secret was published with the documentation; everybody has it{own}"


def _malformed(environ: Mapping[str, str]) -> Iterator[str]:
    region = environ.get("OSS_REGION", "")
    if region and region not in regions() and (meant := get_close_matches(region, regions(), n=1)):
        yield f"OSS_REGION: no region of Function Compute; did you mean {meant[0]}?"
    for name in _TRUTH:
        if environ.get(name, "") not in ("", "true", "false"):
            yield f"{name}: true or false"
    domain = environ.get("GRANTS_DOMAIN", "")
    if domain and not re.fullmatch(_HOST, domain):
        yield "GRANTS_DOMAIN: a host name alone, such as grants.example.com"
