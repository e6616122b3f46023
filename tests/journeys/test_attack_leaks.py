"""No secret, security token, signature or whole URL leaves by a log, an error, a repr or a pickle."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from typing import Any

import pytest

from functions.presign.index import respond
from shared.fc.credentials import role_credentials
from tests.journeys.attack_world import ENVIRON, NOW, SECRET, TOKEN, event, send

GET = {"operation": "GetObject", "key": "users/alice/a"}
PARTS = {"operation": "UploadPart", "key": "users/alice/a", "upload_id": "U", "part_numbers": [1, 2]}
REQUESTS: dict[str, dict[str, Any]] = {
    "a URL": event(GET),
    "a form": event({"operation": "PostObject", "key": "users/alice/a"}),
    "parts": event(
        {"operation": "UploadPart", "key": "users/alice/a", "upload_id": "U", "part_numbers": [1, 2]}
    ),
    "compact parts": event(
        {
            "operation": "UploadPart",
            "key": "users/alice/a",
            "upload_id": "U",
            "part_numbers": [1],
            "compact": True,
        }
    ),
    "a batch": event({"items": [GET, GET | {"key": "users/bob/a"}]}),
    "a redirect": event(method="GET", queryParameters=GET | {"redirect": "1"}),
    "a refusal": event(GET | {"key": "users/bob/a"}),
    "a malformed request": event("{"),
    "nobody": event(GET, sub=None),
}
BROKEN: dict[str, dict[str, str]] = {
    "no bucket": {"OSS_BUCKET": ""},
    "half a credential": {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""},
    "a session without its token": {"ALIBABA_CLOUD_SECURITY_TOKEN": ""},
    "a secret with a line break": {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET + "\n"},
    "a token in the wrong variable": {"OSS_REGION": TOKEN},
    "a secret in the wrong variable": {"GRANT_READ_PREFIXES": SECRET},
}


def leaks(text: str) -> list[str]:
    forbidden = (
        SECRET,
        TOKEN,
        TOKEN.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        "x-oss-signature",
    )
    return [secret for secret in forbidden if secret in text]


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.ERROR])
@pytest.mark.parametrize("name", REQUESTS)
def test_no_log_line_holds_a_secret(
    name: str, level: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(level):
        send(REQUESTS[name])
    out, err = capfd.readouterr()

    assert [] == leaks(out + err + caplog.text)
    assert "" == err


@pytest.mark.parametrize("name", REQUESTS)
def test_a_url_goes_to_its_caller_and_nowhere_else(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    send(REQUESTS[name])

    assert "https://" not in capfd.readouterr().out


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("name", REQUESTS)
def test_a_broken_deployment_says_nothing_of_its_secrets(
    name: str, broken: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = send(REQUESTS[name], **BROKEN[broken])
    out, err = capfd.readouterr()

    assert [] == leaks(json.dumps(answer) + out + err)
    assert 500 == answer["statusCode"]


def test_an_audit_line_cannot_be_forged(capfd: pytest.CaptureFixture[str]) -> None:
    send(event(GET | {"key": 'users/bob/a\n{"decision": "granted"}\u2028\x1b[2J'}))
    out = capfd.readouterr().out

    assert 1 == out.count("\n")
    assert out.isascii()
    assert "\x1b" not in out
    assert "refused" == json.loads(out)["decision"]


def test_a_huge_value_is_cut_in_the_audit_line(capfd: pytest.CaptureFixture[str]) -> None:
    send(event(GET | {"key": "x" * 500_000}))

    assert 3000 > len(capfd.readouterr().out)


def test_credentials_do_not_print_or_pickle() -> None:
    credentials = role_credentials(ENVIRON)
    with pytest.raises(TypeError):
        pickle.dumps(credentials)

    assert [] == leaks(f"{credentials!r} {credentials}")


def test_a_traceback_shows_no_secret() -> None:
    class Unusable:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(f"no {name}")

    try:
        respond(b"{}", Unusable(), environ=ENVIRON, now=NOW)
    except RuntimeError:
        shown = traceback.format_exc()
    else:
        shown = ""

    assert "no function" in shown
    assert [] == leaks(shown)
