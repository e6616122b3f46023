"""Key prefixes with placeholders, and the proof that no caller's prefix reaches into another's.

A template is ``*`` (the whole bucket) or whole segments that end in ``/``: literals, and ``{claim}`` for the
value of one verified claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product, takewhile

from shared.grants.claims import CLAIM, VerifiedClaims
from shared.values import value

WHOLE_BUCKET = "*"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# RAM reads * ? $ as patterns and variables; the rest is reserved, or read in two ways.
_UNSAFE_LITERAL = re.compile(r"""[*?${}\\"'%<>|:;,=() ]""")


class UnsafePrefix(ValueError):
    """A prefix, or a pair of them, breaks a rule; the message names the rule, never the value."""


@value
class Claim:
    """A segment that stands for the value of one verified claim."""

    name: str


@value
class PrefixTemplate:
    """One granted prefix before the claims are known; no segments means the whole bucket."""

    segments: tuple[str | Claim, ...]

    def claims(self) -> set[str]:
        """Return the names of the claims that fill this template."""
        return {segment.name for segment in self.segments if isinstance(segment, Claim)}

    def expand(self, claims: VerifiedClaims) -> str:
        """Return the prefix for verified ``claims``: ends in ``/``, or is empty for the whole bucket."""
        values = [claims[s.name] if isinstance(s, Claim) else s for s in self.segments]
        return "/".join([*values, ""])

    def opened(self) -> str:
        """Return the prefix that all callers' expansions share: it ends before the first claim."""
        return "".join(f"{segment}/" for segment in takewhile(_is_literal, self.segments))


def _is_literal(segment: str | Claim) -> bool:
    return isinstance(segment, str)


def parse(text: str, *, known_claims: Iterable[str]) -> PrefixTemplate:
    """Return the template that ``text`` writes; raises ``UnsafePrefix``."""
    if text == WHOLE_BUCKET:
        return PrefixTemplate(segments=())
    if not text.endswith("/"):
        raise UnsafePrefix("each prefix ends in '/' (or is the single word '*')")
    known = set(known_claims)
    return PrefixTemplate(segments=tuple(_segment(part, known) for part in text[:-1].split("/")))


def _segment(text: str, known_claims: set[str]) -> str | Claim:
    placeholder = _PLACEHOLDER.fullmatch(text)
    if placeholder is None:
        return _literal(text)
    if placeholder[1] not in known_claims:
        raise UnsafePrefix("a placeholder names one of the claims in IDENTITY_CLAIMS")
    return Claim(name=placeholder[1])


def _literal(text: str) -> str:
    if text in ("", ".", ".."):
        raise UnsafePrefix("no segment is empty, '.' or '..'")
    if "{" in text or "}" in text:
        raise UnsafePrefix("a placeholder is a whole segment, as in 'users/{sub}/'")
    if _UNSAFE_LITERAL.search(text) or not text.isprintable():
        raise UnsafePrefix("no segment holds wildcards, quotes, spaces, control or other reserved characters")
    return text


def prove_disjoint(templates: Iterable[PrefixTemplate]) -> None:
    """Raise ``UnsafePrefix`` unless no caller's expansion can be a prefix of another caller's.

    Callers differ in the claims that the longer template names. Static templates are everybody's and may nest
    among themselves.
    """
    every = set(templates)
    for shorter, longer in product(every, every):
        if (shorter.claims() or longer.claims()) and _may_reach(shorter, longer):
            raise UnsafePrefix(
                "two callers' prefixes can overlap: a placeholder stands beside, or below, a prefix of others"
            )


def may_meet(one: PrefixTemplate, other: PrefixTemplate) -> bool:
    """Tell whether some key may lie below both."""
    return not any(map(_never_equal, one.segments, other.segments))


def _may_reach(shorter: PrefixTemplate, longer: PrefixTemplate) -> bool:
    """Tell whether some caller's ``shorter`` is a prefix of another caller's ``longer``."""
    if len(shorter.segments) > len(longer.segments):
        return False
    pairs = list(zip(shorter.segments, longer.segments, strict=False))
    if any(_never_equal(left, right) for left, right in pairs):
        return False
    same_caller = {left.name for left, right in pairs if isinstance(left, Claim) and left == right}
    crossed = any(left != right for left, right in pairs)
    return crossed or not longer.claims() <= same_caller


def _never_equal(left: str | Claim, right: str | Claim) -> bool:
    if isinstance(left, Claim) and isinstance(right, Claim):
        return False
    if isinstance(left, Claim):
        left, right = right, left
    if isinstance(right, Claim):
        return CLAIM.fullmatch(str(left)) is None
    return left != right
