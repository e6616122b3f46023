"""One refusal, and how sure it is."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One refusal: HTTP status, code, message, EC, and how sure the row is.

    [rec] recorded from the service, [doc] a vendor page, [src] an SDK's source, [inf] inferred, [open] not settled.
    """

    status: int
    code: str
    message: str
    ec: str = ""
    mark: str = "inf"
