"""Who may do what in a bucket beside what RAM says: its ACL, its policy, Block Public Access."""

from __future__ import annotations

from itertools import islice

from werkzeug.wrappers import Response

from ..oss.authorization import checked_acl
from ..oss.calls import Call, read_xml, xml
from ..ram import bucket_policies
from ..ram.policies import PolicyGrammarError
from ..store.storage import body_of
from ..wire.errors import OssError
from .existence import owner

MAX_POLICY_BYTES = 16 * 1024


def put_acl(call: Call) -> Response:
    """Set the bucket's ACL, which counts for every object that has none of its own."""
    call.authorize("oss:PutBucketAcl")
    if call.header("x-oss-acl") is None:
        raise OssError("argument", ArgumentName="x-oss-acl")
    call.bucket.set(acl=checked_acl(call.header("x-oss-acl"), bucket=call.bucket, of_object=False))
    return Response("", 200)


def get_acl(call: Call) -> Response:
    """Answer the bucket's ACL."""
    call.authorize("oss:GetBucketAcl")
    account = owner(call.cloud.account_id)
    return xml("AccessControlPolicy", Owner=account, AccessControlList={"Grant": call.bucket.settings.acl})


def put_policy(call: Call) -> Response:
    """Set the bucket's policy: JSON of RAM's grammar with a Principal; one for everybody only where that is let."""
    call.authorize("oss:PutBucketPolicy")
    length = call.incoming.body_length
    text = b"".join(islice(body_of(call.incoming.request.stream, length=length), 2))
    if len(text) > MAX_POLICY_BYTES:
        raise OssError("bucket-policy", detail="more than 16 KB")
    try:
        statements = bucket_policies.read(text.decode())
    except (PolicyGrammarError, UnicodeDecodeError) as error:
        raise OssError("bucket-policy", detail=str(error)) from None
    if call.bucket.settings.blocks_public and any(map(bucket_policies.lets_everybody_in, statements)):
        raise OssError("public-bucket-policy")
    call.bucket.set(policy=text.decode())
    return Response("", 200)


def get_policy(call: Call) -> Response:
    """Answer the bucket's policy as it was put."""
    call.authorize("oss:GetBucketPolicy")
    if call.bucket.settings.policy is None:
        raise OssError("no-bucket-policy", BucketName=call.bucket.name)
    return Response(call.bucket.settings.policy, 200, content_type="application/json")


def delete_policy(call: Call) -> Response:
    """Forget the bucket's policy."""
    call.authorize("oss:DeleteBucketPolicy")
    call.bucket.set(policy=None)
    return Response("", 204)


def put_block(call: Call) -> Response:
    """Switch Block Public Access on or off: what was open before is closed, and open again."""
    call.authorize("oss:PutBucketPublicAccessBlock")
    asked = (read_xml(call).findtext("BlockPublicAccess") or "").lower()
    if asked not in ("true", "false"):
        raise OssError("malformed-xml")
    call.bucket.set(blocks_public=asked == "true")
    return Response("", 200)


def get_block(call: Call) -> Response:
    """Answer whether public access is blocked."""
    call.authorize("oss:GetBucketPublicAccessBlock")
    is_on = call.bucket.settings.blocks_public
    return xml("PublicAccessBlockConfiguration", BlockPublicAccess="true" if is_on else "false")


def delete_block(call: Call) -> Response:
    """Let ACLs and policies open the bucket."""
    call.authorize("oss:DeleteBucketPublicAccessBlock")
    call.bucket.set(blocks_public=False)
    return Response("", 204)
