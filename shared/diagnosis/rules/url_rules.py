"""Parameters of a signed URL, judged by themselves (OSS V4, presigned URL)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from shared.diagnosis.answers.codes import BY_CODE
from shared.diagnosis.case import Case, Finding, SignedUrl
from shared.signing.credentials import MAX_EXPIRES
from shared.signing.object_request import OF_THE_SIGNATURE
from shared.signing.v4 import ALGORITHM

REQUIRED = (
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-signature",
)

_TRACKERS = re.compile(r"utm_.*|fbclid|gclid|msclkid|mc_[ce]id|igshid|_ga|spm|yclid|dclid", re.I)
_MAX_EXPIRES_SECONDS = int(MAX_EXPIRES.total_seconds())
_SIGNATURE = re.compile("[0-9a-f]{64}")
_AGAIN = "Ask for a new URL, and hand it on unchanged."


_S3 = Finding(
    "s3-url",
    "The URL is signed for the S3 protocol (X-Amz-… or AWSAccessKeyId), which is not an OSS V4 signature.",
    "Sign it for OSS, or look at it with a tool for S3.",
)


def other_signature(case: Case) -> Finding | None:
    """A URL that is not signed by V4 at all: no other rule applies to it."""
    names = set(case.url.names)
    if case.authorization or (not names.isdisjoint(OF_THE_SIGNATURE) and not _is_v2(case.url)):
        return None
    if "AWSAccessKeyId" in names:
        return _S3
    if {"OSSAccessKeyId", "Signature"} & names or _is_v2(case.url):
        version = "V2" if _is_v2(case.url) else "V1"
        return Finding(
            "v1-url",
            f"The URL is signed by OSS {version}, an older signature that newer accounts and buckets refuse.",
            "Sign with V4: ask this package's presign function, or set the SDK's signature version to v4.",
        )
    if any(name.lower().startswith("x-amz-") for name in names):
        return _S3
    return Finding(
        "unsigned",
        "The URL holds no signature: OSS answers it only where the object is public.",
        "Paste the whole URL, in quotes: a shell cuts it at the first '&'.",
    )


def _is_v2(url: SignedUrl) -> bool:
    return url.value("x-oss-signature-version") == "OSS2"


def path_style(case: Case) -> Iterator[Finding]:
    """OSS's own hosts want the bucket in front of them (SecondLevelDomainForbidden)."""
    if case.url.host.is_oss and case.url.host.bucket is None and case.url.key:
        yield Finding(*BY_CODE["SecondLevelDomainForbidden"])


def renamed(case: Case) -> Iterator[Finding]:
    """Names of parameters are signed letter by letter, capitals included."""
    changed = sorted(
        {name for name in case.url.names if name not in OF_THE_SIGNATURE and name.lower() in OF_THE_SIGNATURE}
    )
    if changed and not case.authorization:
        yield Finding(
            "parameter-case",
            f"Parameters changed their capitals: {', '.join(changed)}.",
            "Hand the URL on unchanged; names of parameters are read letter by letter.",
        )


def truncated(case: Case) -> Iterator[Finding]:
    """The end is gone: a signature that is short, or parameters that stop where the URL stops."""
    if case.authorization:
        return
    last = case.url.parameters[-1]
    missing = [name for name in REQUIRED if name not in case.url.names]
    cut_name = any(name.startswith(last.name) for name in missing)
    signature = case.url.value("x-oss-signature")
    short = signature is not None and re.fullmatch("[0-9a-f]{0,63}", signature)
    version = case.url.value("x-oss-signature-version")
    cut_version = version is not None and version != ALGORITHM and ALGORITHM.startswith(version)
    if (
        short
        or cut_version
        or cut_name
        or missing[-1:] == ["x-oss-signature"]
        or re.search("%[0-9A-Fa-f]?$", last.raw)
    ):
        yield Finding(
            "truncated", "The URL ends too early: its end, with the signature, was cut off.", _AGAIN
        )


def removed(case: Case) -> Iterator[Finding]:
    """Parameters without which no V4 URL is whole."""
    missing = [] if case.authorization else [name for name in REQUIRED if name not in case.url.names]
    if missing:
        yield Finding("parameter-removed", f"Parameters are missing: {', '.join(missing)}.", _AGAIN)
    names = set(case.url.names)
    if "partNumber" in names and "uploadId" not in names:
        yield Finding("parameter-removed", "partNumber is there without its uploadId.", _AGAIN)


def doubled(case: Case) -> Iterator[Finding]:
    """Each name occurs once (OSS V4, canonical query)."""
    twice = sorted(name for name, count in Counter(case.url.names).items() if count > 1)
    if twice:
        yield Finding(
            "parameter-doubled",
            f"Parameters occur twice: {', '.join(twice)}.",
            "Something added parameters that were there already. Send the URL as it was issued.",
        )


def added(case: Case) -> Iterator[Finding]:
    """Parameters that were put in after signing, as far as the URL shows it."""
    strangers = [*filter(_TRACKERS.fullmatch, case.url.names), *_after_the_signature(case.url.names)]
    if strangers:
        yield Finding(
            "parameter-added",
            f"Parameters were added after signing: {', '.join(dict.fromkeys(strangers))}.",
            "OSS signs every parameter. Send the URL without them, or have them signed.",
            _without(case.url.text, set(strangers)),
        )


def _after_the_signature(names: list[str]) -> list[str]:
    """Return what follows the signature and cannot have stood there when the URL was written."""
    if "x-oss-signature" not in names:
        return []
    ends = names.index("x-oss-signature") + 1
    before, after = names[:ends], names[ends:]
    if OF_THE_SIGNATURE.isdisjoint(after):
        # A writer that sorts all parameters by name puts some there by right.
        return [] if names == sorted(names) else after
    if before != sorted(before) or after[:1] != ["x-oss-signature-version"]:
        return []
    return [name for name in after[1:] if name < after[0]]


def _without(text: str, names: set[str]) -> str:
    start, _, query = text.partition("?")
    kept = [piece for piece in query.split("&") if piece.partition("=")[0] not in names]
    return f"{start}?{'&'.join(kept)}"


def malformed(case: Case) -> Iterator[Finding]:
    """Values that OSS could not read."""
    if case.claimed("x-oss-credential") and case.credential is None:
        yield Finding(
            "credential", "x-oss-credential is not id/date/region/product/aliyun_v4_request.", _AGAIN
        )
    if case.claimed("x-oss-date") and case.begins is None:
        yield Finding("date", "x-oss-date is not of the form 20261123T120000Z.", _AGAIN)
    version = case.url.value("x-oss-signature-version")
    if version and not ALGORITHM.startswith(version):
        yield Finding("version", f"x-oss-signature-version is not {ALGORITHM}.", _AGAIN)
    signature = case.claimed("x-oss-signature") or ""
    if len(signature) >= 64 and not _SIGNATURE.fullmatch(signature):
        yield Finding("signature-changed", "The signature is not 64 lower-case hexadecimal digits.", _AGAIN)


def lifetime(case: Case) -> Iterator[Finding]:
    """``x-oss-expires`` is 1 to 604,800 seconds (EC 0002-00000232)."""
    text = case.url.value("x-oss-expires")
    if text is None or (re.fullmatch("[0-9]+", text) and 1 <= int(text[:9]) <= _MAX_EXPIRES_SECONDS):
        return
    moment = re.fullmatch("1[0-9]{9}", text)
    yield Finding(
        "lifetime",
        "x-oss-expires is a moment (a Unix time), as V1 had it; V4 wants seconds from x-oss-date."
        if moment
        else f"x-oss-expires is out of range: it is 1 to {_MAX_EXPIRES_SECONDS} seconds.",
        f"Ask for a life of 1 to {_MAX_EXPIRES_SECONDS} seconds; this package grants at most 32400.",
    )
