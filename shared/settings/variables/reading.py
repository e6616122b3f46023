"""Variables as text: read in groups, and checked one by one.

Every failure is ``Misconfigured``: it names the variable and the rule, never the value. An empty variable
counts as unset.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeVar

from shared.errors import Misconfigured
from shared.validation import InvalidValue, validate
from shared.values import fields

Group = TypeVar("Group")
Environ = Mapping[str, str]

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SECURE_URL = rf"(https)://((?:{_LABEL}\.)+aliyuncs\.com)/?"
_ANY_URL = r"(https?)://([A-Za-z0-9.-]+(?::[0-9]{1,5})?)/?"
HOST_LABEL = _LABEL


def variables(group: type[Group], environ: Environ) -> Group:
    """Return one group of variables, typed; raises ``Misconfigured``."""
    given = {name: environ[name.upper()] for name in fields(group) if environ.get(name.upper())}
    try:
        return validate(group, given, read_text=True)
    except InvalidValue as error:
        problem = error.problems[0]
        raise Misconfigured(problem.path.upper(), problem.rule) from None


def listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def checked(variable: str, value: str, pattern: str, rule: str) -> str:
    if not re.fullmatch(pattern, value):
        raise Misconfigured(variable, rule)
    return value


def url(variable: str, url: str, *, allow_insecure: bool) -> tuple[Literal["http", "https"], str]:
    """Return (scheme, host) of an endpoint."""
    match = re.fullmatch(_ANY_URL if allow_insecure else _SECURE_URL, url)
    if match is None:
        rule = "http or https" if allow_insecure else "https, a host under aliyuncs.com"
        raise Misconfigured(variable, f"a URL ({rule}) without user info, path or query")
    return "https" if match[1] == "https" else "http", match[2]


def capped_default(
    asked: int | None, usual: int, maximum: int, *, variable: str
) -> tuple[timedelta, timedelta]:
    default = min(usual, maximum) if asked is None else asked
    if default > maximum:
        raise Misconfigured(variable, f"not above the maximum, {maximum} s")
    return timedelta(seconds=default), timedelta(seconds=maximum)
