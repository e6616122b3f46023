"""Requests for URLs and forms: JSON objects and query parameters, checked field by field.

Every refusal is ``InvalidRequest`` and names the field and the rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared import values
from shared.errors import InvalidRequest
from shared.grants.objects.keys import is_plain
from shared.grants.operations import OPERATIONS, PresignRequest, ResponseOverrides
from shared.grants.scopes import check_profile_name
from shared.validation import checked_fields

MAX_ITEMS = 1000
MAX_METADATA_BYTES = 8192
"""User metadata of one object, names and values together (OSS, object metadata)."""

# Not every call needs these: re compiles them when they are first used.
_METADATA_NAME = r"[a-z0-9][a-z0-9-]{0,63}"
_PRINTABLE = r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?"
_TAG = r"[\w+=.:/ -]*"
_UPLOAD_ID = r"[A-Za-z0-9._~-]{1,256}"
_MD5 = r"[A-Za-z0-9+/]{21}[AQgw]=="
_QUERY_OPERATIONS = ("GetObject", "HeadObject")


def presign_request(fields: Mapping[str, Any]) -> PresignRequest:
    """Return what a JSON object asks for; raises ``InvalidRequest``."""
    return _well_formed(checked_fields(PresignRequest, fields), fields)


def presign_query(query: Mapping[str, str]) -> PresignRequest:
    """Return what query parameters ask for: reads only, ``response.content_type=…`` for the overrides."""
    fields: dict[str, Any] = {
        name: value for name, value in query.items() if not name.startswith("response.")
    }
    overrides = {name[9:]: value for name, value in query.items() if name.startswith("response.")}
    if overrides:
        fields["response"] = overrides
    if fields.get("operation") not in _QUERY_OPERATIONS:
        raise InvalidRequest(f"operation: GET serves {' and '.join(_QUERY_OPERATIONS)}; use POST for others")
    return _well_formed(checked_fields(PresignRequest, fields, read_text=True), fields)


def batch_items(fields: Mapping[str, Any]) -> list[Any] | None:
    """Return the unverified items of a batch, or None where the body asks for one thing only."""
    if "items" not in fields:
        return None
    items = fields["items"]
    if len(fields) > 1 or not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        raise InvalidRequest(f"items: a list of 1 to {MAX_ITEMS} objects, and no other field beside it")
    return items


def _well_formed(asked: PresignRequest, fields: Mapping[str, Any]) -> PresignRequest:
    foreign = fields.keys() - OPERATIONS[asked.operation].fields
    if foreign:
        raise InvalidRequest(f"{sorted(foreign)[0]}: does not belong to {asked.operation}")
    _check_target(asked)
    check_profile_name(asked.profile)
    if asked.upload_id is not None or "upload_id" in OPERATIONS[asked.operation].fields:
        _check_upload(asked)
    if len(fields) > 2:
        _check_options(asked)
    return asked


def _check_target(asked: PresignRequest) -> None:
    if asked.key is None and asked.filename is None:
        names_file = "filename" in OPERATIONS[asked.operation].fields
        raise InvalidRequest(f"key: required{', or filename in its place' if names_file else ''}")
    if asked.key is not None and asked.filename is not None:
        raise InvalidRequest("filename: instead of key, not beside it")


def _check_upload(asked: PresignRequest) -> None:
    if not re.fullmatch(_UPLOAD_ID, asked.upload_id or ""):
        raise InvalidRequest("upload_id: required, as InitiateMultipartUpload answered it")
    if asked.operation != "UploadPart":
        return
    if (asked.part_number is None) == (asked.part_numbers is None):
        raise InvalidRequest("part_number: one of part_number and part_numbers")
    if asked.part_numbers and len(set(asked.part_numbers)) != len(asked.part_numbers):
        raise InvalidRequest("part_numbers: distinct")
    if asked.content_md5 is not None and asked.part_number is None:
        raise InvalidRequest("content_md5: goes with part_number, every part has its own")
    if asked.compact and asked.part_numbers is None:
        raise InvalidRequest("compact: goes with part_numbers")


def _check_options(asked: PresignRequest) -> None:
    if asked.metadata is not None:
        _check_metadata(asked.metadata)
    if asked.tagging is not None:
        _check_tagging(asked.tagging)
    if asked.content_md5 is not None and not re.fullmatch(_MD5, asked.content_md5):
        raise InvalidRequest("content_md5: base64 of 16 bytes")
    if asked.min_size is not None and asked.max_size is not None and asked.min_size > asked.max_size:
        raise InvalidRequest("min_size: not above max_size")
    if asked.download_as is not None and not is_plain(asked.download_as):
        raise InvalidRequest("download_as: no control, bidirectional or invisible characters, no line breaks")
    if asked.reference is not None and not (is_plain(asked.reference) and asked.reference.isprintable()):
        raise InvalidRequest("reference: 1 to 128 printable characters")
    if asked.response is not None:
        _check_response(asked)


def _check_metadata(metadata: Mapping[str, str]) -> None:
    folded = {name.lower(): value for name, value in metadata.items()}
    if len(folded) != len(metadata):
        raise InvalidRequest("metadata: names are distinct whatever their case")
    if not all(re.fullmatch(_METADATA_NAME, name) for name in folded):
        raise InvalidRequest("metadata: names are 1 to 64 of a-z, 0-9 and '-', not beginning with '-'")
    if not all(re.fullmatch(_PRINTABLE, value) for value in folded.values()):
        raise InvalidRequest("metadata: values are printable ASCII; percent-encode other characters")
    if sum(len(name) + len(value) for name, value in folded.items()) > MAX_METADATA_BYTES:
        raise InvalidRequest(f"metadata: at most {MAX_METADATA_BYTES} bytes in all")


def _check_tagging(tags: Mapping[str, str]) -> None:
    for name, value in tags.items():
        if not (1 <= len(name) <= 128 and len(value) <= 256 and re.fullmatch(_TAG, name + value)):
            raise InvalidRequest(
                "tagging: names of 1 to 128 and values of up to 256 letters, digits, spaces and + - = . _ : /"
            )


def _check_response(asked: PresignRequest) -> None:
    if asked.download_as is not None and asked.response and asked.response.content_disposition is not None:
        raise InvalidRequest("download_as: instead of response.content_disposition, not beside it")
    for field in values.fields(ResponseOverrides):
        value = getattr(asked.response, field)
        if value is not None and not re.fullmatch(_PRINTABLE, value):
            raise InvalidRequest(f"response.{field}: printable ASCII only")


def take_redirect(query: dict[str, Any]) -> bool:
    """Remove ``redirect`` from the query parameters and return whether it asks for a 302."""
    redirect = query.pop("redirect", "0")
    if redirect not in ("0", "1"):
        raise InvalidRequest("redirect: 1 or 0")
    return bool(redirect == "1")
