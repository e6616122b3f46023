"""The emulated cloud: one account with its clock, identities, buckets, STS and a log of what was asked."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

from .cdn import Cdn
from .clock import Clock
from .faults import Faults
from .ram.identities import Identities
from .store.buckets import KIND as BUCKETS
from .store.buckets import Bucket
from .store.settings import CorsRule, Settings
from .store.storage import Store
from .sts.service import StsService
from .wire.errors import OssError
from .wire.incoming import BUCKET_NAME
from .wire.outgoing import Deliver, over_loopback

LOG_LENGTH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One request as the access log keeps it: no secret, token, signature or whole URL."""

    at: datetime
    method: str
    bucket: str | None
    key: str | None
    access_key_id: str | None
    operation: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """One object that was stored, as an event tells of it."""

    at: datetime
    operation: str
    bucket: str
    key: str
    size: int
    etag: str
    request_id: str


class Cloud:
    """State of the emulator. ``folder`` keeps objects and uploads; without one they end with this object.

    ``cdns`` are CDN domains in front of buckets; ``deliver`` sends callbacks, to loopback addresses only;
    ``announce`` is told of each object that was stored.
    ``public_endpoint_open`` is False for accounts that may not call objects on the public endpoints of the
    Chinese mainland, ``type_overrides_open`` True where a GET may ask for another media type than was stored, which the
    service has refused since January 2025. ``treat_loopback_as_secure`` lets ``acs:SecureTransport`` hold for plain http from this machine.
    """

    def __init__(
        self,
        *,
        account_id: str = "123456789012",
        region: str = "cn-hangzhou",
        folder: Path | None = None,
        treat_loopback_as_secure: bool = False,
        public_endpoint_open: bool = True,
        type_overrides_open: bool = False,
    ) -> None:
        self.account_id, self.region = account_id, region
        self.treat_loopback_as_secure = treat_loopback_as_secure
        self.public_endpoint_open = public_endpoint_open
        self.type_overrides_open = type_overrides_open
        self.clock = Clock()
        self.identities = Identities(account_id=account_id, clock=self.clock)
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="oss-emulator-")
        self.store = Store(folder or Path(self._temporary.name if self._temporary else "."))
        self.custom_domains: dict[str, str] = {}
        self.cdns: dict[str, Cdn] = {}
        self.deliver: Deliver = over_loopback
        self.announce: Callable[[Landed], None] = lambda _: None
        self.log: deque[Logged] = deque(maxlen=LOG_LENGTH)
        self.faults = Faults()
        self.sts = StsService(self)
        self._lock = RLock()
        self._buckets: dict[str, Bucket] = {}
        for name in self.store.documents(BUCKETS):
            self._add(name)

    def create_bucket(
        self,
        name: str,
        *,
        versioned: bool = False,
        cors: Sequence[CorsRule] = (),
        blocks_public_access: bool | None = None,
        custom_domain: str | None = None,
    ) -> Bucket:
        """Return a bucket in this cloud's region; one that is there already is set as asked, and keeps the rest.

        Raises ``ValueError`` for a name that no request can address.

        ``blocks_public_access``: no ACL and no bucket policy opens it to everybody, as in new buckets of the service.
        """
        if not BUCKET_NAME.fullmatch(name):
            raise ValueError(f"no name of a bucket: {name}; 3 to 63 of a-z, 0-9 and -, no - at either end")
        asked: dict[str, Any] = {"versioning": "Enabled"} if versioned else {}
        asked |= {"cors": tuple(cors)} if cors else {}
        asked |= {} if blocks_public_access is None else {"blocks_public": blocks_public_access}
        with self.locked():
            bucket = self._buckets.get(name) or self._add(name)
            bucket.set(**asked)
        if custom_domain is not None:
            self.custom_domains[custom_domain] = name
        return bucket

    def _add(self, name: str) -> Bucket:
        created = self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        bucket = Bucket(name=name, region=self.region, store=self.store, settings=Settings(created=created))
        self._buckets[name] = bucket
        return bucket

    def remove_bucket(self, name: str) -> None:
        """Forget a bucket, in the folder too; raises ``OssError`` unless it is empty."""
        with self.locked():
            self.bucket(name).remove()
            del self._buckets[name]

    def buckets(self) -> list[Bucket]:
        """Return all buckets by name."""
        with self.locked():
            return [self._buckets[name] for name in sorted(self._buckets)]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no bucket come or go for more than one step."""
        with self._lock:
            yield

    def put_cdn_before(self, bucket: str, cdn: Cdn) -> None:
        """Let a CDN serve a bucket: with a role of its own, which reads all of it."""
        self.bucket(bucket)
        self.cdns[cdn.domain] = replace(cdn, bucket=bucket)

    def bucket(self, name: str) -> Bucket:
        """Return a bucket by name; raises ``OssError``."""
        bucket = self._buckets.get(name)
        if bucket is None:
            raise OssError("no-bucket", BucketName=name)
        return bucket

    def close(self) -> None:
        """Forget the temporary folder."""
        if self._temporary is not None:
            self._temporary.cleanup()
