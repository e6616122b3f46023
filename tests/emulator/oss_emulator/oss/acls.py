"""PutObjectAcl and GetObjectAcl."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Response

from ..wire.errors import OssError
from .authorization import checked_acl
from .calls import Call, xml


def put_acl(call: Call) -> Response:
    """Set the ACL of an object, or of one version of it; ``default`` is the bucket's."""
    version_id = call.version_id
    call.authorize("oss:PutObjectAcl" if version_id is None else "oss:PutObjectVersionAcl", key=call.key)
    if call.header("x-oss-object-acl") is None:
        raise OssError("argument", ArgumentName="x-oss-object-acl")
    acl = checked_acl(call.header("x-oss-object-acl"), bucket=call.bucket, of_object=True)
    with call.bucket.locked():
        old = call.bucket.version(call.key, version_id)
        call.bucket.replace(old, replace(old, acl=acl))
    headers = {"x-oss-version-id": old.version_id} if call.bucket.versioned else {}
    return Response("", 200, headers=headers)


def get_acl(call: Call) -> Response:
    """Answer the ACL of an object, or of one version of it."""
    version_id = call.version_id
    call.authorize("oss:GetObjectAcl" if version_id is None else "oss:GetObjectVersionAcl", key=call.key)
    stored, account = call.bucket.version(call.key, version_id), call.cloud.account_id
    answer = xml(
        "AccessControlPolicy",
        Owner={"ID": account, "DisplayName": account},
        AccessControlList={"Grant": stored.acl},
    )
    if call.bucket.versioned:
        answer.headers["x-oss-version-id"] = stored.version_id
    return answer
