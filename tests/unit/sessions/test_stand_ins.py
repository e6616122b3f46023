"""The STS SDK in a table of its own: what it never uses is stood in for, and nobody else sees any of it."""

from __future__ import annotations

import subprocess
import sys
import threading
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

import pytest
import requests

from shared.errors import Misconfigured
from shared.sessions import stand_ins
from shared.sessions.stand_ins import SDK, UNUSED, NotUsed, load

CLIENT = "alibabacloud_sts20150401.client"


def test_nothing_of_it_stands_where_others_import_from() -> None:
    script = f"""
import sys
from shared.sessions.stand_ins import load
load({CLIENT!r})
print(*sorted(name for name in sys.modules if name.partition(".")[0] in {sorted({*SDK, *UNUSED})!r}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert ("", "") == (done.stdout.strip(), done.stderr)


def test_the_same_module_comes_back_and_packages_hold_their_modules() -> None:
    client = load(CLIENT)

    assert client is load(CLIENT)
    assert client is load("alibabacloud_sts20150401").client
    assert load("darabonba.core").DaraCore is client.DaraCore


def test_the_official_package_stays_what_it_is_for_others() -> None:
    load(CLIENT)
    import alibabacloud_sts20150401.client as official

    assert official is not load(CLIENT)
    assert "requests" == sys.modules["darabonba.core"].PreparedRequest.__module__.partition(".")[0]


def test_a_stand_in_has_names_that_cannot_be_made() -> None:
    core: Any = load("darabonba.core")

    def annotated(_: core.aiohttp.ClientSession) -> None:
        """Naming it is all that is allowed."""

    assert annotated.__annotations__
    with pytest.raises(NotUsed, match=r"aiohttp\.ClientSession"):
        core.aiohttp.ClientSession()
    with pytest.raises(AttributeError):
        core.asyncio.__version__  # noqa: B018  # looking is the test


def test_what_is_not_of_the_sdk_is_imported_as_ever() -> None:
    core: Any = load("darabonba.core")

    assert core.json is sys.modules["json"]


def test_a_module_that_is_not_there_is_an_error_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match=r"darabonba\.nowhere"):
            load("darabonba.nowhere")


def test_without_the_sdk_the_layer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: None)
    with pytest.raises(Misconfigured, match="the STS SDK is missing"):
        load("alibabacloud_sts20150401.models")


def test_a_module_that_fails_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def exec_module(self, _: ModuleType) -> None:
            raise ZeroDivisionError

    spec = PathFinder.find_spec("darabonba")
    assert spec is not None
    monkeypatch.setattr(stand_ins, "_modules", {})
    with pytest.raises(ZeroDivisionError):
        stand_ins._executed(spec, Broken())

    assert {} == stand_ins._modules


def test_many_threads_load_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_ins, "_modules", {})
    loaded: list[Any] = []
    threads = [threading.Thread(target=lambda: loaded.append(load(CLIENT))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 16 == len(loaded)
    assert 1 == len({id(each) for each in loaded})
    assert {id(load("darabonba.core").DaraCore)} == {id(each.DaraCore) for each in loaded}


def test_a_request_is_prepared_as_requests_does() -> None:
    asked = {
        "method": "POST",
        "url": "https://sts.aliyuncs.com/?Policy=%7B%22a%22%3A+%5B%5D%7D&RoleArn=acs%3Aram%3A%3A1%3Arole%2Fa",
        "headers": {"host": "sts.aliyuncs.com", "x-acs-security-token": "a+b/c=="},
    }
    ours, theirs = load("darabonba.core").PreparedRequest(), requests.PreparedRequest()
    ours.prepare(**asked, data=None)
    theirs.prepare(**asked, data=None)

    assert (theirs.method, theirs.url, theirs.body) == (ours.method, ours.url, ours.body)
    # The client of the standard library adds the length itself.
    assert dict(theirs.headers or {}) == {**ours.headers, "Content-Length": "0"}
