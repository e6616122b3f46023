"""The bucket of a deployment: its hosts, and the scopes in which keys of it are granted."""

from __future__ import annotations

from collections.abc import Mapping

from shared.grants.objects.content import ContentRules
from shared.grants.scopes import GrantScope, Scopes
from shared.settings.bucket.endpoints import default_endpoint, endpoints
from shared.settings.bucket.scopes import grant_scopes
from shared.settings.variables.granting import BucketVariables
from shared.settings.variables.reading import Environ, variables
from shared.signing import Endpoint
from shared.values import value


@value
class BucketSettings:
    """What every function knows: hosts, scopes, and whether plain http is let through (local demo)."""

    endpoints: Mapping[str, Endpoint]
    default_endpoint: str
    scopes: Scopes
    secure_transport: bool

    @property
    def endpoint(self) -> Endpoint:
        """Where requests, forms, links and sessions go that name no endpoint."""
        return self.endpoints[self.default_endpoint]

    @property
    def name(self) -> str:
        """The bucket itself: the same in every scope."""
        return next(iter(self.scopes.values())).bucket

    @property
    def grant_scope(self) -> GrantScope:
        """What may be asked for without a profile."""
        return self.scopes[None]


def bucket_settings(
    environ: Environ, *, claims: tuple[str, ...], content: ContentRules, profiles: bool = True
) -> BucketSettings:
    """Return hosts and scopes of the bucket, named ones with ``profiles``; raises ``Misconfigured``."""
    read = variables(BucketVariables, environ)
    known = endpoints(read)
    return BucketSettings(
        endpoints=known,
        default_endpoint=default_endpoint(read, known),
        scopes=grant_scopes(environ, read, claims=claims, content=content, profiles=profiles),
        secure_transport=not read.allow_insecure_endpoints,
    )
