"""The text: faults that a URL catches in mails, pages, shells and proxies."""

from __future__ import annotations

import quopri
import re
from urllib.parse import quote

from tests.unit.diagnosis.faults.fault import ON_THE_WAY, Fault, substitute
from tests.unit.diagnosis.signed_world import World

TEXT = (
    Fault(
        name="bare plus in the key",
        expected="bare-plus",
        make=lambda world: world.sign("GET", key="users/alice/cat + hat.png"),
        pasted=lambda url: url.replace("%2B", "+"),
    ),
    Fault(
        name="bare plus for a space in the key",
        expected="bare-plus",
        make=lambda world: world.sign("GET", key="users/alice/my cat.png"),
        pasted=lambda url: url.replace("%20", "+"),
        refused=(),
    ),
    Fault(
        name="bare plus in the token",
        expected="bare-plus",
        make=World.of_session,
        pasted=lambda url: url.replace("%2B", "+"),
        refused=("InvalidSecurityToken",),
    ),
    Fault(
        name="percent-encoded twice",
        expected="re-encoded",
        pasted=lambda url: url.replace("%", "%25"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="percent-encoded as a whole",
        expected="re-encoded",
        pasted=lambda url: re.sub("[:/?=&%]", lambda found: f"%{ord(found[0]):02X}", url),
        refused=(),
    ),
    Fault(
        name="wrapped by a mail service",
        expected="wrapped",
        pasted=lambda url: f"https://links.example.com/?url={quote(url, safe='')}&data=05%7C02",
        refused=(),
    ),
    Fault(
        name="from the source of a mail",
        expected="quoted-printable",
        pasted=lambda url: quopri.encodestring(url.encode(), quotetabs=True).decode(),
        refused=(),
    ),
    Fault(
        name="path encoded again by a proxy",
        expected="re-encoded",
        make=lambda world: world.sign("GET", key="users/alice/cat + hat.png"),
        on_the_way=lambda url: url.replace("%2B", "%252B", 1),
        **ON_THE_WAY,
    ),
    Fault(name="cut in the signature", expected="truncated", pasted=lambda url: url[:-10]),
    Fault(
        name="cut before the signature",
        expected="truncated",
        pasted=substitute("&x-oss-signature=.*", ""),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="cut in the credential",
        expected="truncated",
        pasted=substitute("(x-oss-credential=LTAI).*", r"\1"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="cut by a shell at the first &",
        expected="truncated",
        pasted=substitute("&.*", ""),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="cut in an escape",
        expected="truncated",
        make=World.of_session,
        pasted=substitute("(x-oss-security-token=.*%2).*", r"\1"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="&amp; from HTML",
        expected="html-escaped",
        pasted=lambda url: url.replace("&", "&amp;"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="&#038; from a blog",
        expected="html-escaped",
        pasted=lambda url: url.replace("&", "&#038;"),
        refused=(),
    ),
    Fault(
        name="escaped three times by templates",
        expected="html-escaped",
        pasted=lambda url: url.replace("&", "&amp;amp;amp;"),
        refused=("InvalidArgument",),
    ),
    Fault(
        name="printed as a format",
        expected="printf",
        pasted=lambda url: url.replace("%2F", "%!F(MISSING)"),
        refused=(),
    ),
    Fault(
        name="bucket in the path",
        expected="path-style",
        pasted=lambda url: url.replace(
            "examplebucket.oss-cn-hangzhou.aliyuncs.com/", "oss-cn-hangzhou.aliyuncs.com/examplebucket/"
        ),
        refused=(),
    ),
    Fault(
        name="\\u0026 from JSON",
        expected="json-escaped",
        pasted=lambda url: url.replace("&", "\\u0026"),
        refused=(),
    ),
    Fault(
        name="pasted into a shell that escapes",
        expected="shell-escaped",
        pasted=substitute("([?&=])", r"\\\1"),
        refused=(),
    ),
    Fault(
        name="unseen character of a chat",
        expected="line-break",
        pasted=substitute("(&x-oss-date)", "\u200b\\1"),
        refused=(),
    ),
    Fault(
        name="broken over two lines",
        expected="line-break",
        pasted=substitute("(&x-oss-date)", r"\n  \1"),
        refused=(),
    ),
    Fault(
        name="closing bracket of a sentence", expected="trailing-characters", pasted=lambda url: f"{url})."
    ),
    Fault(
        name="bare # in the key",
        expected="fragment",
        make=lambda world: world.sign("GET", key="users/alice/a#b.png"),
        pasted=lambda url: url.replace("%23", "#"),
        refused=(),
    ),
)
