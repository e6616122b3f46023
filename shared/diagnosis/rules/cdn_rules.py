"""URLs that a CDN signed (Alibaba Cloud CDN, URL signing, types A, B and C), and how it refuses them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from shared.diagnosis.answers.oss_error import OF_THE_CDN
from shared.diagnosis.case import Case, Finding
from shared.diagnosis.rules.time_rules import clock

USUAL_VALIDITY = timedelta(seconds=1800)
"""What the console proposes; the URL does not say what it was set to."""

_BEIJING = timezone(timedelta(hours=8))
_TYPE_B = re.compile(r"/(?P<time>[0-9]{12})/[0-9a-f]{32}/.+")
_TYPE_C = re.compile(r"/[0-9a-f]{32}/(?P<time>[0-9A-Fa-f]{8})/.+")


def of_a_cdn(case: Case) -> list[Finding] | None:
    """Return what is wrong with a URL of a CDN, empty where nothing shows; None for other URLs."""
    begins = _begins(case)
    if begins is None:
        return None
    said = case.answer.message if case.answer is not None else ""
    if "expired" in said or (not said and begins + USUAL_VALIDITY <= case.looked_at):
        return [_expired(begins)]
    if re.search(r"%25[0-9A-Fa-f]{2}", case.url.path):
        return [
            Finding(
                "re-encoded",
                "The path was percent-encoded again: '%' became '%25', and the CDN hashes the path as it arrives.",
                "Hand the URL on as it is, letter by letter.",
            )
        ]
    return [_signature()] if said else []


def is_of_the_origin(case: Case) -> bool:
    """Tell whether the answer is OSS's, which the CDN handed on: its own has no error document."""
    return case.answer is not None and case.answer.code != OF_THE_CDN


def _begins(case: Case) -> datetime | None:
    """Return the time that stands in the URL, None where it is no URL of a CDN."""
    of_type_a = re.match(r"([0-9]{10})-[^-]*-[^-]*-[0-9a-f]{32}", case.url.value("auth_key") or "")
    of_type_b, of_type_c = _TYPE_B.fullmatch(case.url.path), _TYPE_C.fullmatch(case.url.path)
    try:
        if of_type_a:
            return datetime.fromtimestamp(int(of_type_a[1]), timezone.utc)
        if of_type_b:
            return datetime.strptime(of_type_b["time"], "%Y%m%d%H%M").replace(tzinfo=_BEIJING)
        if of_type_c:
            return datetime.fromtimestamp(int(of_type_c["time"], 16), timezone.utc)
    except ValueError:
        return None
    return None


def _expired(begins: datetime) -> Finding:
    ends = (begins + USUAL_VALIDITY).astimezone(timezone.utc)
    return Finding(
        "cdn-expired",
        f"The CDN's URL begins at {clock(begins.astimezone(timezone.utc))}; with the usual validity of 1,800 s it "
        f"ended at {clock(ends)}.",
        "Ask for a new URL; CDN_VALIDITY_SECONDS has to be the validity that the CDN's console says.",
    )


def _signature() -> Finding:
    return Finding(
        "cdn-signature",
        "The CDN calculates another hash: by another key or type of signing, or for another path than was signed.",
        "CDN_KEY and CDN_SIGNING have to be what the CDN's console says; hand the URL on letter by letter.",
    )
