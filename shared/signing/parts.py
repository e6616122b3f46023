"""Part URLs of one upload, which differ by part number and signature only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.errors import InvalidRequest
from shared.signing import prepared
from shared.signing.credentials import Credentials
from shared.signing.endpoints import Endpoint
from shared.signing.lifetime import LimitedBy
from shared.signing.object_request import ObjectRequest, canonical_opening, own_parameters
from shared.signing.percent import encode_path
from shared.signing.presign import for_many, frame_of, occasion_of

PART_NUMBER = "{partNumber}"
SIGNATURE = "{signature}"


class PartSignatures(NamedTuple):
    """Part URLs of one upload: ``url`` with ``{partNumber}`` and ``{signature}``, and a signature each."""

    url: str
    part_numbers: Sequence[int]
    signatures: Sequence[str]
    headers: Mapping[str, str]
    expires_at: datetime
    limited_by: LimitedBy

    def urls(self) -> list[str]:
        """Return the URL of each part in full."""
        start, _, rest = self.url.partition(PART_NUMBER)
        end = rest.removesuffix(SIGNATURE)
        pairs = zip(self.part_numbers, self.signatures, strict=True)
        return [f"{start}{number}{end}{signature}" for number, signature in pairs]


def presign_parts(
    request: ObjectRequest,
    part_numbers: Sequence[int],
    *,
    endpoint: Endpoint,
    credentials: Credentials,
    expires_in: timedelta,
    now: datetime,
) -> PartSignatures:
    """Return one URL with placeholders, and the signature of each part, for an UploadPart ``request``."""
    if "partNumber" in request.query:
        raise InvalidRequest("query: part numbers are named apart from the request")
    occasion = for_many(
        occasion_of(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    )
    own = [("partNumber", f"partNumber={PART_NUMBER}"), *own_parameters(request)]
    frame = frame_of(request, occasion, own=own)
    path = encode_path(request.key) if request.key else ""
    # Encoded text holds no braces, and the query comes before the headers.
    start, end = f"{canonical_opening(request)}{path}{frame.closing.decode()}".split(PART_NUMBER, 1)
    begun, rest = prepared.begun(start), end.encode()
    return PartSignatures(
        url=f"{frame.root}{path}{frame.query}{SIGNATURE}",
        part_numbers=part_numbers,
        signatures=[occasion.sign(prepared.hashed(begun, b"%d" % number, rest)) for number in part_numbers],
        headers=frame.headers,
        expires_at=occasion.expires_at,
        limited_by=occasion.limited_by,
    )
