"""The clock: faults of dates, lives and sessions."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.diagnosis.faults.fault import Fault, substitute
from tests.unit.diagnosis.signed_world import World

TIME = (
    Fault(name="expired", expected="expired", after=timedelta(seconds=700), refused=("AccessDenied",)),
    Fault(
        name="expired, a session's",
        expected="expired",
        make=World.of_session,
        after=timedelta(seconds=700),
        refused=("AccessDenied",),
    ),
    Fault(
        name="session over before the URL",
        expected="session-ended",
        make=lambda world: world.sign("GET", principal=world.session(), life=timedelta(hours=5)),
        after=timedelta(hours=2),
        url_alone=False,
        refused=("SecurityTokenExpired",),
    ),
    Fault(
        name="session older than any session",
        expected="session-ended",
        make=lambda world: world.sign("GET", principal=world.session(), life=timedelta(days=7)),
        after=timedelta(hours=37),
        refused=("SecurityTokenExpired",),
    ),
    Fault(
        name="not yet valid: signed by a fast clock",
        expected="not-yet-valid",
        after=timedelta(minutes=-20),
        refused=("AccessDenied",),
    ),
    Fault(
        name="clock skew: signed by a slow clock",
        expected="clock-skew",
        after=timedelta(hours=3),
        this_clock=timedelta(),
        url_alone=False,
        refused=("AccessDenied",),
    ),
    Fault(
        name="clock skew: a signed header",
        expected="clock-skew",
        make=lambda world: world.sign_header("GET"),
        after=timedelta(hours=3),
        this_clock=timedelta(),
        tells="sent",
        url_alone=False,
        refused=("RequestTimeTooSkewed",),
    ),
    Fault(
        name="lifetime of eight days",
        expected="lifetime",
        pasted=substitute("x-oss-expires=[0-9]+", "x-oss-expires=691200"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="lifetime of nothing",
        expected="lifetime",
        pasted=substitute("x-oss-expires=[0-9]+", "x-oss-expires=0"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="lifetime as a Unix time",
        expected="lifetime",
        pasted=substitute("x-oss-expires=[0-9]+", "x-oss-expires=1795435200"),
        refused=("InvalidArgument",),
    ),
)
