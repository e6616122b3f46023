"""The frame of every handler: runtime, audit trail, settings and clock of one call.

A function's ``index.py`` names its settings and its operation; all else of an invocation happens here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from shared.fc.audit import Trail
from shared.fc.credentials import role_credentials
from shared.fc.http import HasCaller, Refuse, Reply, refusal, serve
from shared.fc.invocation import Invocation, Runtime, runtime_of
from shared.settings.functions import once
from shared.signing import Credentials
from shared.values import NOTHING, replaced, value

if TYPE_CHECKING:
    from shared.oidc.policy import OidcPolicy
    from shared.oidc.verifier import Verifier
    from shared.sessions.cache import SessionCache

Settings = TypeVar("Settings")
Settings_co = TypeVar("Settings_co", covariant=True)
Served = TypeVar("Served", bound=HasCaller)
Environ = Mapping[str, str]
Answer = dict[str, Any]


class Kept:
    """What an instance keeps from call to call: sessions of roles, made room for when first needed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sessions: SessionCache | None = None
        self._verifiers: dict[OidcPolicy, Verifier] = {}
        self._latest: tuple[OidcPolicy, Verifier] | None = None
        self._is_new = True

    def is_new(self) -> bool:
        """Tell whether this is the first time that anybody asks."""
        was_new, self._is_new = self._is_new, False
        return was_new

    def sessions(self) -> SessionCache:
        """Return the cache of sessions, one for the life of the instance."""
        # A function that asks STS for nothing starts without it.
        from shared.sessions.cache import SessionCache

        with self._lock:
            self._sessions = self._sessions or SessionCache()
            return self._sessions

    def verifier(self, policy: OidcPolicy) -> Verifier:
        """Return what verifies tokens by this policy, one for the life of the instance."""
        latest = self._latest
        if latest is not None and latest[0] is policy:
            return latest[1]
        # Most deployments let the trigger verify tokens, and start without it.
        from shared.oidc.verifier import Verifier

        with self._lock:
            if policy not in self._verifiers:
                self._verifiers[policy] = Verifier(policy)
            self._latest = policy, self._verifiers[policy]
            return self._verifiers[policy]


@value
class Call(Generic[Settings_co]):
    """What is known of one invocation before anything is decided; ``credentials`` are the function's own."""

    settings: Settings_co
    runtime: Runtime
    trail: Trail
    credentials: Credentials
    kept: Kept
    now: datetime

    def handed_on(self, settings: Settings) -> Call[Settings]:
        """Return the same call, as an operation has it that knows these ``settings``."""
        held: Any = self
        handed: Call[Settings] = replaced(held, settings=settings)
        return handed


@value
class Opening(Generic[Settings]):
    """An invocation whose settings are not loaded yet, so that a refusal of theirs can be answered."""

    runtime: Runtime
    environ: Environ
    now: datetime
    kept: Kept
    load: Callable[[Environ], Settings]
    began: float

    def call(self, client: Mapping[str, str] = NOTHING) -> Call[Settings]:
        """Return the call of a ``client``, as the audit trail says it; raises ``Misconfigured``."""
        return Call(
            settings=self.load(self.environ),
            runtime=self.runtime,
            trail=Trail(
                now=self.now,
                request_id=self.runtime.request_id,
                function=self.runtime.function,
                client=client,
                began=self.began,
                cold=self.kept.is_new(),
            ),
            credentials=role_credentials(self.environ),
            kept=self.kept,
            now=self.now,
        )


class Function(Generic[Settings]):
    """One function: ``handle`` is for the platform, ``respond`` for tests and other hosts."""

    def __init__(
        self,
        name: str,
        *,
        load: Callable[[Environ], Settings],
        answer: Callable[[bytes, Opening[Settings]], Answer],
    ) -> None:
        self._name, self._load, self._answer = name, load, answer
        self._load_once, self._kept = once(load), Kept()

    def handle(self, event: bytes, context: Any) -> Answer:
        """Answer an invocation in the process's environment, now; settings are loaded once."""
        opening = self._opening(
            context, environ=os.environ, now=datetime.now(timezone.utc), load=self._load_once
        )
        return self._answer(event, opening)

    def respond(self, event: bytes, context: Any, *, environ: Environ, now: datetime) -> Answer:
        """Answer an invocation in this environment and at this time (aware, UTC)."""
        return self._answer(event, self._opening(context, environ=environ, now=now, load=self._load))

    def _opening(
        self, context: Any, *, environ: Environ, now: datetime, load: Callable[[Environ], Settings]
    ) -> Opening[Settings]:
        began = perf_counter()
        runtime = runtime_of(context, function=self._name)
        return Opening(runtime=runtime, environ=environ, now=now, kept=self._kept, load=load, began=began)


def on_event(
    operate: Callable[[bytes, Call[Settings]], Answer],
) -> Callable[[bytes, Opening[Settings]], Answer]:
    """Return what answers events; what it raises goes to the platform, which tries again."""
    return lambda event, opening: operate(event, opening.call())


def over_http(
    operate: Callable[[Invocation, Call[Served]], Reply],
    *,
    allow: tuple[str, ...],
    refuse: Refuse = refusal,
) -> Callable[[bytes, Opening[Served]], Answer]:
    """Return what answers HTTP requests with one of the methods ``allow``, and direct invocations."""

    def answer(event: bytes, opening: Opening[Served]) -> Answer:
        return serve(
            event,
            request_id=opening.runtime.request_id,
            load=lambda invocation: opening.call(invocation.unverified_client),
            operate=operate,
            allow=allow,
            refuse=refuse,
        )

    return answer
