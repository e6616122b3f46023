"""Tickets of a deployment: where they are redeemed, what seals them, how long they live."""

from __future__ import annotations

from datetime import timedelta

from shared.errors import Misconfigured
from shared.seals.keys import SealKeys
from shared.settings.completion import PLAIN_PATH, sealing_keys, web_address
from shared.settings.reading import Environ, variables
from shared.settings.ticket_variables import TicketVariables
from shared.settings.upload_variables import UploadVariables
from shared.settings.variables import BucketVariables
from shared.values import value


@value
class TicketPolicy:
    """How this deployment makes tickets; ``path`` is that of ``url``, without a last slash."""

    url: str
    path: str
    keys: SealKeys
    longest_link: timedelta

    def url_of(self, ticket: str) -> str:
        """Return the URL in which a ticket is handed out."""
        return f"{self.url}/{ticket}"


def ticket_policy(environ: Environ) -> TicketPolicy | None:
    """Return how tickets are made, None where ``TICKET_URL`` is unset; raises ``Misconfigured``."""
    read = variables(TicketVariables, environ)
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
    )
