"""OSS's canonical request beside the one rebuilt from the URL, line by line (OSS V4, canonical request)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from posixpath import normpath
from urllib.parse import unquote

from shared.diagnosis.answers.oss_error import CanonicalRequest
from shared.diagnosis.case import Case, Finding
from shared.diagnosis.rules.sent_rules import wrong_method
from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.percent import encode, encode_path

_CHARSETS = (
    "",
    ";charset=UTF-8",
    "; charset=utf-8",
    ";charset=utf-8",
    "; charset=UTF-8",
    "; charset=ISO-8859-1",
)
_OF_CDNS = {"x-oss-range-behavior": "standard"}
_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_AS_ISSUED = "Send the URL as it was issued; look at proxies, gateways and URL builders on the way."


def differences(case: Case) -> Iterator[Finding]:
    """Yield what arrived at OSS and is not what the URL says, in the order of the canonical request."""
    if case.answer is None or case.answer.code != "SignatureDoesNotMatch":
        return
    arrived = seen_by_oss(case)
    if arrived is None:
        return
    if case.method is not None and arrived.method != case.method:
        yield wrong_method(sent=arrived.method, signed=case.method)
    yield from _uri(case, arrived.uri)
    yield from _query(case, arrived.query)
    yield from _headers(case, arrived.headers)


def seen_by_oss(case: Case) -> CanonicalRequest | None:
    """Return what OSS hashed, None where its answer does not say so and it cannot be found out."""
    return (case.answer.canonical or _found_by_hash(case)) if case.answer is not None else None


def _uri(case: Case, arrived: str) -> Iterator[Finding]:
    expected = _expected_uris(case, arrived)
    if arrived in expected:
        return
    key = unquote(case.url.path)
    if case.url.host.bucket is not None and arrived.split("/")[1] != case.url.host.bucket:
        yield Finding(
            "bucket",
            f"OSS looked in the bucket {arrived.split('/')[1]}, the URL's host names {case.url.host.bucket}.",
            "Use the host that the URL was signed for; a Host header or a custom domain leads elsewhere.",
        )
    elif encode_path(normpath(key)) in (arrived, f"/{arrived.partition('/')[2].partition('/')[2]}"):
        yield Finding(
            "dot-segments",
            "The key's '.' or '..' segments, or its double slashes, were folded on the way.",
            "Rename the object; with curl, --path-as-is sends the path as it was signed.",
        )
    elif any(unquote(unquote(arrived)) == unquote(uri) for uri in expected):
        yield Finding(
            "re-encoded", "The path was percent-encoded again on the way: '%' became '%25'.", _AS_ISSUED
        )
    else:
        yield Finding("key-changed", f"OSS saw the path {arrived}, the URL says {expected[0]}.", _AS_ISSUED)


def _expected_uris(case: Case, arrived: str) -> list[str]:
    """Return the canonical URIs that the URL may mean; a custom domain may stand for any bucket."""
    path, host = encode_path(unquote(case.url.path)), case.url.host
    if host.is_oss:
        return [f"/{host.bucket}{path}" if host.bucket else path]
    return [path, f"/{arrived.split('/')[1]}{path}"]


def _query(case: Case, arrived: str) -> Iterator[Finding]:
    sent = {
        encode(each.name): encode(each.value)
        for each in case.url.parameters
        if each.name != "x-oss-signature"
    }
    seen = {name: value for name, _, value in (pair.partition("=") for pair in arrived.split("&") if pair)}
    for code, cause, names in (
        ("parameter-added", "Parameters were added on the way", [name for name in seen if name not in sent]),
        ("parameter-removed", "Parameters were lost on the way", [name for name in sent if name not in seen]),
        (
            "parameter-changed",
            "Parameters changed on the way",
            [n for n in sent if seen.get(n, sent[n]) != sent[n]],
        ),
    ):
        if names:
            yield Finding(code, f"{cause}: {', '.join(map(unquote, sorted(names)))}.", _AS_ISSUED)


def _headers(case: Case, arrived: Mapping[str, str]) -> Iterator[Finding]:
    """Yield headers that differ, Content-Type first: clients add one by themselves."""
    if case.headers is None:
        if "content-type" in arrived:
            yield _content_type(arrived["content-type"], meant=None, known=False)
        yield from _of_others(case, arrived)
        return
    meant = _signed(case)
    if arrived.get("content-type") != meant.get("content-type"):
        yield _content_type(arrived.get("content-type"), meant=meant.get("content-type"), known=True)
    names = {*arrived, *meant} - {"content-type"}
    changed = sorted(name for name in names if arrived.get(name) != meant.get(name))
    if changed:
        yield Finding(
            "signed-header",
            f"Signed headers are missing, added or changed: {', '.join(changed)}.",
            "Send every header that the grant's 'headers' lists, with exactly that value, and no other x-oss-* header.",
        )


def _of_others(case: Case, arrived: Mapping[str, str]) -> Iterator[Finding]:
    """Yield x-oss-* headers that somebody else added: reads have none, and grants name no range-behavior."""
    is_read = (
        case.answer is not None
        and case.answer.canonical is not None
        and (case.answer.canonical.method in ("GET", "HEAD"))
    )
    added = sorted(name for name in arrived if name.startswith("x-oss-") and (is_read or name in _OF_CDNS))
    if added and not case.authorization:
        yield Finding(
            "signed-header",
            f"Headers joined the request on the way, and OSS counts them in: {', '.join(added)}.",
            "Find who adds them (a CDN, a proxy, an SDK), and send no x-oss-* header that the grant does not list.",
        )


def _content_type(arrived: str | None, *, meant: str | None, known: bool) -> Finding:
    said = f"with Content-Type: {arrived}" if arrived is not None else "without a Content-Type"
    signed = f"with {meant}" if meant is not None else "without one"
    return Finding(
        "content-type",
        f"The request arrived {said}; the URL was signed {signed if known else 'without one, or with another'}.",
        "Send exactly the Content-Type of the grant's 'headers', none where it lists none; or ask with content_type.",
    )


def _signed(case: Case) -> dict[str, str]:
    named = (case.claimed("x-oss-additional-headers") or "").split(";")
    return v4.signed_headers(case.headers or {}, additional=named)


def _found_by_hash(case: Case) -> CanonicalRequest | None:
    """Return what OSS saw where it tells the hash alone, by trying methods and usual content types."""
    wanted = case.answer.canonical_hash if case.answer else ""
    if not wanted:
        return None
    pairs = v4.query_pairs(
        {each.name: each.value for each in case.url.parameters if each.name != "x-oss-signature"}
    )
    query, uri = v4.canonical_query(pairs), _expected_uris(case, "/")[0]
    ends = [(headers, v4.canonical_end(headers, additional=_additional(case))) for headers in _guesses(case)]
    for method in _METHODS:
        begun = sha256(f"{method}\n{uri}\n{query}\n".encode())
        for headers, end in ends:
            tried = begun.copy()
            tried.update(end.encode())
            if tried.hexdigest() == wanted:
                return CanonicalRequest(method, uri, query, headers)
    return None


def _additional(case: Case) -> list[str]:
    return [name for name in (case.claimed("x-oss-additional-headers") or "").split(";") if name]


def _guesses(case: Case) -> Iterator[dict[str, str]]:
    """Yield headers that may have arrived: none, those that were meant, and types that clients add."""
    try:
        meant = _signed(case)
    except InvalidRequest:
        return
    bare = {name: value for name, value in meant.items() if name != "content-type"}
    of_cdns = {**meant, **_OF_CDNS}
    for headers in (bare, meant, of_cdns, *({"content-type": one, **bare} for one in _usual_types())):
        yield dict(sorted(headers.items()))


@cache
def _usual_types() -> tuple[str, ...]:
    """Return the types that clients add by themselves: those of file names, with and without a charset."""
    from mimetypes import types_map

    bare = dict.fromkeys(
        ("application/x-www-form-urlencoded", "application/octet-stream", *types_map.values())
    )
    return tuple(f"{each}{charset}" for each in bare for charset in _CHARSETS)
