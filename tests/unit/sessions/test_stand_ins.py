"""Stand-ins for what the SDK imports and does not use: only where it is left out, and never for use."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest
import requests

from shared.sessions.stand_ins import UNUSED, NotInThisLayer, _Request, stood_in
from tests.journeys.sts_world import sts_world

ABSENT = """
import json, sys
from datetime import datetime, timedelta, timezone

def hidden():
    "Let the packages be missing beside the SDK, as in the layer, and the platform have others of these names."
    from importlib.machinery import PathFinder
    found = PathFinder.find_spec
    def find_spec(cls, name, path=None, target=None):
        if not is_unused(name):
            return found(name, path, target)
        return found(name, [sys.argv[3]]) if path is None else None
    PathFinder.find_spec = classmethod(find_spec)

def is_unused(name):
    return any(f"{name}.".startswith(f"{each}.") for each in unused)

unused, case = set(json.loads(sys.argv[1])), json.loads(sys.argv[2])
hidden()
from shared.signing import Credentials
from shared.sessions.port import SessionRequest, StsEndpoint
from shared.sessions.sdk import assume_role
session = assume_role(
    SessionRequest(role_arn=case["role"], role_session_name="alice", policy=case["policy"], duration=timedelta(seconds=900)),
    endpoint=StsEndpoint(host=case["host"], scheme="http"),
    credentials=Credentials(access_key_id=case["id"], access_key_secret=case["secret"], security_token=case["token"]),
    timeout=timedelta(seconds=10),
    now=datetime.now(timezone.utc),
)
print(json.dumps({"id": session.access_key_id, "left": [name for name in sys.modules if is_unused(name)]}))
"""


def test_assume_role_works_without_them(tmp_path: Path) -> None:
    script = tmp_path / "absent.py"
    script.write_text(ABSENT)
    platform = tmp_path / "platform"
    platform.mkdir()
    for name in UNUSED:
        (platform / f"{name}.py").write_text("raise SystemExit('a package that nobody has pinned')")
    with sts_world() as world:
        case = {
            "role": world.uploads.arn,
            "policy": '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}]}',
            "host": world.environ["STS_ENDPOINT"].removeprefix("http://"),
            "id": world.function.access_key_id,
            "secret": world.function.access_key_secret,
            "token": world.function.security_token,
        }
        command = [sys.executable, str(script), json.dumps(sorted(UNUSED)), json.dumps(case), str(platform)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert 0 == ended.returncode, ended.stderr[-2000:]
        said = json.loads(ended.stdout.splitlines()[-1])
        issued = world.identities.find(said["id"])

    assert issued is not None
    assert f"{world.uploads.arn}/alice" == issued.arn
    assert [] == said["left"]


def test_a_request_is_prepared_as_requests_does() -> None:
    asked = {
        "method": "POST",
        "url": "https://sts.aliyuncs.com/?Policy=%7B%22a%22%3A+%5B%5D%7D&RoleArn=acs%3Aram%3A%3A1%3Arole%2Fa",
        "headers": {"host": "sts.aliyuncs.com", "x-acs-security-token": "a+b/c=="},
    }
    ours, theirs = _Request(), requests.PreparedRequest()
    ours.prepare(**asked, data=None)
    theirs.prepare(**asked, data=None)

    assert (theirs.method, theirs.url, theirs.body) == (ours.method, ours.url, ours.body)
    # The client of the standard library adds the length itself.
    assert dict(theirs.headers or {}) == {**ours.headers, "Content-Length": "0"}


def test_what_is_installed_is_imported() -> None:
    with stood_in():
        import cryptography

    assert hasattr(cryptography, "__version__")
    assert sys.modules["cryptography"] is cryptography


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one of the names be of no package at all."""
    monkeypatch.setattr("shared.sessions.stand_ins.UNUSED", frozenset({"surely_absent"}))


@pytest.mark.usefixtures("absent")
def test_a_stand_in_has_names_that_cannot_be_made() -> None:
    with stood_in():
        from surely_absent.deep.down import Something

    def annotated(_: Something) -> None:
        """Naming it is all that is allowed."""

    assert "surely_absent.deep.down" == Something.__module__
    assert annotated.__annotations__
    with pytest.raises(NotInThisLayer, match=r"surely_absent\.deep\.down\.Something"):
        Something()


@pytest.mark.usefixtures("absent")
def test_nothing_is_stood_in_for_outside_the_block() -> None:
    with stood_in():
        import surely_absent

    finders = len(sys.meta_path)
    assert surely_absent
    assert "surely_absent" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        import surely_absent.more  # the import is what is tested
    assert finders == len(sys.meta_path)


def test_other_absent_packages_stay_absent() -> None:
    with stood_in(), pytest.raises(ModuleNotFoundError):
        import no_such_package  # noqa: F401  # the import is what is tested


def test_other_threads_may_import_meanwhile() -> None:
    ended = threading.Event()

    def import_all_the_time() -> None:
        names = [f"made_up_{number}" for number in range(200)]
        while not ended.is_set():
            sys.modules.update({name: ModuleType(name) for name in names})
            for name in names:
                del sys.modules[name]

    other, interval = threading.Thread(target=import_all_the_time), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    other.start()
    try:
        for _ in range(2000):
            with stood_in():
                pass
    finally:
        ended.set()
        other.join()
        sys.setswitchinterval(interval)

    assert not [finder for finder in sys.meta_path if type(finder).__module__ == "shared.sessions.stand_ins"]
