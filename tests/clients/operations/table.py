"""The table of operations and clients, which the test run prints."""

from __future__ import annotations

from oss_emulator.cloud import Cloud
from oss_emulator.oss.operations import COPIES, LIST_BUCKETS, OPERATIONS, PUT_BUCKET

KNOWN = {
    "PostObject",
    LIST_BUCKETS.name,
    PUT_BUCKET.name,
    *(operation.name for operation in [*OPERATIONS.values(), *COPIES.values()]),
}
"""The operations of OSS that the emulator knows."""

WORKED: dict[str, tuple[str, ...]] = {}
"""The operations that worked, by client."""


def worked(cloud: Cloud) -> set[str]:
    """Return the operations that were asked of a cloud and answered with success."""
    return {line.operation for line in cloud.log if 200 <= line.status < 300}


def lines() -> list[str]:
    """Return the table: an operation a line, and which client's call of it worked."""
    clients = sorted(WORKED)
    width = max(map(len, KNOWN)) + 2
    rows = [" " * width + "".join(f"{client:22}" for client in clients)]
    for name in sorted(KNOWN):
        marks = ("yes" if name in WORKED[client] else "has no call" for client in clients)
        rows.append(f"{name:{width}}" + "".join(f"{mark:22}" for mark in marks).rstrip())
    return rows
