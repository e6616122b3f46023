from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local import demo, samples
from tests.local.client import JourneyBroken
from tests.local.report import Report
from tests.local.stack import Stack, running

BIG_BYTES = 9 * 1024 * 1024


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(completes=True) as up:
        yield up


def test_every_journey_goes_as_it_should_and_shows_no_secret(stack: Stack, tmp_path: Path) -> None:
    report = Report(io.StringIO())
    demo.walk(stack, samples.make(tmp_path, big_bytes=BIG_BYTES), report)
    said = report.out.getvalue() + "".join(stack.logs)

    assert 0 == report.failures, said
    assert [] == [word for word in ("http://", "x-oss-signature", "CAIS", "eyJ") if word in said]


def test_a_journey_that_breaks_off_fails_and_the_others_go_on(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[str] = []

    class Broken:
        @staticmethod
        def walk(*_: object) -> None:
            raise JourneyBroken("presign: AccessDenied")

    class Other:
        @staticmethod
        def walk(*_: object) -> None:
            walked.append("other")

    monkeypatch.setattr(demo, "JOURNEYS", (Broken, Other))
    report = Report(io.StringIO())
    demo.walk(stack, [], report)

    assert (1, ["other"]) == (report.failures, walked)
    assert "FAIL  the journey breaks off here" in report.out.getvalue()


def test_a_changed_byte_is_noticed(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = samples.make(tmp_path, big_bytes=1)[:1]
    monkeypatch.setattr(samples.Sample, "digest", lambda _: "0" * 64)
    report = Report(io.StringIO())
    demo.put_get.walk(stack, [renamed(files[0])], report)

    assert 1 == report.failures


def renamed(sample: samples.Sample) -> samples.Sample:
    """Return the sample under a name that nothing was uploaded under before."""
    return replace(sample, path=sample.path.rename(sample.path.with_name("changed.txt")))
