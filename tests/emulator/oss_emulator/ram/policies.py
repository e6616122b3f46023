"""RAM policy documents: read strictly, so that what this emulator does not know is an error, not a guess.

Grammar: RAM, policy structure and syntax. ``NotAction`` and ``NotResource`` are not known here on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..documents import read_json

MAX_SESSION_POLICY_BYTES = 2048

OPERATORS = {
    *(
        f"String{name}"
        for name in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
    ),
    *(
        f"{family}{name}"
        for family in ("Numeric", "Date")
        for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ),
    "Bool",
    "IpAddress",
    "NotIpAddress",
}


class PolicyGrammarError(ValueError):
    """A policy document that RAM would refuse, or that this emulator does not know."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; conditions as (operator, key, values)."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]


def parse_policy(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return the statements of an identity or session policy; raises ``PolicyGrammarError``."""
    return tuple(_statement(s, kind={"Effect", "Action", "Resource"}) for s in _statements(document))


def parse_trust_policy(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return the statements of a role's trust policy, which name principals in place of resources."""
    return tuple(_statement(s, kind={"Effect", "Action", "Principal"}) for s in _statements(document))


def parse_bucket_policy(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return the statements of a bucket policy, which name principals *and* resources (OSS, PutBucketPolicy)."""
    kind = {"Effect", "Action", "Resource", "Principal"}
    return tuple(_statement(s, kind=kind) for s in _statements(document))


def _statements(document: str | Mapping[str, Any]) -> list[Any]:
    try:
        policy = read_json(document) if isinstance(document, str) else document
    except ValueError:
        raise PolicyGrammarError("not JSON") from None
    if not isinstance(policy, Mapping) or set(policy) != {"Version", "Statement"} or policy["Version"] != "1":
        raise PolicyGrammarError("Version '1' and Statement, nothing else")
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    if not statements:
        raise PolicyGrammarError("no statement")
    return statements


def _statement(statement: Any, *, kind: set[str]) -> Statement:
    if not isinstance(statement, Mapping) or not kind <= set(statement) <= kind | {"Condition"}:
        raise PolicyGrammarError(f"a statement has {', '.join(sorted(kind))} and maybe Condition")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise PolicyGrammarError("Effect is Allow or Deny")
    return Statement(
        effect=statement["Effect"],
        actions=_texts(statement["Action"]),
        resources=_texts(statement.get("Resource", "*")),
        principals=_principals(statement, kind),
        conditions=_conditions(statement.get("Condition", {})),
    )


def _texts(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise PolicyGrammarError("a text, or a list of texts")
    return tuple(texts)


def _principals(statement: Mapping[str, Any], kind: set[str]) -> dict[str, tuple[str, ...]]:
    if "Principal" not in kind:
        return {}
    principal = statement["Principal"]
    if "Resource" in kind:
        return {"OSS": _texts(principal)}
    if not isinstance(principal, Mapping) or not set(principal) <= {"RAM", "Service"}:
        raise PolicyGrammarError("Principal names RAM or Service")
    return {kind: _texts(names) for kind, names in principal.items()}


def _conditions(block: Any) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    if not isinstance(block, Mapping) or not set(block) <= OPERATORS:
        raise PolicyGrammarError("a condition operator that is not known")
    if not all(isinstance(keys, Mapping) and keys for keys in block.values()):
        raise PolicyGrammarError("a condition operator has keys")
    return tuple(
        (operator, key, _texts(values)) for operator, keys in block.items() for key, values in keys.items()
    )
