"""Settings of ``on_upload``: whose callbacks, which endpoint, and a webhook that can be verified."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from standardwebhooks import Webhook as TheirWebhook

from oss_emulator.wire.callback_key import public_key_pem
from shared.errors import Misconfigured
from shared.on_upload.webhook import signed_request
from shared.settings.functions import on_upload_settings
from shared.signing.callback import PUBLISHED_KEY, public_keys
from tests.world import BUCKET_ONLY, NOON, context, http_event, instance, own_credentials

SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
HOOK = {"UPLOAD_WEBHOOK_URL": "https://app.example.com/hooks?a=b", "UPLOAD_WEBHOOK_SECRET": SECRET}
ON_UPLOAD = {
    **BUCKET_ONLY,
    "ON_UPLOAD_URL": "https://grants.example.com/uploads",
    "SEAL_KEYS": "k1:" + "b" * 42 + "A",
    **HOOK,
}


def test_the_published_key_and_the_internal_endpoint_are_the_defaults() -> None:
    settings = on_upload_settings(ON_UPLOAD)

    assert public_keys(PUBLISHED_KEY) == settings.callback_keys
    assert ("https", "oss-cn-hangzhou-internal.aliyuncs.com") == (
        settings.endpoint.scheme,
        settings.endpoint.host,
    )


def test_several_keys_may_be_pinned() -> None:
    settings = on_upload_settings({**ON_UPLOAD, "OSS_CALLBACK_KEYS": PUBLISHED_KEY + public_key_pem()})

    assert public_keys(PUBLISHED_KEY + public_key_pem()) == settings.callback_keys


@pytest.mark.parametrize(
    ("variable", "changes"),
    [
        ("OSS_CALLBACK_KEYS", {"OSS_CALLBACK_KEYS": "https://gosspublic.alicdn.com/callback_pub_key_v1.pem"}),
        *(
            ("UPLOAD_WEBHOOK_URL", {"UPLOAD_WEBHOOK_URL": url})
            for url in (
                "http://app.example.com/hooks",
                "https://u@app.example.com/",
                "https://app.example.com/#a",
                "https://app.example.com/ a",
                "https://app.example.com/\r\nX: y",
                "app.example.com",
            )
        ),
        *(
            ("UPLOAD_WEBHOOK_SECRET", {"UPLOAD_WEBHOOK_SECRET": secret})
            for secret in ("", SECRET[6:], "whsec_", "whsec_c2hvcnQ=", "whsec_!", "whsec_" + "A" * 88)
        ),
        ("UPLOAD_WEBHOOK_SECRET", {"UPLOAD_WEBHOOK_URL": "", "UPLOAD_WEBHOOK_SECRET": "whsec_!"}),
        ("SEAL_KEYS", {"SEAL_KEYS": ""}),
    ],
)
def test_what_is_wrong_does_not_start(variable: str, changes: dict[str, str]) -> None:
    with pytest.raises(Misconfigured) as refused:
        on_upload_settings({**ON_UPLOAD, **changes})

    assert variable == refused.value.variable


def test_the_secret_does_not_print() -> None:
    assert "Webhook(host='app.example.com')" == repr(on_upload_settings(ON_UPLOAD).webhook)


def test_without_an_address_no_call_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    event = json.dumps(http_event("etag=x", sub=None)).encode()
    answer: Any = instance("on_upload")(
        event, context(), environ={**BUCKET_ONLY, **own_credentials()}, now=NOON
    )

    assert 500 == answer["statusCode"]
    assert '"variable": "ON_UPLOAD_URL"' in capsys.readouterr().out


def test_a_message_verifies_as_receivers_verify_it() -> None:
    webhook = on_upload_settings(ON_UPLOAD).webhook
    assert webhook is not None
    request = signed_request(webhook, b'{"a":1}', message_id="id.etag", now=datetime.now(timezone.utc))

    assert {"a": 1} == TheirWebhook(SECRET).verify(request.body or b"", dict(request.headers))
    assert ("https", "app.example.com", "/hooks?a=b") == (request.scheme, request.host, request.target)


def test_a_bare_host_is_told_at_its_root() -> None:
    webhook = on_upload_settings({**ON_UPLOAD, "UPLOAD_WEBHOOK_URL": "https://app.example.com"}).webhook
    assert webhook is not None

    assert "/" == signed_request(webhook, b"", message_id="x", now=NOON).target
