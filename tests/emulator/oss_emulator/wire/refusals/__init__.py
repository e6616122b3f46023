"""Every refusal of the emulated OSS, by its name."""

from __future__ import annotations

from .buckets import BUCKETS
from .forms import FORMS
from .permissions import PERMISSIONS
from .requests import REQUESTS
from .row import Row
from .signatures import SIGNATURES

ERRORS: dict[str, Row] = SIGNATURES | PERMISSIONS | REQUESTS | BUCKETS | FORMS
