"""Buckets: which object versions there are, what may be written, and the rules for other origins."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from threading import RLock
from urllib.parse import parse_qsl

from ..wire.errors import OssError
from .storage import Store, StoredObject, as_document, from_document

_SETTINGS = "buckets"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsRule:
    """One CORS rule; ``*`` stands for any run of characters."""

    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str] = ()
    expose: Sequence[str] = ()
    max_age_seconds: int = 0


@dataclass(slots=True, kw_only=True)
class Bucket:
    """One bucket; newest version last. Changes are serialised, reads see whole versions."""

    name: str
    region: str
    store: Store
    versioned: bool = False
    cors: tuple[CorsRule, ...] = ()
    _versions: dict[str, list[StoredObject]] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)
    _serial: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        kept = self.store.document(_SETTINGS, self.name)
        if kept is not None:
            self.versioned, self.cors = kept["versioned"], tuple(CorsRule(**rule) for rule in kept["cors"])
        stored = [from_document(document) for document in self.store.documents(self._kind).values()]
        for version in sorted(stored, key=_age):
            self._versions.setdefault(version.key, []).append(version)
        ids = [version.version_id[4:20] for version in stored if version.version_id != "null"]
        self._serial = count(1 + max((int(serial, 16) for serial in ids), default=0))

    @property
    def _kind(self) -> str:
        return f"objects-{self.name}"

    def set(self, *, versioned: bool | None = None, cors: Sequence[CorsRule] | None = None) -> None:
        """Change how the bucket is set, now and after a restart; None changes nothing."""
        with self._lock:
            if versioned is not None:
                self.versioned = versioned
            if cors is not None:
                self.cors = tuple(cors)
            settings = {"versioned": self.versioned, "cors": [asdict(rule) for rule in self.cors]}
            self.store.put_document(_SETTINGS, self.name, settings)

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

    def put(self, stored: StoredObject, *, forbid_overwrite: bool) -> None:
        """Keep a new version; raises ``OssError`` where overwriting is forbidden and there is one."""
        with self._lock:
            if forbid_overwrite and self.exists(stored.key):
                raise OssError("exists", Key=stored.key)
            self.store.put_document(self._kind, f"{stored.key}\0{stored.version_id}", as_document(stored))
            older = self._versions.get(stored.key, [])
            kept = sorted([*older, stored], key=_age) if self.versioned else [stored]
            self._versions[stored.key] = kept
            if not self.versioned:
                self._forget(older)

    def delete(self, key: str, *, modified: str) -> StoredObject | None:
        """Delete a key: a marker in a versioned bucket, for good elsewhere; return the marker."""
        with self._lock:
            if self.versioned and key in self._versions:
                marker = StoredObject(key=key, version_id=self.new_version_id(), modified=modified, blob=None)
                self.put(marker, forbid_overwrite=False)
                return marker
            self._forget(self._versions.pop(key, []))
            return None

    def delete_version(self, key: str, version_id: str) -> None:
        """Delete one version for good."""
        with self._lock:
            gone = [v for v in self._versions.get(key, []) if v.version_id == version_id]
            self._versions[key] = [v for v in self._versions.get(key, []) if v.version_id != version_id]
            if not self._versions[key]:
                del self._versions[key]
            self._forget(gone)

    def replace(self, old: StoredObject, new: StoredObject) -> None:
        """Put ``new`` in the place of ``old``: same key, same version, other tags."""
        with self._lock:
            self.store.put_document(self._kind, f"{new.key}\0{new.version_id}", as_document(new))
            self._versions[old.key] = [new if v is old else v for v in self._versions[old.key]]

    def new_version_id(self) -> str:
        """Return the id of a version to come, later ones sort last; unversioned buckets know one only."""
        return f"CAEQ{next(self._serial):016x}{secrets.token_hex(8)}" if self.versioned else "null"

    def listed(self) -> Iterator[StoredObject]:
        """Yield every object that a listing shows, by key in UTF-8 order."""
        with self._lock:
            newest = [versions[-1] for versions in self._versions.values() if versions[-1].blob]
        yield from sorted(newest, key=lambda stored: stored.key.encode())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the bucket still for more than one change."""
        with self._lock:
            yield

    def _forget(self, versions: Sequence[StoredObject]) -> None:
        kept = {v.version_id for v in self._versions.get(versions[0].key, [])} if versions else set()
        for version in versions:
            if version.version_id not in kept:
                self.store.drop_document(self._kind, f"{version.key}\0{version.version_id}")
            if version.blob is not None:
                self.store.drop(version.blob)


def _age(version: StoredObject) -> str:
    # Ids count up; what was stored before versioning began is oldest.
    return version.version_id.removeprefix("null")


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
    """Return the tags if they are at most 10 of distinct names, 128 and 256 characters long at most."""
    tags = dict(pairs)
    if len(pairs) > 10 or len(tags) != len(pairs):
        raise OssError("tag")
    if not all(1 <= len(name) <= 128 and len(value) <= 256 for name, value in tags.items()):
        raise OssError("tag")
    return tags


def _readable(version: StoredObject) -> StoredObject:
    """Return a version that is named; raises ``OssError`` for a delete marker, which cannot be read."""
    if version.blob is None and version.symlink_target is None:
        marked = {"x-oss-delete-marker": "true", "x-oss-version-id": version.version_id}
        raise OssError("marker", headers=marked, Method="GET", ResourceType="DeleteMarker")
    return version
