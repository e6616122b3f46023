"""Every fault, made from a URL that the emulator accepts, is named first."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from shared.diagnose import Finding, diagnose
from tests.unit.diagnosis.faults import FAULTS, Fault
from tests.unit.diagnosis.precision import DIAGNOSED
from tests.unit.diagnosis.signed_world import NOW, Signed, World
from tests.unit.diagnosis.signed_world import world as new_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return new_world(tmp_path)


def told(fault: Fault, issued: Signed) -> dict[str, object]:
    """Return what the diagnosis is told of the request."""
    if fault.tells == "nothing":
        return {}
    if fault.tells == "issued":
        return {"method": issued.method, "headers": issued.headers}
    return {"method": fault.method or issued.method, "headers": fault.headers(issued.headers)}


def refusal(fault: Fault, world: World, issued: Signed) -> str:
    """Return the error document with which the emulator refuses the spoiled request."""
    url = fault.on_the_way(fault.pasted(issued.url))
    method = fault.method or issued.method
    answer = world.send(method, url, fault.headers(issued.headers))
    document = answer.get_data(as_text=True)
    if method == "HEAD":
        document = base64.b64decode(answer.headers["x-oss-err"]).decode()
    assert re.search("<Code>(.*)</Code>", document)[1] in fault.refused, document
    if fault.only_hash:
        document = re.sub("<CanonicalRequest>.*</CanonicalRequest>", "", document, flags=re.S)
    return fault.document(document)


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_a_fault_is_diagnosed_first(fault: Fault, world: World) -> None:
    issued = fault.make(world)
    world.cloud.clock.advance(fault.after)
    now = NOW + (fault.after if fault.this_clock is None else fault.this_clock)
    pasted = fault.pasted(issued.url)

    alone = diagnose(pasted, now=now, **told(fault, issued))
    answered = (
        diagnose(pasted, now=now, error=refusal(fault, world, issued), **told(fault, issued))
        if fault.refused
        else alone
    )

    DIAGNOSED.record(
        fault.name, fault.expected, alone=first(alone), answered=first(answered), visible=fault.url_alone
    )
    assert fault.expected == first(answered), answered
    if fault.url_alone:
        assert fault.expected == first(alone), alone
    else:
        assert [] == alone


def first(found: list[Finding]) -> str:
    return found[0].code if found else "nothing"


REPAIRABLE = {
    "bare-plus",
    "html-escaped",
    "json-escaped",
    "line-break",
    "shell-escaped",
    "trailing-characters",
    "quoted-printable",
    "re-encoded",
    "wrapped",
}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name)
        for fault in FAULTS
        if fault.expected in REPAIRABLE and fault.url_alone and "space" not in fault.name
    ],
)
def test_a_repaired_url_is_the_issued_one(fault: Fault, world: World) -> None:
    issued = fault.make(world)

    found = diagnose(fault.pasted(issued.url), now=NOW)

    assert issued.url == found[-1].repaired
    assert [] == diagnose(issued.url, now=NOW)


def test_a_good_url_of_each_kind_is_good(world: World) -> None:
    for issued in (
        world.get(),
        world.sign("PUT", headers={"Content-Type": "image/png"}),
        world.sign_header("GET"),
    ):
        assert [] == diagnose(issued.url, now=NOW, method=issued.method, headers=issued.headers)


def test_two_causes_are_both_named(world: World) -> None:
    spoiled = world.get().url.replace("&", "&amp;")
    world.cloud.clock.advance(later := NOW - NOW.replace(hour=10))

    found = diagnose(spoiled, now=NOW + later)

    assert ["html-escaped", "expired"] == [finding.code for finding in found]


def test_the_mixed_url_of_ali_oss_names_who_mixed_it(world: World) -> None:
    (fault,) = (fault for fault in FAULTS if "ali-oss" in fault.name)
    url = fault.pasted(fault.make(world).url)
    error = world.send("GET", url, {}).get_data(as_text=True)

    assert "ali-oss does so" in diagnose(url, now=NOW, error=error)[0].cause
