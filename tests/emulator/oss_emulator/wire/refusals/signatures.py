"""Refusals of who asks: signatures, their dates and scopes, keys and tokens."""

from __future__ import annotations

from .row import Row

SIGNATURES: dict[str, Row] = {
    "expired": Row(403, "AccessDenied", "Request has expired.", "0002-00000069", "inf"),
    "not-yet-valid": Row(403, "AccessDenied", "Request is not valid yet.", "0002-00000235", "inf"),
    "expires-out-of-range": Row(
        400, "InvalidArgument", "x-oss-expires is 1 to 604800.", "0002-00000232", "doc"
    ),
    "expires-missing": Row(400, "InvalidArgument", "x-oss-expires is missing.", "0002-00000215", "doc"),
    "signature-missing": Row(400, "InvalidArgument", "x-oss-signature is missing.", "0002-00000219", "doc"),
    "date-missing": Row(
        400, "InvalidArgument", "x-oss-date is missing or malformed.", "0002-00000505", "inf"
    ),
    "version-unknown": Row(
        400, "InvalidArgument", "The signature version is not OSS4-HMAC-SHA256.", "", "inf"
    ),
    "credential-header": Row(400, "InvalidArgument", "The credential is malformed.", "0002-00000206", "doc"),
    "credential-url": Row(400, "InvalidArgument", "The credential is malformed.", "0002-00000222", "doc"),
    "credential-form": Row(400, "InvalidArgument", "The credential is malformed.", "0002-00000710", "doc"),
    "additional-headers": Row(400, "InvalidArgument", "AdditionalHeaders is empty.", "0002-00000209", "doc"),
    "additional-header": Row(
        400, "InvalidArgument", "AdditionalHeaders holds an empty name.", "0002-00000210", "doc"
    ),
    "region": Row(
        400, "InvalidArgument", "Invalid signing region in Authorization header.", "0002-00000226", "src"
    ),
    "product": Row(
        400, "InvalidArgument", "Invalid signing product in Authorization header.", "0002-00000227", "src"
    ),
    "scope-date": Row(400, "InvalidArgument", "The credential's date is not x-oss-date's.", "", "inf"),
    "two-signatures": Row(400, "InvalidArgument", "A header and a URL signature in one request.", "", "doc"),
    "duplicate-parameter": Row(400, "InvalidArgument", "A query parameter occurs twice.", "", "inf"),
    "signature": Row(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        "0002-00000040",
        "rec",
    ),
    "unknown-key": Row(
        403,
        "InvalidAccessKeyId",
        "The OSS Access Key Id you provided does not exist in our records.",
        "0002-00000902",
        "doc",
    ),
    "wrong-token": Row(
        403, "InvalidSecurityToken", "The security token you provided is invalid.", "0002-00000006", "rec"
    ),
    "other-token": Row(
        403,
        "AccessKeyIdAndSecurityTokenNotMatch",
        "The access key and the security token do not match.",
        "",
        "doc",
    ),
    "token-expired": Row(
        403, "SecurityTokenExpired", "The security token you provided has expired.", "0002-00000007", "rec"
    ),
    "skewed": Row(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        "0002-00000504",
        "doc",
    ),
    "v1": Row(
        400,
        "InvalidArgument",
        "Signature version 1 is not available to this account: sign with OSS4-HMAC-SHA256.",
        "",
        "open",
    ),
}
