"""OSS's answer by its code and EC, and which findings explain it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.diagnosis.answers.codes import BY_CODE
from shared.diagnosis.answers.fine_codes import BY_EC, BY_TEXT, of_a_form
from shared.diagnosis.answers.oss_error import OssError
from shared.diagnosis.answers.signature_codes import GROUPS, OF_PARAMETERS
from shared.diagnosis.answers.upload_codes import Meaning
from shared.diagnosis.case import Case, Finding
from shared.diagnosis.rules.canonical_rules import seen_by_oss
from shared.diagnosis.rules.time_rules import clock, session_ended, words

_EXPIRED, _NOT_YET, _REGION, _PRODUCT, _LIFETIME = (
    "0002-00000069",
    "0002-00000235",
    "0002-00000226",
    "0002-00000227",
    "0002-00000232",
)
_LONGEST_MESSAGE = 300
_TIME = ("clock-skew", "expired", "session-ended", "not-yet-valid")
_SESSION = ("security-token-missing", "session-ended", "mixed-credentials", "access-key-unknown")
_TOKEN = ("bare-plus", "security-token-cut", "truncated", "mixed-credentials", "session-ended")

EXPLAINED_BY: Mapping[str, tuple[str, ...]] = {
    "RequestTimeTooSkewed": _TIME,
    "SecurityTokenExpired": ("session-ended", *_TIME),
    "InvalidAccessKeyId": _SESSION,
    "InvalidSecurityToken": _TOKEN,
    "AccessKeyIdAndSecurityTokenNotMatch": _TOKEN,
    _EXPIRED: _TIME,
    _NOT_YET: _TIME,
    _REGION: ("region",),
    _PRODUCT: ("product",),
    _LIFETIME: ("lifetime",),
}
"""The findings that explain an answer, most likely by its EC, else by its Code."""

_JUDGED_BEFORE_THE_SIGNATURE = frozenset(
    {*_TIME, *_SESSION, "region", "product", "lifetime", "scope-date", "credential", "date", "version"}
)


_PERMISSION = BY_EC["0003-00000001"]
_UNLESS = " Or no signature arrived at all, which OSS calls by the same name: the query, or a form's fields, were lost."


def said(case: Case) -> Iterator[Finding]:
    """Yield what the answer says by itself; it comes after what the URL shows."""
    answer = case.answer
    if answer is None:
        return
    if answer.code == "SecurityTokenExpired":
        yield session_ended(f"at {clock(case.looked_at)} or before" if answer.server_time else "OSS says so")
    if answer.code == "RequestTimeTooSkewed":
        yield _skewed(case, answer)
    if answer.ec in (_EXPIRED, _NOT_YET) and (answer.server_time is None or case.begins is None):
        yield _clocks_differ(late=answer.ec == _EXPIRED)
    if answer.ec in (_REGION, _PRODUCT):
        name = "region" if answer.ec == _REGION else "product"
        yield Finding(
            name, f"OSS refuses the {name} in the credential scope.", f"Sign for the bucket's own {name}."
        )
    meaning = of_a_form(answer.message) or BY_EC.get(answer.ec) or _by_text(answer.message)
    meaning = (
        meaning
        or BY_CODE.get(answer.code)
        or BY_CODE.get(answer.code.partition(".")[0])
        or _of_permissions(answer)
    )
    if meaning is not None and (answer.ec not in EXPLAINED_BY or answer.ec in OF_PARAMETERS):
        perhaps = _UNLESS if meaning == _PERMISSION and "NoPermissionType" not in answer.elements else ""
        cause = f"{meaning.cause}{perhaps} OSS says: {_words_of(answer)}"
        yield Finding(meaning.name, cause, meaning.remedy)


def _by_text(message: str) -> Meaning | None:
    return next((meaning for pattern, meaning in BY_TEXT if pattern.search(message)), None)


def _of_permissions(answer: OssError) -> Meaning | None:
    return _PERMISSION if answer.code == "AccessDenied" and answer.ec.startswith("0003-") else None


def unknown(answer: OssError) -> Finding:
    """What is said of a refusal that no rule knows: OSS's own words."""
    group = GROUPS.get(answer.ec[:4], "")
    filed = f" It files this under {group}." if group else ""
    return Finding(
        "refused",
        f"OSS refused the request: {_words_of(answer)}{filed}",
        "Look the code up: https://api.aliyun.com/troubleshoot?q=" + (answer.ec or answer.code),
    )


def _words_of(answer: OssError) -> str:
    """Return code, EC and message of an answer, and the argument that it is about."""
    ec = f", EC {answer.ec}" if answer.ec else ""
    argument = answer.elements.get("ArgumentName", "")
    about = f" ({argument})" if argument else ""
    said = answer.elements.get("Message", "") or "without a message"
    return f"{answer.code}{ec}: {said[:_LONGEST_MESSAGE]}{about}"


def alone(case: Case) -> list[Finding]:
    """Return what the answer says where nothing else is known; empty where there is no answer."""
    return [] if case.answer is None else [*said(case)] or [unknown(case.answer)]


def explains(finding: Finding, case: Case) -> bool:
    """Return whether a finding can be the cause of the answer; without an answer any can."""
    answer = case.answer
    if answer is None:
        return True
    if answer.code == "SignatureDoesNotMatch":
        return finding.code not in _JUDGED_BEFORE_THE_SIGNATURE
    if answer.ec in OF_PARAMETERS and answer.ec not in EXPLAINED_BY:
        return finding.code not in _TIME
    likely = EXPLAINED_BY.get(answer.ec) or EXPLAINED_BY.get(answer.code) or [one.code for one in said(case)]
    return not likely or finding.code in likely


def _skewed(case: Case, answer: OssError) -> Finding:
    apart = (
        f" by {words(abs(answer.server_time - case.begins))}" if answer.server_time and case.begins else ""
    )
    return Finding(
        "clock-skew",
        f"The clock that signed and OSS's differ{apart}; 15 minutes are allowed.",
        "Set the clock of the machine that signs (NTP), and sign again.",
    )


def _clocks_differ(*, late: bool) -> Finding:
    """The last explanation of a refusal for its time: rules that look at this machine's clock come before it."""
    return Finding(
        "clock-skew",
        f"OSS says that the URL is {'over' if late else 'not valid yet'}; clocks may differ.",
        "Compare the clocks of the machine that signs, of this one and of OSS (the Date header of its answer).",
    )


def otherwise(case: Case) -> Iterator[Finding]:
    """The last resort for a signature that differs though nothing else does, and for refusals nobody knows."""
    if case.answer is None:
        return
    if case.answer.code != "SignatureDoesNotMatch":
        yield unknown(case.answer)
        return
    own = [name for name in case.url.names if not name.startswith("x-oss-")]
    changed = f" Parameters that may have been added or changed since: {', '.join(own)}." if own else ""
    arrived = (
        "The request arrived as the URL says, so something else was signed"
        if seen_by_oss(case) is not None
        else "What differs could not be found out from this answer; something else was signed than arrived"
    )
    yield Finding(
        "signed-otherwise",
        f"{arrived}: another method, another Content-Type, a parameter that is gone or new, or with another "
        f"secret.{changed}",
        "Compare method and headers with the grant's; check that AccessKeyId and AccessKeySecret are of one pair.",
    )
