"""The request as sent, beside the URL: method, headers, and keys that clients rewrite."""

from __future__ import annotations

from collections.abc import Iterator

from shared.diagnosis.case import Case, Finding

MAX_KEY_BYTES = 1023


def two_signatures(case: Case) -> Iterator[Finding]:
    """OSS refuses a signed URL beside an Authorization header."""
    if "authorization" in (case.headers or {}) and "x-oss-signature" in case.url.names:
        yield Finding(
            "two-signatures",
            "The URL is signed, and the request carries an Authorization header too.",
            "Send the URL without it; the caller's JWT is for the function, not for OSS.",
        )


def method(case: Case) -> Iterator[Finding]:
    """Some parameters belong to one method only."""
    if case.method is None:
        return
    names = set(case.url.names)
    wanted: set[str] = set()
    if "partNumber" in names:
        wanted = {"PUT"}
    elif any(name.startswith("response-") for name in names):
        wanted = {"GET", "HEAD"}
    elif "uploads" in names:
        wanted = {"POST", "GET"}
    if wanted and case.method not in wanted:
        yield wrong_method(sent=case.method, signed=" or ".join(sorted(wanted)))


def wrong_method(*, sent: str, signed: str) -> Finding:
    """The method is signed; HEAD is not GET."""
    also = " A URL for GET does not serve HEAD (curl -I)." if "HEAD" in (sent, signed) else ""
    return Finding(
        "method",
        f"The request was a {sent}, the URL is for {signed}.{also}",
        "Send the method that the grant's 'method' says; clients that follow redirects may change it.",
    )


def additional_headers(case: Case) -> Iterator[Finding]:
    """Each header that ``x-oss-additional-headers`` names has to be sent."""
    names = (case.claimed("x-oss-additional-headers") or "").split(";")
    missing = [name for name in names if name not in {"", "host", *(case.headers or {})}]
    if case.headers is not None and missing:
        yield Finding(
            "signed-header",
            f"Signed headers are not sent: {', '.join(missing)}.",
            "Send every header that the grant's 'headers' lists, with exactly that value.",
        )


def keys(case: Case) -> Iterator[Finding]:
    """Keys that can be signed and do not arrive, or that OSS refuses."""
    key = case.url.key
    if {".", ".."} & set(key.split("/")):
        yield Finding(
            "dot-segments",
            "The key holds '.' or '..' segments: browsers and HTTP clients fold them, and ask for another key.",
            "Rename the object; with curl, --path-as-is sends the path as it was signed.",
        )
    if key.startswith(("/", "\\")) or len(key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        yield Finding(
            "key-invalid",
            f"OSS takes no key that begins with '/' or '\\', or is longer than {MAX_KEY_BYTES} bytes.",
            "Rename the object.",
        )
