"""Zip archives that are equal, bit by bit, when their contents are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tests.deploy.trees import files

_READABLE_FILE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A zip, its size in bytes before and after, and its SHA-256."""

    path: Path
    zipped_bytes: int
    unzipped_bytes: int
    sha256: str


def archive(folder: Path, *, path: Path) -> Archive:
    """Write the files below ``folder`` to a zip: sorted, of one date, readable by all."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=9) as zipped:
        for file in files(folder):
            zipped.writestr(_entry(str(file.relative_to(folder))), file.read_bytes())
    return Archive(
        path=path,
        zipped_bytes=path.stat().st_size,
        unzipped_bytes=sum(file.stat().st_size for file in files(folder)),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = _READABLE_FILE
    entry.create_system = _UNIX
    return entry
