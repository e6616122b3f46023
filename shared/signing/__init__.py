"""OSS V4 signatures: presigned URLs, signed requests and upload forms. Standard library only.

``percent`` and ``v4``: the steps of the specification. ``credentials``, ``endpoints``, ``object_request``:
what goes in. ``presign``, ``authorization``, ``post_policy``: the three walks over the steps. ``bulk``: many
URLs at once, equal to the walk. ``cdn``: another signature, of a CDN in front of the bucket. ``callback``:
OSS's own signature, when it calls after an upload.
"""

from shared.signing import v4
from shared.signing.authorization import sign_request
from shared.signing.bulk import PartSignatures, presign_many, presign_parts
from shared.signing.credentials import Credentials
from shared.signing.endpoints import Endpoint
from shared.signing.object_request import ObjectRequest
from shared.signing.post_policy import PostForm, PostPolicy, sign_post_policy
from shared.signing.presign import PresignedUrl, presign

__all__ = [
    "Credentials",
    "Endpoint",
    "ObjectRequest",
    "PartSignatures",
    "PostForm",
    "PostPolicy",
    "PresignedUrl",
    "presign",
    "presign_many",
    "presign_parts",
    "sign_post_policy",
    "sign_request",
    "v4",
]
