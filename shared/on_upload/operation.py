"""The operation of ``on_upload``: from OSS's callback to what its client is answered, and the back end told.

OSS waits 5 seconds, and passes on a 200 only: verdicts on the object are 200 too. What is no verdict (a
forged call, a store or a receiver that does not answer) becomes OSS's own 203, and the object stays.
"""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any

from shared.errors import ServiceError
from shared.fc.frame import Call
from shared.fc.http import Reply
from shared.fc.invocation import Invocation, check_method
from shared.on_upload.received import Callback, received
from shared.on_upload.stored import delete, head
from shared.on_upload.verdicts import UploadRefused, Verdict, document, verdict
from shared.on_upload.webhook import tell
from shared.oss import Reached
from shared.settings.on_upload import OnUploadSettings

METHODS = ("POST",)

ALL_REQUESTS = timedelta(seconds=4.8)
"""For HEAD, DELETE and webhook together: OSS waits 5 s."""

_DELETED = ("EntityTooLarge", "ContentTypeMismatch")
"""Not ``EtagMismatch``: a seal in a client's hands, with an invented ETag, deletes nothing of others."""

OnUploadCall = Call[OnUploadSettings]


def operate(invocation: Invocation, call: OnUploadCall) -> Reply:
    """Return the answer that OSS passes on to its client."""
    try:
        check_method(invocation, allow=METHODS)
        callback = received(invocation, call.settings, now=call.now)
    except ServiceError as error:
        call.trail.refused(error)
        raise
    return Reply(document=_answer(callback, call, ends_at=monotonic() + ALL_REQUESTS.total_seconds()))


def _answer(callback: Callback, call: OnUploadCall, *, ends_at: float) -> dict[str, Any]:
    settings, upload = call.settings, callback.upload
    where = Reached(
        bucket=settings.bucket, endpoint=settings.endpoint, credentials=call.credentials, now=call.now
    )
    try:
        stored = head(where, upload.key, timeout=_left(ends_at))
        found = verdict(callback, stored)
        if callback.deletes_refused and found in _DELETED:
            delete(where, upload.key, version_id=stored.version_id, timeout=_left(ends_at))
    except ServiceError as error:
        call.trail.of(upload.claims).refused(error, id=upload.id, bucket=settings.bucket, key=upload.key)
        raise
    answered = document(found, callback, stored, bucket=settings.bucket)
    _write(found, answered, callback, call)
    if settings.webhook is not None:
        tell(
            settings.webhook,
            answered,
            kind="upload.completed" if found == "Success" else "upload.refused",
            claims=upload.claims,
            now=call.now,
            timeout=_left(ends_at),
        )
    return answered


def _left(ends_at: float) -> timedelta:
    return timedelta(seconds=max(0.0, ends_at - monotonic()))


def _write(found: Verdict, answered: dict[str, Any], callback: Callback, call: OnUploadCall) -> None:
    facts = {name: fact for name, fact in answered.items() if name != "Code"}
    facts["oss_request_id"] = callback.unverified_request_id
    trail = call.trail.of(callback.upload.claims)
    if found == "Success":
        trail.uploaded(**facts)
    else:
        trail.refused(UploadRefused(found), **facts)
