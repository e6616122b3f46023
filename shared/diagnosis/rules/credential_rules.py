"""Credentials that a URL names: scope, AccessKey and security token (OSS V4)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.diagnosis.case import Case, Finding

_USUAL_LENGTH = 400


def scope(case: Case) -> Iterator[Finding]:
    """The credential scope names the day of ``x-oss-date``, and the region and product of the host."""
    credential, host = case.credential, case.url.host
    if credential is None:
        return
    if case.begins is not None and credential.date != f"{case.begins:%Y%m%d}":
        yield Finding(
            "scope-date",
            f"The credential scope is of {credential.date}, x-oss-date is of {case.begins:%Y%m%d}.",
            "Take both from one reading of the clock, in UTC.",
        )
    if host.product is not None and credential.product != host.product and host.region is not None:
        yield Finding(
            "product",
            f"The scope names the product {credential.product}, the host belongs to {host.product}.",
            f"Sign for the product {host.product}.",
        )
    elif host.region is not None and credential.region != host.region:
        yield _region(credential.region, host.region)


def _region(signed: str, host: str) -> Finding:
    prefixed = " Regions have no 'oss-' prefix there." if signed.startswith("oss-") else ""
    return Finding(
        "region",
        f"The scope names the region {signed}, the host belongs to {host}.{prefixed}",
        f"Set OSS_REGION (the SDK's region) to the bucket's own region, {host} if the host is right.",
    )


def tokens(case: Case) -> Iterator[Finding]:
    """A session's key comes with its security token, and a permanent key with none."""
    token = case.claimed("x-oss-security-token") or ""
    key = case.credential.access_key_id if case.credential else ""
    if key.startswith("STS.") and not token:
        yield Finding(
            "security-token-missing",
            "The AccessKey belongs to an STS session (STS.…), and the session's security token is missing.",
            "Pass the SecurityToken to the signer together with AccessKeyId and AccessKeySecret.",
        )
    if key.startswith("LTAI") and token:
        yield mixed("A permanent AccessKey (LTAI…) stands beside the security token of a session.")
    if token.startswith("CAIS") and len(token) % 4 and not looks_whole(token):
        yield Finding(
            "security-token-cut",
            "The security token is cut: its length is not whole base64.",
            "Pass the whole token on.",
        )


def mixed(cause: str) -> Finding:
    """An AccessKey and a token of different sessions."""
    return Finding(
        "mixed-credentials",
        cause,
        "Take AccessKeyId, AccessKeySecret and SecurityToken from one answer of STS, and replace all three together.",
    )


def looks_whole(token: str) -> bool:
    """Return whether a security token ends as base64 does; issued ones have several hundred characters."""
    return token.endswith("=") or (len(token) >= _USUAL_LENGTH and len(token) % 4 == 0)
