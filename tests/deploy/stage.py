"""Names of what a deployment makes, one set a stage; and what a deployment keeps: the prefix of its claim headers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STAGE = re.compile(r"[a-z][a-z0-9]{0,11}")
HEADER_PREFIX = "CLAIM_HEADER_PREFIX"


class BadStage(Exception):
    """``STAGE`` could not stand in the names of all that a deployment makes."""


def check_stage(environ: Mapping[str, str]) -> str:
    """Return the stage, empty where there is none; raises ``BadStage``."""
    stage = environ.get("STAGE", "")
    if stage and not _STAGE.fullmatch(stage):
        raise BadStage("STAGE: a-z and 0-9, at most 12, beginning with a letter; or not set")
    return stage


def name_of(resources: Mapping[str, Any]) -> str:
    """Return what the names of a rendered template's deployment begin with."""
    name: str = resources["presign"]["props"]["functionName"]
    return name.removesuffix("-presign")


def kept_prefix(environ: Mapping[str, str], *, file: Path) -> dict[str, str]:
    """Return the variables with a prefix of claim headers; a new one is kept in ``.env``, for the next deployment."""
    if environ.get(HEADER_PREFIX):
        return dict(environ)
    prefix = f"x-{secrets.token_hex(8)}-"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    line = f"# Made by make deploy: headers that nobody can guess carry the caller's claims. Keep it.\n{HEADER_PREFIX}={prefix}\n"
    file.write_text(f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{line}", encoding="utf-8")
    return {**environ, HEADER_PREFIX: prefix}
