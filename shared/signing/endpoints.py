"""Hosts of OSS: which one a URL names, and how bucket and key appear in it (OSS, endpoints)."""

from __future__ import annotations

import re
from typing import Literal

from shared.errors import InvalidRequest
from shared.values import value

_HOST = re.compile(r"(?:[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_WORD = re.compile("[A-Za-z0-9-]+")
_IP_ADDRESS = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@value
class Endpoint:
    """Where requests go, and the region and product that their signatures name.

    ``style``: ``virtual`` (bucket in the host), ``path`` (bucket in the path; always for IP addresses),
    ``cname`` (the host belongs to the bucket). A cloud box's id takes the place of the region, and
    ``oss-cloudbox`` that of the product.
    """

    region: str
    host: str
    scheme: Literal["https", "http"] = "https"
    style: Literal["virtual", "path", "cname"] = "virtual"
    product: str = "oss"

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.region) or not _WORD.fullmatch(self.product):
            raise InvalidRequest("endpoint: region and product are letters, digits and hyphens")
        if not _HOST.fullmatch(self.host):
            raise InvalidRequest("endpoint: host is a name or an address, with a port at most")
        if self.scheme not in ("https", "http") or self.style not in ("virtual", "path", "cname"):
            raise InvalidRequest("endpoint: scheme is https or http; style is virtual, path or cname")
        if _IP_ADDRESS.fullmatch(self.host):
            object.__setattr__(self, "style", "path")

    @classmethod
    def public(cls, region: str) -> Endpoint:
        """Return the region's public endpoint."""
        return cls(region=region, host=f"oss-{region}.aliyuncs.com")

    @classmethod
    def internal(cls, region: str) -> Endpoint:
        """Return the endpoint that only machines inside the region's network reach."""
        return cls(region=region, host=f"oss-{region}-internal.aliyuncs.com")

    @classmethod
    def dual_stack(cls, region: str) -> Endpoint:
        """Return the endpoint that answers over IPv6 too."""
        return cls(region=region, host=f"{region}.oss.aliyuncs.com")

    @classmethod
    def accelerate(cls, region: str, *, overseas: bool = False) -> Endpoint:
        """Return the transfer-acceleration endpoint; ``region`` stays the bucket's own."""
        return cls(region=region, host=f"oss-accelerate{'-overseas' if overseas else ''}.aliyuncs.com")

    @classmethod
    def custom_domain(cls, domain: str, *, region: str) -> Endpoint:
        """Return a domain that is bound to the bucket."""
        return cls(region=region, host=domain, style="cname")

    def root(self, bucket: str | None) -> str:
        """Return the URL up to the key: ``https://bucket.host/``, ``https://host/bucket/`` or ``https://domain/``."""
        if bucket is None or self.style == "cname":
            return f"{self.scheme}://{self.host}/"
        return (
            f"{self.scheme}://{self.host}/{bucket}/"
            if self.style == "path"
            else f"{self.scheme}://{bucket}.{self.host}/"
        )
