"""What an answer to a completed upload says to whoever sent it by a ticket."""

from __future__ import annotations

import pytest

from shared.errors import AccessDenied, PayloadTooLarge, ServiceError
from shared.ticket.sending import check_verdict


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"Code": "EntityTooLarge"}', PayloadTooLarge),
        (b'{"Code": "ContentTypeMismatch"}', AccessDenied),
        (b'{"Code": "EtagMismatch"}', AccessDenied),
    ],
)
def test_an_object_that_is_not_as_granted_is_refused(body: bytes, expected: type[ServiceError]) -> None:
    with pytest.raises(expected):
        check_verdict(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"Code": "Success"}',
        b"<CompleteMultipartUploadResult/>",
        b"<Error><Code>CallbackFailed</Code></Error>",
        b"",
        b"{",
        b"{}",
        b'{"Code": ["EtagMismatch"]}',
        b'{"Code": "' + b"x" * 100_000 + b'"}',
        b"[" * 100_000,
        b"\xff{",
        b"null",
    ],
    ids=range(11),
)
def test_any_other_answer_is_no_verdict_for_the_object_is_stored(body: bytes) -> None:
    assert check_verdict(body) is None
