"""What the emulator assumes where no document settles it, each with its mark: [inf] inferred, [open] not settled.

Statuses, codes and texts of refusals carry their marks in ``errors.ERRORS`` and ``sts_errors.ERRORS``, RAM's
treatment of absent condition keys in ``ram``.
"""

from __future__ import annotations

FORM_FIELDS_THAT_NEED_A_CONDITION = (
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-security-token",
)
"""[doc] Fields of V4's own that are refused where the policy does not mention them; [open] whether any other is too.
Here no other is: that is the side which makes promises about forms harder to keep."""

FORM_SUCCESS_STATUSES = {"200": 200, "201": 201}
"""[inf] What ``success_action_status`` may ask for; anything else is answered with 204."""

BARE_PLUS_IN_URL = " "
"""[inf] What a bare ``+`` in a path or query means, which is why vendors tell people to write ``%2B``."""

WRITE_ACTION = "oss:PutObject"
"""[inf] The permission behind PutObject, PostObject and every step of a multipart upload but its abort and its list."""

INLINE_TAGGING_ACTION = "oss:PutObjectTagging"
"""[inf] The permission that ``x-oss-tagging`` on a write needs beside the write's own."""

INLINE_ACL_ACTION = "oss:PutObjectAcl"
"""[inf] The permission that ``x-oss-object-acl`` on a write needs beside the write's own."""
