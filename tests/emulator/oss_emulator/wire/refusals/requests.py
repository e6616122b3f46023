"""Refusals of what was asked for: names, bodies, objects and buckets that are not there, and faults on request."""

from __future__ import annotations

from .row import Row

REQUESTS: dict[str, Row] = {
    "not-a-symlink": Row(400, "NotSymlink", "The object is not a symbolic link.", "", "inf"),
    "symlink-target": Row(
        404, "SymlinkTargetNotExist", "The symlink target object does not exist.", "", "inf"
    ),
    "symlink-chain": Row(400, "InvalidTargetType", "The symbolic link's target is one itself.", "", "inf"),
    "marker": Row(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        "0003-00000016",
        "rec",
    ),
    "callback": Row(
        400, "InvalidArgument", "The callback configuration is invalid: ", "0007-00000005", "inf"
    ),
    "callback-failed": Row(203, "CallbackFailed", "Error status : ", "0007-00000203", "doc"),
    "callback-answer": Row(203, "CallbackFailed", "", "0007-00000203", "doc"),
    "callback-slow": Row(203, "CallbackFailed", "Cost too long time.", "0007-00000202", "doc"),
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
    "malformed-delete": Row(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema.",
        "0016-00000608",
        "src",
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
    "not-appendable": Row(409, "ObjectNotAppendable", "The object is not appendable", "", "inf"),
    "append-position": Row(
        409, "PositionNotEqualToLength", "Position is not equal to file length", "0026-00000016", "src"
    ),
    "anonymous-override": Row(
        400, "InvalidRequest", "Can not override response header for an anonymous user", "", "rec"
    ),
    "type-override": Row(
        400, "InvalidRequest", "Can not override response header on content-type", "0017-00000902", "doc"
    ),
    "frozen": Row(403, "InvalidObjectState", "The operation is not valid for the object's state", "", "doc"),
    "not-modified": Row(304, "NotModified", "", "", "inf"),
    "precondition": Row(
        412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.", "", "rec"
    ),
    "tag": Row(400, "InvalidTag", "The tags are not valid.", "", "inf"),
    "internal": Row(500, "InternalError", "We encountered an internal error.", "", "inf"),
    "unavailable": Row(503, "ServiceUnavailable", "Please reduce your request rate.", "", "inf"),
    "slow-down": Row(503, "SlowDown", "Please reduce your request rate.", "", "inf"),
    "not-implemented": Row(501, "NotImplemented", "This emulator does not know what was asked: ", "", "inf"),
    "complete-all-with-body": Row(
        400,
        "InvalidArgument",
        "Should not speficy both complete all header and http body.",
        "0042-00000216",
        "src",
    ),
    "style": Row(400, "InvalidArgument", "Style content is invalid.", "", "src"),
    "no-style": Row(404, "NoSuchStyle", "The specified style does not exist.", "", "inf"),
}
