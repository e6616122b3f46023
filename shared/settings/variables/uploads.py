"""Environment variables about finished uploads: whom OSS asks, what is sealed, who is told."""

from __future__ import annotations

from typing import Literal

from shared.validation import model


@model
class UploadVariables:
    """What is asked, and done, when an upload has ended."""

    on_upload_url: str | None = None
    """https address of `on_upload`, with a path and no query; set, every upload carries OSS's callback."""
    on_upload_refused: Literal["keep", "delete"] = "keep"
    """What happens to an object that is larger, or of another type, than was granted."""
    seal_keys: str | None = None
    """`k2:<base64url of 32 bytes or more>,k1:…`: the first seals, all verify; a secret."""


@model
class CallbackVariables:
    """Whose callbacks are taken when an upload has ended, and who is told."""

    oss_callback_keys: str | None = None
    """PEM blocks `PUBLIC KEY` that callbacks are verified with; unset: the key that OSS has published."""
    upload_webhook_url: str | None = None
    """https address that a message about every finished upload is sent to; unset: none is."""
    upload_webhook_secret: str | None = None
    """`whsec_<base64 of 24 to 64 bytes>`, which signs those messages; a secret."""
