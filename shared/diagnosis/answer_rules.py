"""OSS's answer by its code and EC, and which findings explain it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.diagnosis.case import Case, Finding
from shared.diagnosis.oss_error import OssError
from shared.diagnosis.time_rules import clock, session_ended, words

_EXPIRED, _NOT_YET, _REGION, _PRODUCT, _LIFETIME = (
    "0002-00000069",
    "0002-00000235",
    "0002-00000226",
    "0002-00000227",
    "0002-00000232",
)
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

_OTHERS: Mapping[str, tuple[str, str, str]] = {
    "InvalidAccessKeyId": (
        "access-key-unknown",
        "OSS does not know the AccessKey: it was deleted or disabled, or its session is over.",
        "Take fresh credentials; a session's key works only until its Expiration, and only with its token.",
    ),
    "InvalidSecurityToken": (
        "security-token-cut",
        "The security token is cut, changed or another session's.",
        "Pass the SecurityToken on whole; in a URL its '+', '/' and '=' are %2B, %2F and %3D.",
    ),
    "NoSuchKey": (
        "no-such-key",
        "The signature is fine: the bucket has no object of that key.",
        "Check the key.",
    ),
    "NoSuchBucket": (
        "no-such-bucket",
        "The bucket does not exist, or not at this endpoint.",
        "Check OSS_BUCKET.",
    ),
    "NoSuchUpload": (
        "no-such-upload",
        "The multipart upload was completed or aborted already, or never began.",
        "Begin again with InitiateMultipartUpload, and use the UploadId that OSS answers.",
    ),
    "FileAlreadyExists": (
        "exists",
        "The signature is fine: the object exists, and the grant forbids overwriting (x-oss-forbid-overwrite).",
        "Upload under another key; GRANT_FORBID_OVERWRITE=false lets uploads replace objects.",
    ),
}
_PERMISSION = Finding(
    "permission",
    "The signature is fine: the role that signed, its session policy or the bucket's policy does not allow this.",
    "Compare the role's policy (make policies) and the grant's prefixes with the key; a Deny anywhere wins.",
)
_ENDPOINT = Finding(
    "endpoint",
    "The bucket lives in another region than the host that was asked.",
    "Use the endpoint that the error document names, and set OSS_REGION to that region.",
)


def said(case: Case) -> Iterator[Finding]:
    """Yield what the answer says by itself; it comes after what the URL shows."""
    answer = case.answer
    if answer is None:
        return
    if answer.code == "SecurityTokenExpired":
        yield session_ended(f"at {clock(case.looked_at)} or before" if answer.server_time else "OSS says so")
    if answer.code == "RequestTimeTooSkewed":
        yield _skewed(case, answer)
    if answer.ec in (_EXPIRED, _NOT_YET) and answer.server_time is None:
        yield _clocks_differ(late=answer.ec == _EXPIRED)
    if answer.ec in (_REGION, _PRODUCT):
        name = "region" if answer.ec == _REGION else "product"
        yield Finding(
            name, f"OSS refuses the {name} in the credential scope.", f"Sign for the bucket's own {name}."
        )
    if "specified endpoint" in answer.message:
        yield _ENDPOINT
    elif answer.code == "AccessDenied" and (answer.ec.startswith("0003-") or "policy" in answer.message):
        yield _PERMISSION
    if answer.code in _OTHERS:
        yield Finding(*_OTHERS[answer.code])


def explains(finding: Finding, case: Case) -> bool:
    """Return whether a finding can be the cause of the answer; without an answer any can."""
    answer = case.answer
    if answer is None:
        return True
    if answer.code == "SignatureDoesNotMatch":
        return finding.code not in _JUDGED_BEFORE_THE_SIGNATURE
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
    """The last resort for a signature that differs though nothing else does."""
    if case.answer is None or case.answer.code != "SignatureDoesNotMatch":
        return
    own = [name for name in case.url.names if not name.startswith("x-oss-")]
    changed = f" Parameters that may have been added or changed since: {', '.join(own)}." if own else ""
    yield Finding(
        "signed-otherwise",
        "The request arrived as the URL says, so something else was signed: another method, another Content-Type, "
        f"a parameter that is gone or new, or with another secret.{changed}",
        "Compare method and headers with the grant's; check that AccessKeyId and AccessKeySecret are of one pair.",
    )
