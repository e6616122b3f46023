"""Refusals of what somebody may not do, or not from there."""

from __future__ import annotations

from .row import Row

PERMISSIONS: dict[str, Row] = {
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
    "public-endpoint": Row(
        400,
        "PublicEndpointForbidden",
        "Public endpoint is not allowed for this account, please use CNAME instead.",
        "0048-00000401",
        "doc",
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
    "user-disabled": Row(403, "UserDisable", "UserDisable", "0003-00000801", "rec"),
    "public-object-acl": Row(
        403, "AccessDenied", "Put public object acl is not allowed", "0016-00000901", "rec"
    ),
    "public-bucket-acl": Row(403, "AccessDenied", "Put public bucket acl is not allowed", "", "inf"),
    "public-bucket-policy": Row(403, "AccessDenied", "Put public bucket policy is not allowed", "", "inf"),
}
