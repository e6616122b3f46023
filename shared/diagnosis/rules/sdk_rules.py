"""SDKs that sign differently, recognised by the order in which they write the parameters of a URL."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from shared.diagnosis.case import Case, Finding
from shared.diagnosis.rules.credential_rules import looks_whole, mixed
from shared.signing.object_request import OF_THE_SIGNATURE
from shared.signing.percent import encode

_ALI_OSS = ["x-oss-credential", "x-oss-date", "x-oss-expires", "x-oss-signature-version"]
_PYTHON = ["x-oss-signature-version", "x-oss-date", "x-oss-expires", "x-oss-credential"]
_PYTHON_V1 = ["x-oss-date", "x-oss-expires", "x-oss-signature-version", "x-oss-credential"]
_OPTIONAL = {"x-oss-security-token", "x-oss-additional-headers", "x-oss-signature"}
# The order of locale-aware comparison: punctuation, digits, letters whatever their case.
_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"


def locale_order(case: Case) -> Iterator[Finding]:
    """``ali-oss`` sorts parameters by locale; OSS sorts their encoded names by bytes."""
    names = [name for name in case.url.names if name != "x-oss-signature"]
    if _refused_for_signature(case) and (case.authorization or _writer(case) == _ALI_OSS) and _differs(names):
        yield Finding(
            "sdk-locale-order",
            "ali-oss sorts parameters by the rules of a language, OSS by bytes; these names sort differently.",
            "Rename parameters to lower-case letters and hyphens of one kind, or sign with another SDK or this package.",
        )


def empty_parameter(case: Case) -> Iterator[Finding]:
    """``ali-oss`` signs ``name=`` for an empty text; OSS hashes the name alone."""
    empty = [each.name for each in case.url.parameters if each.raw.endswith("=") and not each.value]
    if empty and _writer(case) == _ALI_OSS and _refused_for_signature(case):
        yield Finding(
            "sdk-empty-parameter",
            f"ali-oss signs a parameter without a value as 'name=', OSS as 'name': {', '.join(empty)}.",
            "Pass null instead of '' to ali-oss.",
        )


def untrimmed_header(case: Case) -> Iterator[Finding]:
    """The Python SDKs sign header values with the spaces that HTTP clients trim."""
    padded = [name for name, value in (case.headers or {}).items() if value != value.strip()]
    if padded and _writer(case) in (_PYTHON, _PYTHON_V1) and _refused_for_signature(case):
        yield Finding(
            "sdk-untrimmed-header",
            f"The Python SDK signs spaces at the ends of header values, which are not sent: {', '.join(padded)}.",
            "Trim the values before signing.",
        )


def empty_header(case: Case) -> Iterator[Finding]:
    """The C++ SDK leaves signed headers without a value out of what it signs."""
    empty = [
        name
        for name, value in (case.headers or {}).items()
        if name.startswith("x-oss-") and not value.strip()
    ]
    if empty and case.url.names == sorted(case.url.names) and _refused_for_signature(case):
        yield Finding(
            "sdk-empty-header",
            f"The C++ SDK leaves headers without a value out of the signature; OSS does not: {', '.join(empty)}.",
            "Give the header a value, or do not send it.",
        )


def mixed_session(case: Case) -> Iterator[Finding]:
    """``ali-oss`` may sign with the key of one session and send the token of the next."""
    refused = {"InvalidSecurityToken", "AccessKeyIdAndSecurityTokenNotMatch"}
    if (
        case.answer
        and case.answer.code in refused
        and looks_whole(case.claimed("x-oss-security-token") or "")
    ):
        writer = (
            " ali-oss does so when it refreshes its session while it signs."
            if _writer(case) == _ALI_OSS
            else ""
        )
        yield mixed(f"The AccessKey is of one session and the security token of another.{writer}")


def _refused_for_signature(case: Case) -> bool:
    return case.answer is not None and case.answer.code == "SignatureDoesNotMatch"


def _writer(case: Case) -> list[str]:
    return [name for name in case.url.names if name in OF_THE_SIGNATURE - _OPTIONAL]


def _differs(names: list[str]) -> bool:
    return sorted(names, key=encode) != sorted(names, key=_locale_key)


def _locale_key(name: str) -> list[tuple[int, int, str]]:
    plain = unicodedata.normalize("NFD", name)
    return [_weight(character) for character in plain if not unicodedata.combining(character)]


def _weight(character: str) -> tuple[int, int, str]:
    if character.isalpha():
        return 3, 0, character.lower()
    return (2, 0, character) if character.isdigit() else (1, _PUNCTUATION.find(character), character)
