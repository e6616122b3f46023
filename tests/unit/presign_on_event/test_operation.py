from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.presign_on_event.operation import signing_time
from shared.presign_on_event.records import ObjectRecord

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
LIFE = timedelta(minutes=20)


@pytest.mark.parametrize(
    ("age", "signed_at"),
    [
        (timedelta(0), NOON),
        (LIFE / 2, NOON),
        (LIFE / 2 + timedelta(microseconds=1), NOON + LIFE / 2 + timedelta(microseconds=1)),
        (-timedelta(microseconds=1), NOON - timedelta(microseconds=1)),
    ],
)
def test_the_time_of_the_event_signs_up_to_half_of_the_life(age: timedelta, signed_at: datetime) -> None:
    assert signed_at == signing_time(NOON, life=LIFE, now=NOON + age)


def test_an_event_without_time_is_signed_now() -> None:
    assert NOON == signing_time(None, life=LIFE, now=NOON)


@given(
    event_time=st.datetimes(
        min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(timezone.utc)
    ),
    age=st.timedeltas(min_value=-timedelta(days=2), max_value=timedelta(days=2)),
    life=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(seconds=32_400)),
)
def test_no_link_is_signed_in_the_future_or_has_less_than_half_to_live(
    event_time: datetime, age: timedelta, life: timedelta
) -> None:
    now = event_time + age
    signed_at = signing_time(event_time, life=life, now=now)

    assert signed_at <= now
    assert signed_at + life - now >= life / 2


@pytest.mark.parametrize(
    ("event_name", "expected"),
    [
        (None, True),
        ("ObjectCreated:PutObject", True),
        ("ObjectCreated:CompleteMultipartUpload", True),
        ("ObjectCreated:AppendObject", True),
        ("ObjectCreated:InitiateMultipartUpload", False),
        ("ObjectCreated:UploadPart", False),
        ("ObjectCreated:UploadPartCopy", False),
        ("ObjectRemoved:DeleteObject", False),
        ("ObjectRemoved:AbortMultipartUpload", False),
        ("BucketCreated:PutBucket", False),
        ("", False),
    ],
)
def test_only_whole_objects_are_linked_to(event_name: str | None, expected: bool) -> None:
    assert expected == ObjectRecord(event_id="1", key="a", event_name=event_name).names_an_object
