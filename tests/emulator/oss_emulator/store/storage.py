"""Objects on disk: bytes are streamed, and what was acknowledged survives a restart.

One file of bytes and one of metadata for each stored thing, in folders of their kind; both are renamed into
place, metadata last.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from werkzeug.exceptions import ClientDisconnected

from ..wire.errors import OssError
from .crc64 import Crc64

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Stored bytes and their sums."""

    id: str
    size: int
    md5: str
    crc64: str

    @property
    def content_md5(self) -> str:
        """The MD5 as the header ``Content-MD5`` writes it."""
        return base64.b64encode(bytes.fromhex(self.md5)).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One version of one object; a delete marker has no blob, and what was not put yet no id."""

    key: str
    modified: str
    blob: Blob | None
    version_id: str = ""
    etag: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    object_type: str = "Normal"
    storage_class: str = "Standard"
    symlink_target: str | None = None
    acl: str = "default"
    serial: int = 0
    """Counts up in a bucket: what was stored later has more."""


class Reading:
    """Bytes of an open file, chunk by chunk; closes it at the end, or when the server gives up."""

    def __init__(self, file: IO[bytes], *, left: int) -> None:
        self._file, self._left = file, left

    def __iter__(self) -> Iterator[bytes]:
        with self._file:
            while self._left > 0 and (chunk := self._file.read(min(CHUNK_BYTES, self._left))):
                self._left -= len(chunk)
                yield chunk

    def close(self) -> None:
        """Close the file (WSGI calls this after the answer)."""
        self._file.close()


class Store:
    """A folder with blobs and JSON documents."""

    def __init__(self, folder: Path) -> None:
        self._blobs, self._documents = folder / "blobs", folder / "documents"
        for path in (self._blobs, self._documents):
            path.mkdir(parents=True, exist_ok=True)

    def write(self, chunks: Iterable[bytes]) -> Blob:
        """Return the new blob of ``chunks``; a failure on the way leaves nothing."""
        blob_id, md5, crc, size = secrets.token_hex(16), hashlib.md5(usedforsecurity=False), Crc64(), 0
        unfinished = self._blobs / f"{blob_id}.unfinished"
        try:
            with unfinished.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    md5.update(chunk)
                    crc.update(chunk)
                    size += len(chunk)
            unfinished.rename(self._blobs / blob_id)
        finally:
            unfinished.unlink(missing_ok=True)
        return Blob(id=blob_id, size=size, md5=md5.hexdigest().upper(), crc64=crc.decimal())

    def read(self, blob: Blob, *, start: int = 0, length: int | None = None) -> Reading:
        """Return the bytes of ``blob`` from ``start``, at most ``length``; dropping it no longer hurts them."""
        file = (self._blobs / blob.id).open("rb")
        file.seek(start)
        return Reading(file, left=blob.size - start if length is None else length)

    def drop(self, blob: Blob) -> None:
        """Forget the bytes of ``blob``."""
        (self._blobs / blob.id).unlink(missing_ok=True)

    def put_document(self, kind: str, name: str, document: dict[str, Any]) -> None:
        """Keep a JSON document under a kind and a name of any characters."""
        path = self._path(kind, name)
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(f".{secrets.token_hex(4)}")
        unfinished.write_text(json.dumps({"name": name, "document": document}))
        unfinished.rename(path)

    def drop_document(self, kind: str, name: str) -> None:
        """Forget a document."""
        self._path(kind, name).unlink(missing_ok=True)

    def document(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return one document, None where there is none."""
        return _contents(self._path(kind, name)).get(name)

    def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return every document of a kind by name."""
        found: dict[str, dict[str, Any]] = {}
        for path in (self._documents / kind).glob("*.json"):
            found |= _contents(path)
        return found

    def _path(self, kind: str, name: str) -> Path:
        return self._documents / kind / f"{hashlib.sha256(name.encode()).hexdigest()}.json"


def _contents(path: Path) -> dict[str, dict[str, Any]]:
    """Return the document in a file by its name, nothing where another thread dropped the file meanwhile."""
    try:
        entry = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return {entry["name"]: entry["document"]}


def as_document(stored: StoredObject) -> dict[str, Any]:
    """Return what ``from_document`` reads."""
    return asdict(stored)


def from_document(document: dict[str, Any]) -> StoredObject:
    """Return the object that ``as_document`` wrote."""
    blob = document.pop("blob")
    return StoredObject(**document, blob=None if blob is None else Blob(**blob))


def body_of(stream: IO[bytes], *, length: int | None) -> Iterator[bytes]:
    """Yield ``length`` bytes of a request's body, all of it where None; raises ``OssError`` when fewer come."""
    if length is None:
        yield from iter(lambda: stream.read(CHUNK_BYTES), b"")
        return
    while length > 0:
        try:
            chunk = stream.read(min(CHUNK_BYTES, length))
        except ClientDisconnected:
            chunk = b""
        if not chunk:
            raise OssError("incomplete")
        length -= len(chunk)
        yield chunk


def check_md5(blob: Blob, content_md5: str | None) -> None:
    """Raise ``OssError`` unless the bytes are those that Content-MD5 names."""
    if content_md5 is not None and blob.content_md5 != content_md5:
        raise OssError("digest", also={"Content-MD5": content_md5})
