"""The deployer's variables in the local stack."""

from __future__ import annotations

from tests.deploy.variables import names
from tests.local.chosen import KEPT, KEPT_BY_THE_DEMO, said, taken
from tests.local.client import ask
from tests.local.stack import ACCOUNT, running

MINE = {
    "OSS_BUCKET": "media",
    "OSS_REGION": "cn-shanghai",
    "OSS_ENDPOINT": "https://oss-cn-shanghai.aliyuncs.com",
    "OSS_CUSTOM_DOMAIN": "img.example.com",
    "IDENTITY_CLAIMS": "sub,tenant",
    "GRANT_WRITE_PREFIXES": "t/{tenant}/{sub}/",
    "TTL_MAX_SECONDS": "300",
    "STS_EXTERNAL_ID": "partner-7",
    "STS_ROLE_ARN": "acs:ram::9876543210987654:role/mine",
}


def test_every_variable_is_taken_but_those_that_lead_away() -> None:
    every = dict.fromkeys(names() | {"PLATFORM_PYTHON"}, "x")

    assert names() - KEPT | {"PLATFORM_PYTHON"} == taken(every, account_id=ACCOUNT).keys()


def test_it_says_what_it_took_and_what_it_left_out() -> None:
    chosen = taken(MINE, account_id=ACCOUNT)
    text = said(MINE, chosen)

    assert "  OSS_BUCKET=media\n" in text
    assert "  STS_EXTERNAL_ID=***\n" in text
    assert text.endswith("left out, since the emulator's own must stand: OSS_ENDPOINT\n")
    assert "" == said({}, taken({}, account_id=ACCOUNT))


def test_the_demo_keeps_to_the_one_host_that_is_here() -> None:
    mine = MINE | {"OSS_DEFAULT_ENDPOINT": "custom"}

    assert "custom" == taken(mine, account_id=ACCOUNT)["OSS_DEFAULT_ENDPOINT"]
    assert "public" == taken(mine, but=KEPT_BY_THE_DEMO, account_id=ACCOUNT)["OSS_DEFAULT_ENDPOINT"]
    assert "public" == taken(MINE, account_id=ACCOUNT)["OSS_DEFAULT_ENDPOINT"]


def test_the_functions_serve_what_was_chosen() -> None:
    with running(environ=taken(MINE, account_id=ACCOUNT)) as up:
        key = f"{up.folder}cat.png"
        answer = ask(up, "presign", {"operation": "PutObject", "key": key}).json()
        long = ask(up, "presign", {"operation": "PutObject", "key": key, "expires_in": 301})
        issued = ask(up, "sts", {"permission": "write"})

    assert ("media", "t/alice/alice/cat.png", 300) == (answer["bucket"], answer["key"], answer["expires_in"])
    assert (400, 200) == (long.status, issued.status)
