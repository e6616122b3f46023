"""Completion of uploads: whom OSS asks when one has ended, and the keys that seal what was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shared.errors import Misconfigured
from shared.settings.variables.granting import BucketVariables
from shared.settings.variables.reading import Environ, checked, variables
from shared.settings.variables.uploads import UploadVariables
from shared.values import value

if TYPE_CHECKING:
    from shared.seals.keys import SealKeys

_AUTHORITY = r"://([A-Za-z0-9.-]+(?::[0-9]{1,5})?)"
# Plain, so that OSS signs the same path that stands here (OSS, callback: the path is URL-decoded).
PLAIN_PATH = r"(/[A-Za-z0-9._~/-]*)"


class WebAddress(NamedTuple):
    """An address to send to: ``target`` is path and query."""

    scheme: str
    host: str
    target: str


@value
class Completion:
    """What uploads say to OSS: call ``url``, with what was granted, sealed."""

    url: str
    path: str
    keys: SealKeys
    deletes: bool = False
    """Whether an object that is not as granted is deleted."""


def completion(environ: Environ) -> Completion | None:
    """Return what uploads carry, None where ``ON_UPLOAD_URL`` is unset; raises ``Misconfigured``."""
    read = variables(UploadVariables, environ)
    keys = None if read.seal_keys is None else sealing_keys(read.seal_keys)
    if read.on_upload_url is None:
        if read.on_upload_refused == "delete":
            raise Misconfigured("ON_UPLOAD_REFUSED", "'delete' needs ON_UPLOAD_URL: nobody would look")
        return None
    if keys is None:
        raise Misconfigured("SEAL_KEYS", "required where ON_UPLOAD_URL is set")
    is_insecure = variables(BucketVariables, environ).allow_insecure_endpoints
    address = web_address("ON_UPLOAD_URL", read.on_upload_url, target=PLAIN_PATH, allow_insecure=is_insecure)
    return Completion(
        url=read.on_upload_url, path=address.target, keys=keys, deletes=read.on_upload_refused == "delete"
    )


def web_address(variable: str, text: str, *, target: str, allow_insecure: bool) -> WebAddress:
    """Return the address that a variable holds, of https and with a path; raises ``Misconfigured``."""
    pattern = f"({'https?' if allow_insecure else 'https'}){_AUTHORITY}{target}"
    checked(variable, text, pattern, "an https URL with a path, plain characters, no user info, no fragment")
    scheme, _, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    return WebAddress(scheme, host, slash + path)


def sealing_keys(text: str) -> SealKeys:
    """Return the keys that ``SEAL_KEYS`` holds; raises ``Misconfigured``."""
    # A deployment without seals starts without what makes them.
    from shared.seals.keys import seal_keys

    try:
        return seal_keys(text)
    except ValueError as error:
        raise Misconfigured("SEAL_KEYS", f"{error}; make secrets prints one") from None
