"""What is asked of the bucket, with what the functions sign and hand out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import alibabacloud_oss_v2 as oss

from shared.diagnose import diagnose
from shared.errors import InvalidRequest
from tests.deploy.doctor.case import Answer, Case, Unanswered, failed
from tests.deploy.doctor.causes import Finding

_OWN_DOMAIN = b"0048-00000401"
_BODY = b"written and removed by make doctor\n"


def reading(case: Case) -> Iterator[Finding]:
    """Yield what a read of a key that is not there meets before it: every wall says 403, an open way 404."""
    prefixes = case.access.get("ReadPrefixes") or []
    if not prefixes:
        case.skipped.append("reading: nothing is granted to read")
        return
    asked = {"operation": "GetObject", "key": f"{prefixes[0]}doctor-{secrets.token_hex(8)}"}
    answer = case.ask("presign", asked)
    if answer.status != 200:
        yield failed(answer, what="/presign, GetObject")
        return
    yield from refused(case, answer.document(), accepted=(404,))
    if case.origin:
        yield from _pages(case, answer.document())


def refused(
    case: Case, signed: Mapping[str, Any], *, accepted: tuple[int, ...], body: bytes = b""
) -> Iterator[Finding]:
    """Send what was signed; yield why it was not answered as it should be."""
    try:
        answer = case.fetch(signed, body)
    except Unanswered as error:
        yield Finding("oss-unreachable", error.seen)
        return
    if answer.status not in accepted:
        yield _wall(case, signed, answer)


def _wall(case: Case, signed: Mapping[str, Any], answer: Answer) -> Finding:
    """Return which wall refused, as a diagnosis of the URL and OSS's answer finds it."""
    if _OWN_DOMAIN in answer.body:
        return Finding("own-domain", f"{signed['method']}: {answer.status}")
    text = answer.body.decode("utf-8", "replace")
    try:
        found = diagnose(
            signed["url"], error=text, method=signed["method"], headers=signed["headers"], now=case.now()
        )
    except InvalidRequest:
        # No error document of OSS: something else answered in its place.
        found = []
    said = f"{found[0].cause} {found[0].remedy}" if found else text[:200]
    return Finding("oss-refused", f"{signed['method']}: {answer.status}. {said}")


def _pages(case: Case, signed: Mapping[str, Any]) -> Iterator[Finding]:
    host = signed["url"].partition("?")[0]
    exposed = ""
    for method in ("PUT", "POST", "GET", "DELETE"):
        asked = {
            "Origin": case.origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type,x-oss-forbid-overwrite",
        }
        answer = case.send("OPTIONS", host, asked, b"")
        exposed = exposed or answer.headers.get("Access-Control-Expose-Headers", "")
        if answer.status >= 300 or answer.headers.get("Access-Control-Allow-Origin") not in (
            case.origin,
            "*",
        ):
            yield Finding("cors-bucket", f"OPTIONS for {method}: {answer.status}")
            return
    if "etag" not in exposed.lower():
        yield Finding("cors-expose", f"exposed: {exposed or 'nothing'}")


def listing(case: Case) -> Iterator[Finding]:
    """Yield whether credentials list more than their prefix, or not even that."""
    prefixes = case.access.get("ReadPrefixes") or []
    if not prefixes:
        return
    client = _client(case)
    own = oss.ListObjectsV2Request(bucket=case.access["Bucket"], prefix=prefixes[0], max_keys=1)
    if said := _refusal(client, own):
        yield Finding("list-refused", said)
    if "" not in prefixes and not _refusal(
        client, oss.ListObjectsV2Request(bucket=case.access["Bucket"], max_keys=1)
    ):
        yield Finding("list-open")


def _client(case: Case) -> Any:
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        case.session["AccessKeyId"], case.session["AccessKeySecret"], case.session["SecurityToken"]
    )
    config.region, config.endpoint = case.access["Region"], case.access["Endpoint"]
    config.use_cname, config.retry_max_attempts = bool(case.access.get("Cname")), 1
    return oss.Client(config)


def _refusal(client: Any, request: Any) -> str:
    """Return what OSS said against a listing; empty where it listed."""
    try:
        client.list_objects_v2(request)
    except oss.exceptions.OperationError as error:
        cause = error.unwrap()
        return f"{getattr(cause, 'status_code', '')} {getattr(cause, 'code', type(cause).__name__)}".strip()
    return ""


def writing(case: Case) -> Iterator[Finding]:
    """Store an object, store it again, read it, read it through the CDN, and take it away."""
    if not case.access.get("WritePrefixes"):
        case.skipped.append("writing: nothing is granted to write")
        return
    answer = case.ask(
        "presign", {"operation": "PutObject", "filename": "doctor.txt", "content_length": len(_BODY)}
    )
    if answer.status != 200:
        yield failed(answer, what="/presign, PutObject")
        return
    put = answer.document()
    stored = case.fetch(put, _BODY)
    yield from _stored(case, put, stored)
    if stored.status < 300:
        yield from _kept(case, put)
        _take_away(case, put["key"])


def _stored(case: Case, put: Mapping[str, Any], answer: Answer) -> Iterator[Finding]:
    if "callback=" in put["url"]:
        said = answer.document().get("Code", "")
        if answer.status != 200 or said != "Success":
            yield Finding(
                "callback", f"{answer.status} {said or answer.body.decode('utf-8', 'replace')[:200]}"
            )
    elif answer.status != 200:
        yield _wall(case, put, answer)


def _kept(case: Case, put: Mapping[str, Any]) -> Iterator[Finding]:
    again = case.fetch(put, _BODY)
    if again.status < 300:
        signed = "x-oss-forbid-overwrite" in {name.lower() for name in put["headers"]}
        yield Finding(
            "overwrites", "signed, and yet stored twice: versioning" if signed else "not signed into uploads"
        )
    for endpoint, code in ((None, "read-differs"), ("cdn", "cdn")):
        asked = {"operation": "GetObject", "key": put["key"], **({"endpoint": endpoint} if endpoint else {})}
        answer = case.ask("presign", asked)
        if answer.status != 200:
            case.skipped.append("the CDN: not configured" if endpoint else "reading back: not granted")
            continue
        read = case.fetch(answer.document())
        if (read.status, read.body) != (200, _BODY):
            yield Finding(code, f"{read.status}, {len(read.body)} bytes")


def _take_away(case: Case, key: str) -> None:
    answer = case.ask("presign", {"operation": "DeleteObject", "key": key})
    if answer.status != 200 or case.fetch(answer.document()).status >= 300:
        case.skipped.append(f"taking away what was written: not granted; {key} is left behind")
