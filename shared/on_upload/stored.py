"""Objects as OSS has them: looked at, and deleted where that is asked for, by the function's own role."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime

from shared import https
from shared.errors import StoreUnavailable
from shared.fc.times import timestamp
from shared.oss import Reached
from shared.values import value

LONGEST_WAIT = timedelta(seconds=2)


@value
class StoredObject:
    """What a HEAD says; ``etag`` without quotation marks, ``uploaded_at`` in RFC 3339."""

    size: int
    etag: str
    content_type: str
    crc64: str
    uploaded_at: str
    version_id: str | None
    is_link: bool


def head(where: Reached, key: str, *, timeout: timedelta) -> StoredObject:
    """Return the object of that key; raises ``StoreUnavailable``, also where there is none."""
    answer = where.send("HEAD", key, timeout=min(timeout, LONGEST_WAIT))
    if answer.status != 200:
        raise StoreUnavailable(reason=f"HEAD: {answer.status}")
    try:
        return _stored(answer)
    except (KeyError, ValueError):
        raise StoreUnavailable(reason="HEAD: an answer without what OSS says of objects") from None


def delete(where: Reached, key: str, *, version_id: str | None, timeout: timedelta) -> None:
    """Delete the object, or that version of it; raises ``StoreUnavailable``."""
    query = {} if version_id is None else {"versionId": version_id}
    answer = where.send("DELETE", key, timeout=min(timeout, LONGEST_WAIT), query=query)
    if answer.status != 204:
        raise StoreUnavailable(reason=f"DELETE: {answer.status}")


def _stored(answer: https.Answer) -> StoredObject:
    headers = answer.headers
    return StoredObject(
        size=int(headers["content-length"]),
        etag=headers["etag"].strip('"'),
        content_type=headers.get("content-type", ""),
        crc64=headers.get("x-oss-hash-crc64ecma", ""),
        uploaded_at=timestamp(parsedate_to_datetime(headers["last-modified"])),
        version_id=headers.get("x-oss-version-id"),
        is_link=headers.get("x-oss-object-type", "").lower() == "symlink",
    )
