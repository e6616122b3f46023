"""The deployer's variables: the shell's, and below them those of ``.env`` beside template.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from shared.settings.variables.granting import FUNCTIONS
from shared.values import fields
from tests.deploy.dotenv import with_file

ROOT = Path(__file__).parents[2]
ENV_FILE = ROOT / ".env"
OF_THE_PACKAGE = frozenset({"CODE_SUFFIX", "FUNCTIONS_FOLDER", "PLATFORM_PYTHON"})
"""What ``make package`` and ``make deploy`` set."""

OF_THE_TOOLS = frozenset(
    {
        *("ACCOUNT_ID", "AccessKeyID", "AccessKeySecret", "AccountID", "CREATE_BUCKET", "GRANTS_JWT"),
        *("PLAIN_DATACLASSES", "PLAIN_PYDANTIC", "PLATFORM_PYTHON", "SERVICE_LINKED_ROLES"),
    }
)
"""What the commands read beside the template."""

_ENV_CALL = re.compile(r"env\('([A-Za-z0-9_]+)'")
_PUBLIC_KEYS = frozenset({"JWT_KEYS", "OSS_CALLBACK_KEYS"})
_SECRET = re.compile(
    r"(.*_)?(KEYS?|SECRET|PASSWORD)|STS_EXTERNAL_ID|TICKET_CLAIMS|CLAIM_HEADER_PREFIX|CLAIM_PASS_BY"
)


def deployers(environ: Mapping[str, str], *, file: Path = ENV_FILE) -> dict[str, str]:
    """Return all variables of the deployer; raises ``BadEnvFile``."""
    return with_file(environ, file=file)


def names(template: Path = ROOT / "template.yml") -> frozenset[str]:
    """Return every variable of the deployer that a function or the template reads."""
    of_functions = {
        field.upper() for groups in FUNCTIONS.values() for each in groups for field in fields(each)
    }
    of_template = set(_ENV_CALL.findall(template.read_text(encoding="utf-8")))
    versions = {name for name in of_template if name.endswith("_LAYER_VERSION")}
    return frozenset((of_functions | of_template) - OF_THE_PACKAGE - versions)


def shown(name: str, value: str) -> str:
    """Return a value as it may be printed: secrets are masked, control characters escaped."""
    if value and _SECRET.fullmatch(name) and name not in _PUBLIC_KEYS:
        return "***"
    return value.encode("unicode_escape").decode() if not value.isprintable() else value
