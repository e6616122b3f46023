"""The CDN in front of the bucket, where there is one."""

from __future__ import annotations

from datetime import timedelta

from shared.errors import Misconfigured
from shared.settings.bucket.endpoints import HOST_NAME
from shared.settings.variables.granting import CdnVariables
from shared.settings.variables.reading import Environ, checked, variables
from shared.signing.cdn import Cdn

_KEY = r"[A-Za-z0-9]{6,128}"


def cdn_settings(environ: Environ) -> Cdn | None:
    """Return how the CDN signs; raises ``Misconfigured`` for what is malformed, or given in part."""
    read = variables(CdnVariables, environ)
    if read.cdn_domain is None:
        if read.cdn_signing or read.cdn_key or read.read_endpoint:
            raise Misconfigured("CDN_DOMAIN", "required beside CDN_SIGNING, CDN_KEY and READ_ENDPOINT")
        return None
    if read.cdn_signing is None:
        raise Misconfigured("CDN_SIGNING", "required beside CDN_DOMAIN: a, b or c, as the console says")
    domain = checked(
        "CDN_DOMAIN", read.cdn_domain.lower(), HOST_NAME, "a bare host name such as 'cdn.example.com'"
    )
    if domain.endswith(".aliyuncs.com"):
        raise Misconfigured("CDN_DOMAIN", "a domain of your own that the CDN serves; no endpoint")
    return Cdn(
        domain=domain,
        signing=read.cdn_signing,
        key=checked("CDN_KEY", read.cdn_key or "", _KEY, "6 to 128 letters and digits, as the console says"),
        validity=timedelta(seconds=read.cdn_validity_seconds),
    )
