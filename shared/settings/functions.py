"""Settings of each function, as one frozen model, loaded once and proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from shared.sessions.port import AssumableRole
from shared.settings.bucket.scopes import content_rules, download_rules, session_rules
from shared.settings.bucket.settings import BucketSettings, bucket_settings
from shared.settings.caller import CallerSettings, bearer_settings, caller_settings
from shared.settings.completion import Completion, completion
from shared.settings.signers import LinkSettings, assumable_role, link_settings
from shared.settings.variables.granting import IssuingVariables
from shared.settings.variables.reading import Environ, variables
from shared.values import value

if TYPE_CHECKING:
    from shared.settings.on_upload import OnUploadSettings
    from shared.settings.tickets import TicketPolicy

Settings = TypeVar("Settings")


@value
class PresignSettings:
    """All that the function ``presign`` needs to know."""

    bucket: BucketSettings
    links: LinkSettings
    caller: CallerSettings
    completion: Completion | None = None
    tickets: TicketPolicy | None = None
    """None where TICKET_URL is unset: then none are made."""


@value
class StsSettings:
    """All that the function ``sts`` needs to know."""

    bucket: BucketSettings
    caller: CallerSettings
    role: AssumableRole
    default_permission: str


@value
class TicketSettings:
    """All that the function ``ticket`` needs to know: what it hands on to, as those functions know it."""

    presign: PresignSettings
    sts: StsSettings | None
    """None where STS_ROLE_ARN is unset: then a ticket gives no credentials."""

    @property
    def caller(self) -> CallerSettings:
        """Who may call: whoever bears a ticket."""
        return self.presign.caller

    @property
    def tickets(self) -> TicketPolicy | None:
        """How tickets are made; None where ``TICKET_URL`` is unset: then none is good."""
        return self.presign.tickets


@value
class PresignOnEventSettings:
    """All that the function ``presign_on_event`` needs to know."""

    bucket: BucketSettings
    links: LinkSettings


def once(load: Callable[[Environ], Settings]) -> Callable[[Environ], Settings]:
    """Return ``load`` that keeps its first result: the environment of an instance does not change."""
    kept: list[Settings] = []

    def load_once(environ: Environ) -> Settings:
        if not kept:
            kept.append(load(environ))
        return kept[0]

    return load_once


def presign_settings(environ: Environ) -> PresignSettings:
    """Return the settings of ``presign``; raises ``Misconfigured``."""
    return _presigning(environ, caller=caller_settings(environ))


def _presigning(environ: Environ, *, caller: CallerSettings) -> PresignSettings:
    bucket = bucket_settings(environ, claims=caller.identity.claims, content=content_rules(environ))
    links = link_settings(environ, scopes=bucket.scopes)
    return PresignSettings(
        bucket=bucket,
        links=links,
        caller=caller,
        completion=completion(environ),
        tickets=_tickets(environ, bucket),
    )


def _tickets(environ: Environ, bucket: BucketSettings) -> TicketPolicy | None:
    if not environ.get("TICKET_URL") and not environ.get("TICKET_CLAIMS"):
        return None
    # A deployment without tickets starts without what seals them.
    from shared.settings.tickets import ticket_policy

    return ticket_policy(environ, bucket)


def sts_settings(environ: Environ) -> StsSettings:
    """Return the settings of ``sts``; raises ``Misconfigured``."""
    return _issuing(environ, caller=caller_settings(environ))


def _issuing(environ: Environ, *, caller: CallerSettings) -> StsSettings:
    issuing = variables(IssuingVariables, environ)
    return StsSettings(
        bucket=bucket_settings(environ, claims=caller.identity.claims, content=session_rules(environ)),
        caller=caller,
        role=assumable_role(environ, variable="STS_ROLE_ARN", arn=issuing.sts_role_arn),
        default_permission=issuing.sts_default_permission,
    )


def ticket_settings(environ: Environ) -> TicketSettings:
    """Return the settings of ``ticket``; raises ``Misconfigured``."""
    caller = bearer_settings(environ)
    sts = _issuing(environ, caller=caller) if environ.get("STS_ROLE_ARN") else None
    return TicketSettings(presign=_presigning(environ, caller=caller), sts=sts)


def presign_on_event_settings(environ: Environ) -> PresignOnEventSettings:
    """Return the settings of ``presign_on_event``: prefixes hold no claims; raises ``Misconfigured``."""
    bucket = bucket_settings(environ, claims=(), content=download_rules(environ), profiles=False)
    return PresignOnEventSettings(bucket=bucket, links=link_settings(environ, scopes=bucket.scopes))


def on_upload_settings(environ: Environ) -> OnUploadSettings:
    """Return the settings of ``on_upload``; raises ``Misconfigured``."""
    # Other functions start without what verifies callbacks.
    from shared.settings.on_upload import on_upload_settings as load

    return load(environ)
