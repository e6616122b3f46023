"""Buckets: which object versions there are, and what may be written."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from threading import RLock
from typing import Any
from urllib.parse import parse_qsl

from ..wire.errors import OssError
from . import settings as kept_settings
from .settings import CorsRule, Settings
from .storage import Store, StoredObject, as_document, from_document

_TAG = re.compile(r"[\w +\-=.:/]*")

KIND = "buckets"
"""Under which kind the store keeps how buckets are set."""
NULL_VERSION = "null"
"""The one version of a key in a bucket that keeps none, or keeps them no longer."""


SERIAL_DIGITS = 12

_SERIAL = re.compile(rf"CAEQ([0-9a-f]{{{SERIAL_DIGITS}}})")


def uploads_of(name: str) -> str:
    """Return under which kind the store keeps the uploads of a bucket."""
    return f"uploads-{name}"


@dataclass(slots=True, kw_only=True)
class Bucket:
    """One bucket; newest version last. Changes are serialised, reads see whole versions.

    Whoever still holds a bucket that was removed meanwhile can change nothing in it.
    """

    name: str
    region: str
    store: Store
    settings: Settings
    _versions: dict[str, list[StoredObject]] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)
    _is_removed: bool = False
    _serial: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        kept = self.store.document(KIND, self.name)
        if kept is not None:
            self.settings = kept_settings.from_document(kept)
        stored = [from_document(document) for document in self.store.documents(self._kind).values()]
        for version in sorted(stored, key=_age):
            self._versions.setdefault(version.key, []).append(version)
        self._serial = count(1 + max((version.serial for version in stored), default=0))

    @property
    def _kind(self) -> str:
        return f"objects-{self.name}"

    @property
    def versioned(self) -> bool:
        """Whether answers name versions: also where no new ones are kept any longer."""
        return self.settings.versioning != ""

    @property
    def cors(self) -> tuple[CorsRule, ...]:
        """The rules for other origins."""
        return self.settings.cors

    def set(self, **changes: Any) -> None:
        """Change how the bucket is set, now and after a restart; ``Settings`` has the names."""
        with self.locked():
            changed = replace(self.settings, **changes)
            self.store.put_document(KIND, self.name, kept_settings.as_document(changed))
            self.settings = changed

    def current(self, key: str) -> StoredObject:
        """Return the newest version; raises ``OssError`` where there is none or it is a delete marker."""
        versions = self._versions.get(key)
        if not versions or versions[-1].blob is None:
            marker = {"x-oss-delete-marker": "true"} if versions else {}
            raise OssError("no-key", headers=marker, Key=key)
        return versions[-1]

    def version(self, key: str, version_id: str | None) -> StoredObject:
        """Return one version, or the newest where none is named."""
        if version_id is None:
            return self.current(key)
        for version in self._versions.get(key, []):
            if version.version_id == version_id:
                return _readable(version)
        raise OssError("no-version", Key=key, VersionId=version_id)

    def exists(self, key: str) -> bool:
        """Tell whether a GET would find this key."""
        versions = self._versions.get(key)
        return bool(versions) and versions is not None and versions[-1].blob is not None

    def check_overwriting(self, key: str, *, forbid: bool) -> None:
        """Raise ``OssError`` where a write that forbids it would overwrite a key.

        Where versions are kept, or were, it may: the prohibition is not heeded there (OSS, PutObject).
        """
        if forbid and not self.versioned and self.exists(key):
            raise OssError("exists", Key=key)

    def acl_of(self, key: str, version_id: str | None) -> str:
        """Return the ACL that counts for a key: the object's own, or the bucket's where it has none."""
        versions = self._versions.get(key, [])
        found = [v for v in versions if version_id in (None, v.version_id)]
        own = found[-1].acl if found else "default"
        return self.settings.acl if own == "default" else own

    def put(self, stored: StoredObject, *, forbid_overwrite: bool) -> StoredObject:
        """Keep a new version and return it with its id; raises ``OssError`` where it would overwrite and may not.

        The id is given here, since versioning may be switched while bytes come. A version of the same id goes: where
        no versions are kept, that is all there was.
        """
        with self.locked():
            self.check_overwriting(stored.key, forbid=forbid_overwrite)
            serial = next(self._serial)
            newest = replace(stored, version_id=self._new_version_id(serial), serial=serial)
            self.store.put_document(self._kind, f"{newest.key}\0{newest.version_id}", as_document(newest))
            older = self._versions.get(newest.key, [])
            kept = [version for version in older if version.version_id != newest.version_id]
            self._versions[newest.key] = [*kept, newest]
            self._forget([version for version in older if version.version_id == newest.version_id])
            return newest

    def delete(self, key: str, *, modified: str) -> StoredObject | None:
        """Delete a key: a marker in a versioned bucket, for good elsewhere; return the marker."""
        with self.locked():
            if self.versioned and key in self._versions:
                return self.put(StoredObject(key=key, modified=modified, blob=None), forbid_overwrite=False)
            self._forget(self._versions.pop(key, []))
            return None

    def delete_version(self, key: str, version_id: str) -> StoredObject | None:
        """Delete one version for good; return what it was."""
        with self.locked():
            versions = self._versions.get(key, [])
            gone = [version for version in versions if version.version_id == version_id]
            kept = [version for version in versions if version.version_id != version_id]
            if kept:
                self._versions[key] = kept
            else:
                self._versions.pop(key, None)
            self._forget(gone)
            return gone[0] if gone else None

    def replace(self, old: StoredObject, new: StoredObject) -> None:
        """Put ``new`` in the place of ``old``: same key, same version, other tags, ACL or bytes."""
        with self.locked():
            self.store.put_document(self._kind, f"{new.key}\0{new.version_id}", as_document(new))
            self._versions[old.key] = [new if v is old else v for v in self._versions[old.key]]
            if old.blob is not None and old.blob != new.blob:
                self.store.drop(old.blob)

    def _new_version_id(self, serial: int) -> str:
        """Return the id of a version to come; it tells the serial, by which lists go on behind one that is gone."""
        if self.settings.versioning != "Enabled":
            return NULL_VERSION
        return f"CAEQ{serial:0{SERIAL_DIGITS}x}{secrets.token_hex(10)}"

    def serial_of(self, key: str, version_id: str) -> int | None:
        """Return the serial of a version, also of one that is gone; None for a null version that is."""
        found = [v.serial for v in self._versions.get(key, []) if v.version_id == version_id]
        told = _SERIAL.match(version_id)
        return found[0] if found else int(told[1], 16) if told else None

    def listed(self) -> Iterator[StoredObject]:
        """Yield every object that a listing shows, by key in UTF-8 order."""
        with self._lock:
            newest = [versions[-1] for versions in self._versions.values() if versions[-1].blob]
        yield from sorted(newest, key=lambda stored: stored.key.encode())

    def listed_versions(self) -> Iterator[tuple[StoredObject, bool]]:
        """Yield every version and whether it is its key's newest: by key in UTF-8 order, newest first."""
        with self._lock:
            keys = sorted(self._versions, key=str.encode)
            every = [list(reversed(self._versions[key])) for key in keys]
        for versions in every:
            yield from ((version, version is versions[0]) for version in versions)

    def remove(self) -> None:
        """Let the bucket be no more, in the folder too; raises ``OssError`` unless it is empty."""
        with self.locked():
            if self._versions or self.store.documents(uploads_of(self.name)):
                raise OssError("bucket-not-empty", BucketName=self.name)
            self._is_removed = True
            self.store.drop_document(KIND, self.name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the bucket still for more than one change; raises ``OssError`` where it was removed."""
        with self._lock:
            if self._is_removed:
                raise OssError("no-bucket", BucketName=self.name)
            yield

    def _forget(self, versions: Sequence[StoredObject]) -> None:
        kept = {v.version_id for v in self._versions.get(versions[0].key, [])} if versions else set()
        for version in versions:
            if version.version_id not in kept:
                self.store.drop_document(self._kind, f"{version.key}\0{version.version_id}")
            if version.blob is not None:
                self.store.drop(version.blob)


def _age(version: StoredObject) -> int:
    return version.serial


def tags_of(text: str | None) -> dict[str, str]:
    """Return the tags that ``x-oss-tagging`` writes; raises ``OssError``."""
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise OssError("tag") from None
    return checked_tags(pairs)


def checked_tags(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the tags if they are at most 10 of distinct names, 128 and 256 characters long at most.

    Letters, digits, spaces and ``+-=._:/`` (OSS, object tagging).
    """
    tags = dict(pairs)
    if len(pairs) > 10 or len(tags) != len(pairs):
        raise OssError("tag")
    if not all(1 <= len(name) <= 128 and len(value) <= 256 for name, value in tags.items()):
        raise OssError("tag")
    check_tag_letters(tags.items())
    return tags


def check_tag_letters(pairs: Iterable[tuple[str, str]]) -> None:
    """Raise ``OssError`` for a letter that no tag has."""
    if not all(_TAG.fullmatch(text) for pair in pairs for text in pair):
        raise OssError("tag")


def _readable(version: StoredObject) -> StoredObject:
    """Return a version that is named; raises ``OssError`` for a delete marker, which cannot be read."""
    if version.blob is None and version.symlink_target is None:
        marked = {"x-oss-delete-marker": "true", "x-oss-version-id": version.version_id}
        raise OssError("marker", headers=marked, Method="GET", ResourceType="DeleteMarker")
    return version
