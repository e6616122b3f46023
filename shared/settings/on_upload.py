"""Settings of ``on_upload``: whose callbacks are taken, where the object is looked at, and who is told."""

from __future__ import annotations

from base64 import b64decode

from shared.errors import Misconfigured
from shared.settings.bucket.endpoints import endpoints
from shared.settings.caller import CallerSettings, CorsPolicy, IdentityPolicy
from shared.settings.completion import Completion, WebAddress, completion, web_address
from shared.settings.variables.granting import BucketVariables
from shared.settings.variables.reading import Environ, variables
from shared.settings.variables.uploads import CallbackVariables
from shared.signing import Endpoint
from shared.signing.callback import PUBLISHED_KEY, PublicKey, public_keys
from shared.values import value

_ANY_TARGET = r"(/[!$-;=?-~]*)?"
_FEWEST_BYTES, _MOST_BYTES = 24, 64
"""Of a secret (Standard Webhooks, signature scheme)."""


@value
class Webhook:
    """Who is told of finished uploads, and the secret that signs what is said."""

    address: WebAddress
    secret: bytes

    def __repr__(self) -> str:
        return f"Webhook(host={self.address.host!r})"


@value
class OnUploadSettings:
    """All that the function ``on_upload`` needs to know."""

    bucket: str
    endpoint: Endpoint
    completion: Completion | None
    """None where ON_UPLOAD_URL is unset: then OSS calls after no upload, and no call is answered."""
    callback_keys: tuple[PublicKey, ...]
    webhook: Webhook | None
    caller: CallerSettings
    """OSS calls, and no web page."""


def on_upload_settings(environ: Environ) -> OnUploadSettings:
    """Return the settings of ``on_upload``; raises ``Misconfigured``."""
    bucket, read = variables(BucketVariables, environ), variables(CallbackVariables, environ)
    return OnUploadSettings(
        bucket=bucket.oss_bucket,
        endpoint=endpoints(bucket)["internal"],
        completion=completion(environ),
        callback_keys=_callback_keys(read.oss_callback_keys),
        webhook=_webhook(read, allow_insecure=bucket.allow_insecure_endpoints),
        caller=CallerSettings(identity=IdentityPolicy(), cors=CorsPolicy()),
    )


def _callback_keys(pem: str | None) -> tuple[PublicKey, ...]:
    try:
        return public_keys(PUBLISHED_KEY if pem is None else pem)
    except ValueError as error:
        raise Misconfigured("OSS_CALLBACK_KEYS", str(error)) from None


def _webhook(read: CallbackVariables, *, allow_insecure: bool) -> Webhook | None:
    # A secret is proved before anybody is told: it may be set first.
    secret = None if read.upload_webhook_secret is None else _secret(read.upload_webhook_secret)
    if read.upload_webhook_url is None:
        return None
    if secret is None:
        raise Misconfigured("UPLOAD_WEBHOOK_SECRET", "required where UPLOAD_WEBHOOK_URL is set")
    address = web_address(
        "UPLOAD_WEBHOOK_URL", read.upload_webhook_url, target=_ANY_TARGET, allow_insecure=allow_insecure
    )
    return Webhook(address=address, secret=secret)


def _secret(text: str) -> bytes:
    try:
        secret = b64decode(text.removeprefix("whsec_"), validate=True) if text.startswith("whsec_") else b""
    except ValueError:
        secret = b""
    if not _FEWEST_BYTES <= len(secret) <= _MOST_BYTES:
        raise Misconfigured(
            "UPLOAD_WEBHOOK_SECRET", "'whsec_<base64 of 24 to 64 bytes>'; make secrets prints one"
        )
    return secret
