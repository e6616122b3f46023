"""Requests for credentials: the fields of one, from JSON or from a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from shared.grants.operations import StsPermission
from shared.grants.scopes import check_profile_name
from shared.validation import Between, Length, checked_fields, model


@model
class StsRequest:
    """One set of temporary credentials, as a client asks for it."""

    permission: StsPermission | None = None
    """What the session may do; the deployment's default where absent."""
    profile: Annotated[str, Length(1, 32)] | None = None
    """A named grant scope of the deployment; its own scope where absent."""
    duration_seconds: Annotated[int, Between(1, 10**9)] | None = None
    """Life of the session in seconds, 900 to the deployment's maximum."""
    format: Literal["json", "mobile", "env", "process"] = "json"
    """Shape of the answer."""


def sts_request(fields: Mapping[str, Any], *, read_text: bool = False) -> StsRequest:
    """Return which credentials are asked for, by JSON object or by query parameters (``read_text``)."""
    asked = checked_fields(StsRequest, fields, read_text=read_text)
    check_profile_name(asked.profile)
    return asked
