"""The request to sign for a grant: method, parameters and headers, or a form's conditions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from shared.grants.objects.content import DEFAULT_TYPE, ContentRules, attachment
from shared.grants.objects.media_types import passive_type
from shared.grants.operations import OPERATIONS, PresignRequest
from shared.signing import ObjectRequest, PostPolicy


def object_request(
    asked: PresignRequest, *, bucket: str, key: str, rules: ContentRules, callback: str | None = None
) -> ObjectRequest:
    """Return the request to sign; everything the client may vary is left out, and so refused by OSS."""
    query = _query(asked, key, rules)
    if callback is not None:
        query["callback"] = callback
    return ObjectRequest(
        method=OPERATIONS[asked.operation].method,
        bucket=bucket,
        key=key,
        headers=_headers(asked, rules),
        query=query,
        additional_headers=() if asked.content_length is None else ("content-length",),
    )


def _headers(asked: PresignRequest, rules: ContentRules) -> dict[str, str]:
    headers = _body_headers(asked)
    if asked.operation in ("PutObject", "InitiateMultipartUpload", "CompleteMultipartUpload"):
        headers.update(_object_headers(asked, rules))
    return headers


def _body_headers(asked: PresignRequest) -> dict[str, str]:
    headers = {}
    content_type = asked.content_type or _DEFAULT_TYPES.get(asked.operation)
    if content_type is not None:
        headers["Content-Type"] = content_type
    if asked.content_md5 is not None:
        headers["Content-MD5"] = asked.content_md5
    if asked.content_length is not None:
        headers["Content-Length"] = str(asked.content_length)
    return headers


# HTTP clients add a Content-Type of their own to a POST; naming one ends the guessing.
_DEFAULT_TYPES = {"InitiateMultipartUpload": DEFAULT_TYPE, "CompleteMultipartUpload": "application/xml"}


def _object_headers(asked: PresignRequest, rules: ContentRules) -> dict[str, str]:
    headers = {f"x-oss-meta-{name.lower()}": value for name, value in (asked.metadata or {}).items()}
    if rules.forbid_overwrite:
        headers["x-oss-forbid-overwrite"] = "true"
    if asked.storage_class is not None:
        headers["x-oss-storage-class"] = asked.storage_class
    if asked.tagging:
        headers["x-oss-tagging"] = _tagging(asked.tagging)
    return headers


def _tagging(tags: Mapping[str, str]) -> str:
    """Return ``tags`` as OSS reads them: percent-encoded pairs joined by ``&`` (OSS, object tagging)."""
    from urllib.parse import quote, urlencode

    return urlencode(tags, quote_via=quote, safe="")


def _query(asked: PresignRequest, key: str, rules: ContentRules) -> dict[str, str]:
    if asked.operation == "InitiateMultipartUpload":
        return {"uploads": ""}
    if asked.operation == "GetObject":
        return _view(asked) | _response_overrides(asked, key, rules) | _traffic(asked)
    if asked.operation == "HeadObject":
        return _view(asked)
    return _upload_part(asked) | _traffic(asked)


def _traffic(asked: PresignRequest) -> dict[str, str]:
    """Return the parameter that limits the speed (OSS, single-connection bandwidth throttling)."""
    return {} if asked.traffic_limit is None else {"x-oss-traffic-limit": str(asked.traffic_limit)}


def _upload_part(asked: PresignRequest) -> dict[str, str]:
    query = {} if asked.part_number is None else {"partNumber": str(asked.part_number)}
    return query if asked.upload_id is None else query | {"uploadId": asked.upload_id}


def _view(asked: PresignRequest) -> dict[str, str]:
    query = {} if asked.version_id is None else {"versionId": asked.version_id}
    return query if asked.process is None else query | {"x-oss-process": f"style/{asked.process}"}


def _response_overrides(asked: PresignRequest, key: str, rules: ContentRules) -> dict[str, str]:
    overrides = {}
    if asked.response is not None:
        given = asked.response
        overrides = {
            "response-content-type": given.content_type,
            "response-content-disposition": given.content_disposition,
            "response-content-language": given.content_language,
            "response-cache-control": given.cache_control,
            "response-content-encoding": given.content_encoding,
            "response-expires": given.expires,
        }
    if asked.download_as is not None:
        overrides["response-content-disposition"] = attachment(asked.download_as)
    named = {name: value for name, value in overrides.items() if value is not None}
    return named if rules.downloads == "as-stored" else _safe(named, key, rules)


def _safe(overrides: dict[str, str], key: str, rules: ContentRules) -> dict[str, str]:
    """Return what was asked for, and where no type was: a download, or ``typed`` one that no browser runs.

    OSS answers with the type that was stored, which no grant chose where credentials stored it. It takes no
    other type at its own endpoints (OSS, EC 0017-00000902).
    """
    if "response-content-type" in overrides:
        return overrides
    if rules.downloads == "typed":
        content_type = passive_type(key, allowed=rules.content_types)
        if content_type is not None:
            return {"response-content-type": content_type, **overrides}
    if overrides.get("response-content-disposition", "").lower().startswith("attachment"):
        return overrides
    return {**overrides, "response-content-disposition": "attachment"}


def post_policy(
    asked: PresignRequest,
    *,
    bucket: str,
    key: str,
    rules: ContentRules,
    expires_in: timedelta,
    callback: str | None = None,
) -> PostPolicy:
    """Return the form's conditions: final key, pinned Content-Type, a size range, and each further field."""
    fields = _object_headers(asked, rules)
    if asked.success_action_status is not None:
        fields["success_action_status"] = str(asked.success_action_status)
    fields |= _traffic(asked)
    if callback is not None:
        fields["callback"] = callback
    return PostPolicy(
        bucket=bucket,
        key=key,
        expires_in=expires_in,
        content_type=form_type(asked),
        min_size=asked.min_size or 0,
        max_size=largest_body(asked, rules),
        fields=fields,
    )


def form_type(asked: PresignRequest) -> str:
    """Return the media type that a form pins."""
    return asked.content_type or DEFAULT_TYPE


def largest_body(asked: PresignRequest, rules: ContentRules) -> int:
    """Return the most bytes that one PutObject or PostObject may bring."""
    said = asked.max_size if asked.operation == "PostObject" else asked.content_length
    return rules.max_size if said is None else said
