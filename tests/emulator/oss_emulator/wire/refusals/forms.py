"""Refusals of PostObject: the form and its policy."""

from __future__ import annotations

from .row import Row

FORMS: dict[str, Row] = {
    "form-expired": Row(403, "AccessDenied", "Invalid according to Policy: Policy expired.", "", "doc"),
    "form-condition": Row(
        403, "AccessDenied", "Invalid according to Policy: Policy Condition failed: ", "0006-00000227", "doc"
    ),
    "form-field-absent": Row(
        403, "AccessDenied", "Invalid according to Policy: Policy Condition failed: ", "0006-00000226", "inf"
    ),
    "form-extra": Row(
        403, "AccessDenied", "Invalid according to Policy: Extra input fields: ", "0006-00000228", "doc"
    ),
    "form-too-large": Row(400, "EntityTooLarge", "The body is larger than the policy allows.", "", "inf"),
    "form-too-small": Row(400, "EntityTooSmall", "The body is smaller than the policy allows.", "", "inf"),
    "form-policy": Row(
        400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON. ", "0006-00000224", "rec"
    ),
    "form-range": Row(400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON. ", "0006-00000220", "doc"),
    "form-condition-malformed": Row(
        400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON. ", "0006-00000216", "inf"
    ),
    "form-not-multipart": Row(
        400, "RequestIsNotMultiPartContent", "The POST is not multipart/form-data.", "", "doc"
    ),
    "form-malformed": Row(
        400, "MalformedPOSTRequest", "The body is not well-formed multipart/form-data.", "", "doc"
    ),
    "form-file-not-last": Row(
        400, "MalformedPOSTRequest", "The file is not the form's last field.", "0006-00000103", "doc"
    ),
}
