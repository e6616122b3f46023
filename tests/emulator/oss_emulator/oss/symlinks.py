"""PutSymlink and GetSymlink, and what a reader of a symbolic link gets.

A link needs the permission to write its own key and no more; its target is not looked at when it is made. Who
reads through it needs the permission to read both (OSS, symbolic links).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from urllib.parse import quote, unquote

from werkzeug.wrappers import Response

from ..store.storage import StoredObject
from ..wire.errors import OssError
from .calls import Call, checked_key
from .writing import authorize_write, forbids_overwrite, headers_of_write, keep, new_object


def put_symlink(call: Call) -> Response:
    """Store a link under the key; ``x-oss-symlink-target`` is the percent-encoded key that it leads to."""
    key, headers = call.key, call.incoming.headers
    authorize_write(call, key, headers)
    target = checked_key(_decoded(headers.get("x-oss-symlink-target", "")))
    forbid = forbids_overwrite(headers)
    call.bucket.check_overwriting(key, forbid=forbid)
    etag = hashlib.md5(target.encode(), usedforsecurity=False).hexdigest().upper()
    made = new_object(call, key=key, blob=call.cloud.store.write([]), headers=headers, etag=etag)
    link = replace(made, object_type="Symlink", symlink_target=target)
    stored = keep(call, link, forbid_overwrite=forbid)
    return Response("", 200, headers=headers_of_write(call, stored))


def _decoded(target: str) -> str:
    try:
        return unquote(target, errors="strict")
    except UnicodeDecodeError:
        raise OssError("object-name", ObjectName=target) from None


def get_symlink(call: Call) -> Response:
    """Answer where a link leads to."""
    version_id = call.version_id
    action = "oss:GetObject" if version_id is None else "oss:GetObjectVersion"
    with call.bucket.locked():
        call.authorize(action, key=call.key, version_id=version_id)
        stored = call.bucket.version(call.key, version_id)
    if stored.symlink_target is None:
        raise OssError("not-a-symlink", Key=stored.key)
    answer = {"x-oss-symlink-target": quote(stored.symlink_target), "ETag": f'"{stored.etag}"'}
    return Response("", 200, headers=answer)


def followed(call: Call, link: StoredObject, *, action: str) -> StoredObject:
    """Return what a link leads to, if whoever asks may read it too; a link to a link is refused.

    Metadata of the link stand over those of its target.
    """
    key = link.symlink_target or ""
    call.authorize(action, key=key)
    try:
        target = call.bucket.version(key, None)
    except OssError:
        raise OssError("symlink-target", Key=link.key) from None
    if target.blob is None:
        raise OssError("symlink-target", Key=link.key)
    if target.symlink_target is not None:
        raise OssError("symlink-chain", Key=link.key)
    own = {name: value for name, value in link.headers.items() if name.startswith("x-oss-meta-")}
    return replace(target, object_type="Symlink", headers=target.headers | own)
