"""An object lands, an event wakes the function, the link it answers works in the emulator."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.presign_on_event.index import respond
from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import fetch
from shared.errors import Misconfigured
from shared.presign_on_event.events import UnknownEvent
from tests.world import BUCKET_ONLY, NOON, context, credentials_of

EVENTS = Path(__file__).parents[2] / "events"
KEY = "incoming/2026/report + \u62a5\u544a.pdf"
CONTEXT = context("presign_on_event", timeout=30)
TRUST = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["fc.aliyuncs.com"]}}
    ],
}
READ = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:examplebucket/incoming/*"}
    ],
}


class World:
    """A bucket, the function's role, and the function."""

    def __init__(self, folder: Path) -> None:
        self.cloud = Cloud(folder=folder)
        self.cloud.clock.set(NOON)
        self.cloud.create_bucket("examplebucket")
        self.cloud.identities.add_role("links", trust=TRUST, policies=[READ])
        self.session = self.cloud.identities.role_session("links", duration_seconds=36 * 3600)

    def answer(self, event: Any, **environ: str) -> dict[str, Any]:
        variables = {**BUCKET_ONLY, "GRANT_READ_PREFIXES": "incoming/", **credentials_of(self.session)}
        data = event if isinstance(event, bytes) else json.dumps(event).encode()
        answered: dict[str, Any] = respond(
            data, CONTEXT, environ=variables | environ, now=self.cloud.clock.now()
        )
        return answered

    def status(self, url: str) -> int:
        return fetch(Emulator(self.cloud), "GET", url).status_code


@pytest.fixture
def w(tmp_path: Path) -> World:
    return World(tmp_path)


def sample(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


def test_a_new_object_gets_a_link_that_works_to_its_last_second(w: World) -> None:
    [link] = w.answer(sample("oss-object-created.json"))["links"]
    end = datetime.fromisoformat(link["expires_at"].replace("Z", "+00:00"))
    statuses = []
    for moment in (NOON, end - timedelta(seconds=1), end):
        w.cloud.clock.set(moment)
        statuses.append(w.status(link["url"]))

    assert {
        "event_id": "6742A1F0C3D4E5F60718293A",
        "bucket": "examplebucket",
        "key": KEY,
        "size": 48213,
        "etag": "9B2CF535F27731C974343645A3985328",
        "method": "GET",
        "expires_at": "2026-11-23T12:20:00Z",
    } == {name: value for name, value in link.items() if name != "url"}
    assert [404, 404, 403] == statuses


@pytest.mark.parametrize(
    "name",
    [
        "oss-object-created.json",
        "eventbridge-oss.json",
        "eventbridge-batch.json",
        "mns-queue.json",
        "mns-topic-json.json",
        "mns-topic-stream.json",
        "mns-topic-stream-text.json",
        "timer.json",
        "direct-keys.json",
    ],
)
def test_every_sample_gets_links_that_oss_accepts(w: World, name: str) -> None:
    answered = w.answer(sample(name))

    # No such key: the signature, the token and the policy were fine.
    assert answered["links"]
    assert {404} == {w.status(link["url"]) for link in answered["links"]}
    assert ([], []) == (answered["skipped"], answered["failed"])


def test_what_is_not_granted_is_skipped_and_what_is_malformed_reported(
    w: World, capsys: pytest.CaptureFixture[str]
) -> None:
    answered = w.answer(sample("oss-mixed-batch.json"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert ["incoming/a.txt"] == [link["key"] for link in answered["links"]]
    assert ["private/b.txt", "incoming/c.txt"] == [entry["key"] for entry in answered["skipped"]]
    assert [{"index": 3, "Code": "InvalidArgument"}] == [
        {"index": entry["index"], "Code": entry["Code"]} for entry in answered["failed"]
    ]
    assert ["granted", "skipped", "skipped", "refused"] == [line["decision"] for line in lines]
    assert (3, "InvalidArgument") == (lines[3]["index"], lines[3]["code"])


@pytest.mark.parametrize(("member", "value"), [("name", "otherbucket"), ("ownerIdentity", "999999999999")])
def test_events_of_others_are_skipped(w: World, member: str, value: str) -> None:
    event = sample("oss-object-created.json")
    event["events"][0]["oss"]["bucket"][member] = value
    answered = w.answer(event)

    assert ([], 1) == (answered["links"], len(answered["skipped"]))


@pytest.mark.parametrize("part", ["InitiateMultipartUpload", "UploadPart", "UploadPartCopy"])
def test_an_upload_in_parts_gets_its_link_when_it_is_complete(w: World, part: str) -> None:
    event = sample("eventbridge-oss.json")
    answered = []
    for name in (part, "CompleteMultipartUpload"):
        event["data"]["eventName"] = f"ObjectCreated:{name}"
        answered.append(w.answer(event))

    assert [(0, 1), (1, 0)] == [(len(each["links"]), len(each["skipped"])) for each in answered]


def test_a_message_of_a_queue_takes_twenty_links(w: World) -> None:
    event = {"keys": [f"incoming/2026/11/23/{number:064}.parquet" for number in range(20)]}
    answered = w.answer(event, ALIBABA_CLOUD_SECURITY_TOKEN="CAIS" + "aB3+/" * 160 + "==")
    delivered = {"requestPayload": json.dumps(event), "responsePayload": json.dumps(answered)}

    assert 20 == len(answered["links"])
    assert 64 * 1024 > len(base64.b64encode(json.dumps(delivered).encode()))


def test_the_same_event_gives_the_same_link_while_it_is_fresh(w: World) -> None:
    event = sample("oss-object-created.json")
    urls = []
    for age in (0, 1, 600, 601, 3600):
        w.cloud.clock.set(NOON + timedelta(seconds=age))
        [link] = w.answer(event)["links"]
        urls.append(link["url"])

    assert urls[0] == urls[1] == urls[2]
    assert 3 == len(set(urls))


def test_an_event_of_the_future_is_signed_now(w: World) -> None:
    w.cloud.clock.set(NOON - timedelta(seconds=5))
    [link] = w.answer(sample("oss-object-created.json"))["links"]

    assert "2026-11-23T12:19:55Z" == link["expires_at"]


@pytest.mark.parametrize("key", ["incoming/../private/x", "incoming//x", "incoming/a\\b", "incoming/a\x00"])
def test_a_key_that_can_be_read_in_two_ways_gets_no_link(w: World, key: str) -> None:
    answered = w.answer({"keys": [key]})

    assert ([], 1) == (answered["links"], len(answered["skipped"]))


def test_an_unknown_event_and_a_bad_deployment_raise(w: World) -> None:
    with pytest.raises(UnknownEvent):
        w.answer(b"{}")
    with pytest.raises(Misconfigured):
        w.answer(sample("direct-keys.json"), OSS_REGION="")
    with pytest.raises(Misconfigured):
        w.answer(sample("direct-keys.json"), GRANT_READ_PREFIXES="users/{sub}/", IDENTITY_CLAIMS="sub")


def test_nothing_is_granted_by_default(w: World) -> None:
    answered = w.answer(sample("direct-keys.json"), GRANT_READ_PREFIXES="")

    assert ([], 1) == (answered["links"], len(answered["skipped"]))
