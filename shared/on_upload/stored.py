"""Objects as OSS has them: looked at, and deleted where that is asked for, by the function's own role."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from shared import https
from shared.errors import StoreUnavailable
from shared.fc.times import timestamp
from shared.signing import Credentials, Endpoint, ObjectRequest, sign_request
from shared.signing.percent import encode, encode_path
from shared.values import value

LONGEST_WAIT = timedelta(seconds=2)
_LIMIT_BYTES = 65_536


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


@value
class Store:
    """One bucket, as this function reaches it."""

    bucket: str
    endpoint: Endpoint
    credentials: Credentials
    now: datetime

    def head(self, key: str, *, timeout: timedelta) -> StoredObject:
        """Return the object of that key; raises ``StoreUnavailable``, also where there is none."""
        answer = self._send("HEAD", key, timeout=timeout)
        if answer.status != 200:
            raise StoreUnavailable(reason=f"HEAD: {answer.status}")
        try:
            return _stored(answer)
        except (KeyError, ValueError):
            raise StoreUnavailable(reason="HEAD: an answer without what OSS says of objects") from None

    def delete(self, key: str, *, version_id: str | None, timeout: timedelta) -> None:
        """Delete the object, or that version of it; raises ``StoreUnavailable``."""
        answer = self._send("DELETE", key, timeout=timeout, version_id=version_id)
        if answer.status != 204:
            raise StoreUnavailable(reason=f"DELETE: {answer.status}")

    def _send(
        self, method: str, key: str, *, timeout: timedelta, version_id: str | None = None
    ) -> https.Answer:
        query = {} if version_id is None else {"versionId": version_id}
        request = ObjectRequest(method=method, bucket=self.bucket, key=key, query=query)
        headers = sign_request(request, endpoint=self.endpoint, credentials=self.credentials, now=self.now)
        host, _, path = self.endpoint.root(self.bucket).partition("://")[2].partition("/")
        parameters = "" if version_id is None else f"?versionId={encode(version_id)}"
        sent = https.Request(
            method=method,
            host=host,
            target=f"/{path}{encode_path(key)}{parameters}",
            scheme=self.endpoint.scheme,
            headers=headers,
        )
        try:
            return https.send(sent, timeout=min(timeout, LONGEST_WAIT), limit_bytes=_LIMIT_BYTES)
        except https.HttpsFailed as error:
            raise StoreUnavailable(reason=f"{method}: {error.reason}") from None


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
