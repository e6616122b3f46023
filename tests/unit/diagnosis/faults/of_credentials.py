"""Who signed, and where: faults of credential scope, AccessKey and security token."""

from __future__ import annotations

from datetime import timedelta

from oss_emulator.ram.identities import Principal
from tests.unit.diagnosis.faults.fault import ON_THE_WAY, Fault, substitute
from tests.unit.diagnosis.signed_world import Signed, World


def _old_key_new_token(world: World) -> Signed:
    old, new = world.session(), world.session()
    mixed = Principal(
        kind="session",
        arn=old.arn,
        access_key_id=old.access_key_id,
        access_key_secret=old.access_key_secret,
        security_token=new.security_token,
    )
    return world.sign("GET", principal=mixed)


def _other_secret(world: World) -> Signed:
    user = world.user
    stranger = Principal(
        kind="user", arn=user.arn, access_key_id=user.access_key_id, access_key_secret="not-the-secret"
    )
    return world.sign("GET", principal=stranger)


def as_ali_oss_writes(url: str) -> str:
    """Return the URL in the order of ``ali-oss``: by name, then token and signature; all stays signed."""
    start, _, query = url.partition("?")
    return f"{start}?{'&'.join(sorted(query.split('&'), key=lambda pair: ('signature=' in pair, 'token=' in pair, pair)))}"


def _signed_by_v1(url: str) -> str:
    return f"{url.partition('?')[0]}?OSSAccessKeyId=LTAIid&Expires=1795435200&Signature=c2lnbmF0dXJl%3D"


CREDENTIALS = (
    Fault(
        name="region of another place",
        expected="region",
        make=lambda world: world.sign("GET", region="cn-shanghai"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="region with the oss- prefix",
        expected="region",
        make=lambda world: world.sign("GET", region="oss-cn-hangzhou"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="region wrong behind a custom domain",
        expected="region",
        make=lambda world: world.sign("GET", region="cn-shanghai", domain=True),
        url_alone=False,
        refused=("InvalidArgument",),
    ),
    Fault(
        name="product of a cloud box",
        expected="product",
        make=lambda world: world.sign("GET", product="oss-cloudbox"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="scope of another day",
        expected="scope-date",
        pasted=substitute("x-oss-date=([0-9]{7})[0-9]", r"x-oss-date=\g<1>9"),
        this_clock=timedelta(days=6),
        after=timedelta(days=6),
        refused=("AccessDenied", "InvalidArgument"),
        url_alone=True,
    ),
    Fault(
        name="host of another bucket",
        expected="bucket",
        on_the_way=lambda url: url.replace("//examplebucket.", "//otherbucket."),
        **ON_THE_WAY,
    ),
    Fault(
        name="security token missing",
        expected="security-token-missing",
        make=World.of_session,
        pasted=substitute("x-oss-security-token=[^&]*&", ""),
        refused=("InvalidAccessKeyId",),
    ),
    Fault(
        name="security token cut",
        expected="security-token-cut",
        make=World.of_session,
        pasted=substitute("(x-oss-security-token=CAIS[^&]{100})[^&]*", r"\1x"),
        refused=("InvalidSecurityToken", "AccessKeyIdAndSecurityTokenNotMatch"),
    ),
    Fault(
        name="security token cut at four characters",
        expected="security-token-cut",
        make=World.of_session,
        pasted=substitute("(x-oss-security-token=CAIS[^&]{100})[^&]*", r"\1"),
        url_alone=False,
        refused=("InvalidSecurityToken", "AccessKeyIdAndSecurityTokenNotMatch"),
    ),
    Fault(
        name="old key with a new token",
        expected="mixed-credentials",
        make=_old_key_new_token,
        url_alone=False,
        refused=("InvalidSecurityToken", "AccessKeyIdAndSecurityTokenNotMatch"),
    ),
    Fault(
        name="ali-oss refreshed its session while it signed",
        expected="mixed-credentials",
        make=_old_key_new_token,
        pasted=as_ali_oss_writes,
        url_alone=False,
        refused=("InvalidSecurityToken", "AccessKeyIdAndSecurityTokenNotMatch"),
    ),
    Fault(
        name="permanent key with a token",
        expected="mixed-credentials",
        make=World.of_session,
        pasted=substitute(r"x-oss-credential=STS\.N", "x-oss-credential=LTAI5t"),
        refused=("InvalidAccessKeyId",),
    ),
    Fault(
        name="deleted key",
        expected="access-key-unknown",
        pasted=substitute("x-oss-credential=LTAI....", "x-oss-credential=LTAIgone"),
        url_alone=False,
        refused=("InvalidAccessKeyId",),
    ),
    Fault(name="V1 URL", expected="v1-url", pasted=_signed_by_v1, refused=("InvalidArgument",)),
    Fault(name="another secret", expected="signed-otherwise", make=_other_secret, url_alone=False),
)
