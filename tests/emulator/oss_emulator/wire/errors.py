"""OSS's refusals: status, code, message, EC and the extra elements that its error documents carry."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response


class Row(NamedTuple):
    """One refusal: HTTP status, code, message, EC, and how sure the row is.

    [rec] recorded from the service, [doc] a vendor page, [src] an SDK's source, [inf] inferred, [open] not settled.
    """

    status: int
    code: str
    message: str
    ec: str = ""
    mark: str = "inf"


ERRORS: dict[str, Row] = {
    "not-a-symlink": Row(400, "NotSymlink", "The object is not a symbolic link.", "", "inf"),
    "symlink-target": Row(
        404, "SymlinkTargetNotExist", "The symlink target object does not exist.", "", "inf"
    ),
    "symlink-chain": Row(400, "InvalidTargetType", "The symbolic link's target is one itself.", "", "inf"),
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
    "session-policy": Row(
        403, "AccessDenied", "Access denied by authorizer's policy.", "0003-00000301", "doc"
    ),
    "explicit-deny": Row(403, "AccessDenied", "Access denied by bucket policy.", "0003-00000201", "rec"),
    "no-permission": Row(
        403,
        "AccessDenied",
        "You have no right to access this object because of bucket acl.",
        "0003-00000001",
        "doc",
    ),
    "anonymous-service": Row(
        403, "AccessDenied", "Anonymous access is forbidden for this operation.", "0003-00001201", "rec"
    ),
    "marker": Row(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        "0003-00000016",
        "rec",
    ),
    "anonymous": Row(
        403,
        "AccessDenied",
        "You have no right to access this object because of bucket acl.",
        "0003-00000001",
        "rec",
    ),
    "endpoint": Row(
        403,
        "AccessDenied",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
        "0003-00001403",
        "rec",
    ),
    "callback": Row(
        400, "InvalidArgument", "The callback configuration is invalid: ", "0007-00000005", "inf"
    ),
    "callback-failed": Row(203, "CallbackFailed", "Error status : ", "0007-00000203", "doc"),
    "callback-answer": Row(203, "CallbackFailed", "", "0007-00000203", "doc"),
    "callback-slow": Row(203, "CallbackFailed", "Cost too long time.", "0007-00000202", "doc"),
    "public-endpoint": Row(
        400,
        "PublicEndpointForbidden",
        "Public endpoint is not allowed for this account, please use CNAME instead.",
        "0048-00000401",
        "doc",
    ),
    "no-bucket": Row(404, "NoSuchBucket", "The specified bucket does not exist.", "0015-00000101", "src"),
    "no-key": Row(404, "NoSuchKey", "The specified key does not exist.", "0026-00000001", "src"),
    "no-version": Row(404, "NoSuchVersion", "The specified version does not exist.", "", "inf"),
    "no-upload": Row(
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
        "0042-00000002",
        "rec",
    ),
    "malformed-xml": Row(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema.",
        "0042-00000205",
        "rec",
    ),
    "exists": Row(
        409,
        "FileAlreadyExists",
        "The object you specified already exists and can not be overwritten.",
        "0042-00000214",
        "doc",
    ),
    "invalid-part": Row(
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.",
        "",
        "rec",
    ),
    "part-order": Row(400, "InvalidPartOrder", "The list of parts was not in ascending order.", "", "doc"),
    "part-too-small": Row(
        400, "EntityTooSmall", "Your proposed upload smaller than the minimum allowed size.", "", "rec"
    ),
    "method": Row(
        405, "MethodNotAllowed", "The specified method is not allowed against this resource.", "", "inf"
    ),
    "digest": Row(400, "InvalidDigest", "The Content-MD5 you specified was invalid.", "0017-00000503", "rec"),
    "bucket-name": Row(400, "InvalidBucketName", "The specified bucket is not valid.", "", "doc"),
    "object-name": Row(
        400, "InvalidObjectName", "The specified object is not valid.", "0016-00000005", "doc"
    ),
    "argument": Row(400, "InvalidArgument", "An argument is invalid.", "", "inf"),
    "length": Row(411, "MissingContentLength", "You must provide the Content-Length HTTP header.", "", "doc"),
    "incomplete": Row(400, "IncompleteBody", "Fewer bytes came than Content-Length says.", "", "inf"),
    "range": Row(416, "InvalidRange", "The requested range cannot be satisfied.", "", "inf"),
    "no-cors": Row(404, "NoSuchCORSConfiguration", "The CORS Configuration does not exist."),
    "not-appendable": Row(409, "ObjectNotAppendable", "The object is not appendable", "", "inf"),
    "append-position": Row(
        409, "PositionNotEqualToLength", "Position is not equal to file length", "0026-00000016", "src"
    ),
    "not-modified": Row(304, "NotModified", "", "", "inf"),
    "precondition": Row(
        412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.", "", "rec"
    ),
    "tag": Row(400, "InvalidTag", "The tags are not valid.", "", "inf"),
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
    "form-not-multipart": Row(
        400, "RequestIsNotMultiPartContent", "The POST is not multipart/form-data.", "", "doc"
    ),
    "form-malformed": Row(
        400, "MalformedPOSTRequest", "The body is not well-formed multipart/form-data.", "", "doc"
    ),
    "form-file-not-last": Row(
        400, "MalformedPOSTRequest", "The file is not the form's last field.", "0006-00000103", "doc"
    ),
    "cors-insufficient": Row(
        400,
        "BadRequest",
        "Insufficient information. Origin and Access-Control-Request-Method are needed.",
        "",
        "doc",
    ),
    "cors-forbidden": Row(
        403,
        "AccessForbidden",
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec.",
        "",
        "rec",
    ),
    "internal": Row(500, "InternalError", "We encountered an internal error.", "", "inf"),
    "unavailable": Row(503, "ServiceUnavailable", "Please reduce your request rate.", "", "inf"),
    "slow-down": Row(503, "SlowDown", "Please reduce your request rate.", "", "inf"),
    "not-implemented": Row(501, "NotImplemented", "This emulator does not know what was asked: ", "", "inf"),
}
"""Every refusal of the emulated OSS, in one place."""


Element = str | Mapping[str, str]
"""What an element holds: a text, or elements of its own."""


class OssError(Exception):
    """One refusal, by its name in ``ERRORS``; ``detail`` ends the message, ``elements`` join the document.

    ``also`` holds elements whose names are no names of Python.
    """

    def __init__(
        self,
        name: str,
        *,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        also: Mapping[str, str] | None = None,
        **elements: Element,
    ) -> None:
        self.row, self.detail, self.elements = ERRORS[name], detail, {**elements, **(also or {})}
        self.headers = dict(headers or {})
        super().__init__(name)

    def document(self, *, request_id: str, host: str) -> str:
        """Return the error XML."""
        elements: dict[str, Element] = {
            "Code": self.row.code,
            "Message": self.row.message + self.detail,
            "RequestId": request_id,
            "HostId": host,
            **self.elements,
        }
        if self.row.ec:
            link = f"https://api.aliyun.com/troubleshoot?q={self.row.ec}"
            elements |= {"EC": self.row.ec, "RecommendDoc": link}
        inner = "".join(f"  <{name}>{_inside(value)}</{name}>\n" for name, value in elements.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n{inner}</Error>\n'

    def response(self, *, method: str, request_id: str, host: str) -> Response:
        """Return the answer; a HEAD carries the document in ``x-oss-err``."""
        document = self.document(request_id=request_id, host=host)
        headers = {**self.headers, **({"x-oss-ec": self.row.ec} if self.row.ec else {})}
        if method == "HEAD":
            headers["x-oss-err"] = base64.b64encode(document.encode()).decode()
        body = "" if method == "HEAD" or self.row.status == 304 else document
        return Response(body, self.row.status, headers=headers, content_type="application/xml")


def _inside(value: Element) -> str:
    if isinstance(value, str):
        return _text(value)
    return "".join(f"\n    <{name}>{_text(text)}</{name}>" for name, text in value.items()) + "\n  "


def _text(value: str) -> str:
    # XML cannot carry most control characters at all.
    return escape("".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in value))
