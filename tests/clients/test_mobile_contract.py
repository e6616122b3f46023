"""The rules of the OSS providers for Android and iOS, as a reader of their kind, over sockets.

Both SDKs run on phones only. Their auth provider sends a plain GET to a fixed URL; their federation provider
lets the app send its own request, with its token, and reads the same document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from tests.journeys.sts_world import ServedFunction, StsWorld, served_function, sts_world
from tests.local.client import Answer, send
from tests.local.stack import Stack, running

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
REFETCHED_BEFORE_END = timedelta(minutes=5)


class ReadAsIoError(Exception):
    """What Android reads of an HTTP error: nothing, for its stream throws before the document is seen."""


class RefusedByServer(Exception):
    """A failure that the provider passes on to the app: the code and the message of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What the providers keep."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    expiration: datetime

    def is_due(self, now: datetime) -> bool:
        """Tell whether the providers would ask anew before the next request."""
        return self.expiration - now < REFETCHED_BEFORE_END


def read(answer: Answer) -> Token:
    """Return what a provider makes of an answer; raises as the Android one does."""
    if answer.status >= 400:
        raise ReadAsIoError(answer.status)
    document = answer.json()
    # A number or a text of digits: Android asks for an integer, which takes both; iOS compares its value.
    if int(document["StatusCode"]) != 200:
        raise RefusedByServer(document["ErrorCode"], document["ErrorMessage"])
    texts = [document[name] for name in ("AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration")]
    assert all(isinstance(text, str) and text for text in texts)
    return Token(
        access_key_id=texts[0],
        access_key_secret=texts[1],
        security_token=texts[2],
        expiration=parsed(texts[3]),
    )


def parsed(text: str) -> datetime:
    """Return the time in the one pattern ``yyyy-MM-dd'T'HH:mm:ss'Z'`` that both parse, UTC."""
    assert TIME.fullmatch(text), text
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


@pytest.fixture
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        # A plain GET bears no token: this deployment serves whoever its trigger lets in.
        served.environ |= {
            "IDENTITY_CLAIMS": "",
            "GRANT_READ_PREFIXES": "public/",
            "GRANT_WRITE_PREFIXES": "",
        }
        yield served


@pytest.fixture
def function(world: StsWorld) -> Iterator[ServedFunction]:
    with served_function(world) as served:
        yield served


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as up:
        yield up


def test_a_plain_get_of_a_fixed_url_is_enough(world: StsWorld, function: ServedFunction) -> None:
    token = read(send("GET", f"{function.url}?format=mobile"))
    session = world.identities.find(token.access_key_id)

    assert session is not None
    assert (session.access_key_secret, session.security_token) == (
        token.access_key_secret,
        token.security_token,
    )


@pytest.mark.parametrize("milliseconds", [0, 1, 500, 999])
def test_the_end_has_no_fraction_at_any_moment(
    world: StsWorld, function: ServedFunction, milliseconds: int
) -> None:
    now = world.clock.now().replace(microsecond=1000 * milliseconds)
    world.clock.set(now)
    token = read(send("GET", f"{function.url}?format=mobile"))

    assert timedelta(minutes=30) <= token.expiration - now <= timedelta(hours=1)


@pytest.mark.parametrize("duration", ["900", "3600"])
def test_a_fresh_token_is_not_due_at_once(world: StsWorld, function: ServedFunction, duration: str) -> None:
    url = f"{function.url}?format=mobile&duration_seconds={duration}"
    read(send("GET", url))
    world.clock.advance(timedelta(seconds=int(duration) // 2 - 5))
    token = read(send("GET", url))

    assert not token.is_due(world.clock.now())


FAILURES: dict[str, tuple[dict[str, str], str, int, str]] = {
    "permission not granted": ({}, "permission=write", 403, "AccessDenied"),
    "lifetime below the floor": ({}, "duration_seconds=1", 400, "InvalidArgument"),
    "unknown parameter": ({}, "colour=red", 400, "InvalidArgument"),
    "nobody vouches": ({"IDENTITY_CLAIMS": "sub"}, "", 401, "Unauthenticated"),
    "misconfigured": ({"OSS_BUCKET": ""}, "", 500, "InternalError"),
    "no such role": (
        {"STS_ROLE_ARN": "acs:ram::1234567890123456:role/gone"},
        "",
        502,
        "BadGateway",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_provider_reads_every_failure(world: StsWorld, function: ServedFunction, failure: str) -> None:
    environ, query, status, code = FAILURES[failure]
    world.environ |= environ
    answer = send("GET", f"{function.url}?format=mobile&{query}")
    with pytest.raises(RefusedByServer) as refused:
        read(answer)

    assert (200, status) == (answer.status, answer.json()["StatusCode"])
    assert code == refused.value.args[0]
    assert refused.value.args[1]


def test_a_failure_in_the_usual_shape_would_be_an_io_error(function: ServedFunction) -> None:
    with pytest.raises(ReadAsIoError):
        read(send("GET", f"{function.url}?permission=write"))


@pytest.mark.parametrize(
    ("member", "value", "usable"),
    [
        ("StatusCode", "200", True),
        ("Expiration", "2026-11-23T13:00:00.000Z", False),
        ("Expiration", "2026-11-23T13:00:00+00:00", False),
        ("SecurityToken", None, False),
        ("SecurityToken", "", False),
    ],
)
def test_the_reader_takes_no_other_form(
    function: ServedFunction, member: str, value: str | None, usable: bool
) -> None:
    good = send("GET", f"{function.url}?format=mobile")
    changed = Answer(status=200, headers={}, body=json.dumps({**good.json(), member: value}).encode())

    assert usable == is_usable(changed)


def is_usable(answer: Answer) -> bool:
    """Tell whether a provider can use the answer."""
    try:
        read(answer)
    except AssertionError:
        return False
    return True


def test_a_federation_provider_passes_the_trigger_with_its_token(stack: Stack) -> None:
    headers = {"Authorization": f"Bearer {stack.token('alice')}"}
    token = read(send("GET", f"{stack.url('sts')}?format=mobile&permission=read-write", headers=headers))

    assert stack.cloud.identities.find(token.access_key_id) is not None


def test_the_trigger_answers_a_get_without_token_as_an_io_error(stack: Stack) -> None:
    with pytest.raises(ReadAsIoError):
        read(send("GET", f"{stack.url('sts')}?format=mobile"))
