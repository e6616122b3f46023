"""Tickets of a deployment: where they are redeemed, what seals them, how long they live."""

from __future__ import annotations

import re
from datetime import timedelta

from shared.errors import Misconfigured
from shared.grants.objects.prefixes import PrefixTemplate, UnsafePrefix, may_meet, parse
from shared.redemptions.port import OssPlace, Place, RedisPlace
from shared.seals.keys import SealKeys
from shared.settings.bucket.settings import BucketSettings
from shared.settings.completion import PLAIN_PATH, sealing_keys, web_address
from shared.settings.variables.granting import BucketVariables
from shared.settings.variables.reading import Environ, variables
from shared.settings.variables.tickets import TicketVariables
from shared.settings.variables.uploads import UploadVariables
from shared.values import value

_REDIS_PLACE = (
    r"rediss?://(?:[A-Za-z0-9._~%!-]*:[A-Za-z0-9._~%!*-]+@)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[0-9]{1,3})?"
    r"(?:\?ssl_ca_certs=/[A-Za-z0-9_./-]+)?"
)
_OSS_PLACE = r"oss://([a-z0-9][a-z0-9-]{1,61}[a-z0-9])/((?:[A-Za-z0-9_.-]+/)+)"


@value
class TicketPolicy:
    """How this deployment makes tickets; ``path`` is that of ``url``, without a last slash."""

    url: str
    path: str
    keys: SealKeys
    longest_link: timedelta
    store: Place | None = None
    """Where uses are counted and revocations kept; None: no such tickets are made, and none is good."""

    def url_of(self, ticket: str) -> str:
        """Return the URL in which a ticket is handed out."""
        return f"{self.url}/{ticket}"


def ticket_policy(environ: Environ, bucket: BucketSettings) -> TicketPolicy | None:
    """Return how tickets are made, None where ``TICKET_URL`` is unset; raises ``Misconfigured``."""
    read = variables(TicketVariables, environ)
    store = None if read.ticket_claims is None else _place(read.ticket_claims, bucket)
    if read.ticket_url is None:
        return None
    keys = variables(UploadVariables, environ).seal_keys
    if keys is None:
        raise Misconfigured("SEAL_KEYS", "required where TICKET_URL is set")
    is_insecure = variables(BucketVariables, environ).allow_insecure_endpoints
    url = read.ticket_url.removesuffix("/")
    address = web_address("TICKET_URL", f"{url}/", target=PLAIN_PATH, allow_insecure=is_insecure)
    return TicketPolicy(
        url=url,
        path=address.target.removesuffix("/"),
        keys=sealing_keys(keys),
        longest_link=timedelta(seconds=read.ticket_max_seconds),
        store=store,
    )


def _place(text: str, bucket: BucketSettings) -> Place:
    """Return the store of redemptions; nobody may be granted anything of it."""
    if re.fullmatch(_REDIS_PLACE, text):
        return RedisPlace(url=text)
    found = re.fullmatch(_OSS_PLACE, text)
    if found is None:
        raise Misconfigured(
            "TICKET_CLAIMS",
            "'oss://<bucket>/<prefix>/' or 'rediss://<user>:<password>@<host>:<port>/<n>', plain characters",
        )
    prefix = _template(found[2])
    templates = [template for scope in bucket.scopes.values() for template in scope.templates()]
    if found[1] == bucket.grant_scope.bucket and any(may_meet(prefix, template) for template in templates):
        raise Misconfigured("TICKET_CLAIMS", "a prefix outside every prefix that is granted, by profiles too")
    return OssPlace(bucket=found[1], prefix=found[2], endpoint=bucket.endpoints["internal"])


def _template(prefix: str) -> PrefixTemplate:
    try:
        return parse(prefix, known_claims=())
    except UnsafePrefix as error:
        raise Misconfigured("TICKET_CLAIMS", str(error)) from None
