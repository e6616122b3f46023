"""Refusals of what a bucket is, and of how it is set."""

from __future__ import annotations

from .row import Row

BUCKETS: dict[str, Row] = {
    "bucket-exists": Row(
        409,
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
        "0015-00000104",
        "open",
    ),
    "bucket-not-empty": Row(
        409, "BucketNotEmpty", "The bucket has objects. Please delete them first.", "0015-00000301", "inf"
    ),
    "bucket-policy": Row(400, "InvalidPolicyDocument", "The policy document is invalid: ", "", "inf"),
    "no-bucket-policy": Row(404, "NoSuchBucketPolicy", "The bucket policy does not exist.", "", "inf"),
    "lifecycle-mixed": Row(
        400, "InvalidRequest", "Days and dates cannot be mixed in one lifecycle rule.", "", "inf"
    ),
    "lifecycle-date": Row(
        400, "InvalidArgument", "A date is midnight UTC: yyyy-MM-ddT00:00:00.000Z.", "0014-00000087", "doc"
    ),
    "lifecycle-overlap": Row(400, "InvalidArgument", "Overlap for same action type ", "0014-00000084", "doc"),
    "no-lifecycle": Row(404, "NoSuchLifecycle", "No Row found in Lifecycle Table.", "", "inf"),
    "no-cors": Row(404, "NoSuchCORSConfiguration", "The CORS Configuration does not exist."),
}
