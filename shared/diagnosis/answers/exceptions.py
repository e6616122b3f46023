"""Refusals as SDKs print them: Python, Java, Go, Node.js, PHP and .NET, exceptions and lines of logs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.diagnosis.answers.codes import BY_CODE
from shared.diagnosis.answers.pasted import MAX_CHARACTERS, from_json

_LABELLED = r"(?<![A-Za-z-])(?<!status )(?<!Status )[\['\"]*(?i:{name})['\"\]]*\s*(?:=>|[:=])\s*"
_VALUE = r"(?:string\([0-9]+\)\s*)?['\"]?(?P<text>[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*)(?!\w)"
_ERROR_CODE = re.compile(_LABELLED.format(name=r"error[ _]?code") + _VALUE)
_CODE = re.compile(_LABELLED.format(name="code") + _VALUE)
_MESSAGE = re.compile(
    r"\[?(?:error[ _]?message|message|error info)\]?['\"\]]*\s*(?:=>|[:=])\s*(?:string\([0-9]+\)\s*)?['\"]?"
    r"(?P<text>[^\n]{1,400}?)"
    r"(?=['\"]\s*[,}\])\n]|['\"]?\s*$|\n|,\s*\w+=|\.?\s+EC:|\.\s+Request|\s+\[[a-z-]+\] =>|;\s)",
    re.I | re.M,
)
_EC = re.compile(r"\b00[0-9]{2}-[0-9]{8}\b")
_EC_HEADER = re.compile(r"x-oss-ec['\"]?\s*[:=]\s*['\"]?00[0-9]{2}-[0-9]{8}", re.I)
_STATUS = re.compile(r"(?:HTTP/[0-9.]+|status(?: code)?['\"]?\s*[:=]?)\s*([1-5][0-9]{2})\b", re.I)
_NAMED = re.compile(
    r"\b(?P<code>[A-Z][A-Za-z]{2,63}?)(?P<error>Error|Exception)?:\s(?=(?P<text>[^\n]{0,400}))"
)
_REQUEST = re.compile(r"request[ -]?id", re.I)
_SHOWN = ("CanonicalRequest", "StringToSign", "StringToSignBytes", "ServerTime", "RequestTime")
_QUOTED = re.compile(
    rf"['\"](?P<name>{'|'.join(_SHOWN)})['\"]\s*(?::|=>)\s*(?:'(?P<one>(?:[^'\\]|\\.)*)'|\"(?P<two>(?:[^\"\\]|\\.)*)\")"
)

_CODES = frozenset(
    {
        *BY_CODE,
        "AccessDenied",
        "InvalidArgument",
        "RequestTimeTooSkewed",
        "SecurityTokenExpired",
        "SignatureDoesNotMatch",
    }
)

SENTENCES: Mapping[str, str] = {
    "access denied by": "AccessDenied",
    "access key id you provided": "InvalidAccessKeyId",
    "already exists and can not be overwritten": "FileAlreadyExists",
    "anonymous access is forbidden": "AccessDenied",
    "content-md5 you specified was invalid": "InvalidDigest",
    "denied by bucket referer policy": "AccessDenied",
    "difference between the request time and the current time": "RequestTimeTooSkewed",
    "exceeds the maximum allowed size": "EntityTooLarge",
    "invalid according to policy": "AccessDenied",
    "invalid signing product in": "InvalidArgument",
    "invalid signing region in": "InvalidArgument",
    "must be addressed using the specified endpoint": "AccessDenied",
    "no right to access this object": "AccessDenied",
    "not valid for the object's state": "InvalidObjectState",
    "object you specified is immutable": "FileImmutable",
    "please use virtual hosted style": "SecondLevelDomainForbidden",
    "pre-conditions you specified did not hold": "PreconditionFailed",
    "request has expired": "AccessDenied",
    "security token you provided has expired": "SecurityTokenExpired",
    "security token you provided is invalid": "InvalidSecurityToken",
    "signature we calculated does not match": "SignatureDoesNotMatch",
    "smaller than the minimum allowed size": "EntityTooSmall",
    "specified bucket does not exist": "NoSuchBucket",
    "specified key does not exist": "NoSuchKey",
    "specified upload does not exist": "NoSuchUpload",
    "this cors request is not allowed": "AccessForbidden",
    "using oss third level domain": "SecondLevelDomainForbidden",
    "xml you provided was not well-formed": "MalformedXML",
}
"""What OSS writes beside each code, in lower case: .NET prints the message alone."""


def elements(text: str) -> dict[str, str]:
    """Return code, message, EC and what OSS hashed, the last where there are several; empty without a code."""
    text = text[-MAX_CHARACTERS:]
    code, message = labelled(text) or _named(text) or _by_sentence(text) or _in_the_head(text) or ("", "")
    if not code:
        return {}
    ecs = _EC.findall(text)
    shown = {found["name"]: from_json(found["one"] or found["two"] or "") for found in _QUOTED.finditer(text)}
    return {**shown, "Code": code, "Message": message, "EC": ecs[-1] if ecs else ""}


def labelled(text: str) -> tuple[str, str] | None:
    """Return code and message where an SDK labels them; the word ``code`` alone is everybody's."""
    codes = [*_ERROR_CODE.finditer(text)]
    messages = [*_MESSAGE.finditer(text)]
    if not codes and (messages or _EC.search(text) or _REQUEST.search(text)):
        codes = [*_CODE.finditer(text)]
    if not codes:
        return None
    # Go and Python write the message after its code, Java and Node.js before it.
    said = [found["text"] for found in messages] or [found["text"] for found in _NAMED.finditer(text)]
    return codes[-1]["text"], said[-1].strip() if said else ""


def _named(text: str) -> tuple[str, str] | None:
    """Return code and message of PHP's ``Code: message`` and Node.js's ``CodeError: message``."""
    said = None
    for found in _NAMED.finditer(text):
        for code in (found["code"], f"{found['code']}{found['error'] or ''}"):
            if code in _CODES or (not found["error"] and _REQUEST.search(found["text"])):
                said = code, _REQUEST.split(found["text"])[0].strip()
    return said


def _in_the_head(text: str) -> tuple[str, str] | None:
    """Return the status of an answer whose head alone was pasted, and holds OSS's EC."""
    status = _STATUS.search(text) if _EC_HEADER.search(text) else None
    return (f"HTTP {status[1]}", "") if status else None


def _by_sentence(text: str) -> tuple[str, str] | None:
    lower = text.lower()
    place, sentence = max((lower.rfind(sentence), sentence) for sentence in SENTENCES)
    if place < 0:
        return None
    start = max(text.rfind("\n", 0, place), text.rfind(": ", 0, place)) + 1
    return SENTENCES[sentence], text[start : place + 400].partition("\n")[0].strip()
