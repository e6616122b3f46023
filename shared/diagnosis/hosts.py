"""Host names of OSS: the bucket, region and product that each one tells (OSS, endpoints)."""

from __future__ import annotations

import re
from typing import NamedTuple

from shared.settings.bucket.endpoints import REGIONS

_BUCKET = r"(?:(?P<bucket>[a-z0-9][a-z0-9-]*)\.)?"
_REGION = r"(?P<region>[a-z0-9-]+?)"
_FORMS = tuple(
    re.compile(f"{_BUCKET}{form}")
    for form in (
        r"oss-accelerate(?:-overseas)?\.aliyuncs\.com",
        rf"oss-(?!website-){_REGION}(?:-internal)?\.aliyuncs\.com",
        rf"{_REGION}\.oss\.aliyuncs\.com",
        r"(?P<box>cb-[a-z0-9-]+)\.[a-z0-9-]+\.oss-cloudbox\.aliyuncs\.com",
    )
)


_ADDRESS = re.compile(r"[0-9.]+|[0-9a-f:]+", re.I)


class OssHost(NamedTuple):
    """A host; bucket, region and product are None where the name does not say them."""

    name: str
    is_oss: bool = False
    bucket: str | None = None
    region: str | None = None
    product: str | None = None

    @property
    def has_bucket_in_path(self) -> bool:
        """Whether URLs of this host begin with the bucket: an endpoint by itself, or an address."""
        return self.bucket is None and (self.is_oss or _ADDRESS.fullmatch(self.name) is not None)


def host_of(name: str) -> OssHost:
    """Return what ``name`` says; custom domains and addresses say nothing."""
    match = next((found for form in _FORMS if (found := form.fullmatch(name.lower()))), None)
    if match is None:
        return OssHost(name)
    said = match.groupdict()
    region = said.get("box") or _certain(said.get("region"))
    return OssHost(name, True, said["bucket"], region, "oss-cloudbox" if said.get("box") else "oss")


def _certain(region: str | None) -> str | None:
    """Return the region that a host names, where that is certain: financial clouds have hosts of other names."""
    return region if region in REGIONS else None
