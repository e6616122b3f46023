"""OSS's error codes for requests on objects: what each means, and what to do (OSS, HTTP status codes)."""

from __future__ import annotations

from collections.abc import Mapping

from shared.diagnosis.answers.upload_codes import OF_UPLOADS, Meaning

_ACCOUNT = "Settle it with the owner of the bucket's account; no URL works until then."
_LATER = "Wait, and send the same request again; where it happens often, spread requests or ask for a higher limit."
_ROLE = "Look at the role's name and at its trust policy; make policies prints both."
_ENDPOINT = Meaning(
    "endpoint",
    "The bucket lives in another region than the host that was asked.",
    "Use the endpoint that the error document names, and set OSS_REGION to that region.",
)
_KMS = Meaning(
    "kms",
    "The object's key cannot be used: KMS is off or in arrears, or the key is disabled, or the signer may not use it.",
    "Look at the key in KMS, and let the role that signs use it.",
)
_THROTTLED = Meaning(
    "throttled", "Too much comes at once: a limit of requests or of traffic is reached.", _LATER
)

BY_CODE: Mapping[str, Meaning] = {
    **OF_UPLOADS,
    "AbnormalBucketOwnerStatus": Meaning(
        "account", "The account that owns the bucket is not in order.", _ACCOUNT
    ),
    "AccessForbidden": Meaning(
        "cors",
        "The bucket's CORS rules lack the page's origin, the method, or a header of the request.",
        "Add a rule to the bucket: your origins, PUT POST GET HEAD, headers *, and ETag exposed.",
    ),
    "AccessKeyIdAndSecurityTokenNotMatch": Meaning(
        "mixed-credentials",
        "The AccessKey is of one session and the security token of another.",
        "Take AccessKeyId, AccessKeySecret and SecurityToken from one answer of STS, and replace all three together.",
    ),
    "ApkDownloadForbidden": Meaning(
        "download-forbidden",
        "OSS hands out no .apk and .ipa files on its default domains.",
        "Bind a domain of your own to the bucket, and set OSS_CUSTOM_DOMAIN.",
    ),
    "BadRequest": Meaning(
        "cors", "A preflight without Origin or Access-Control-Request-Method.", "Let the browser send it."
    ),
    "BucketAlreadyExists": Meaning("bucket-exists", "The bucket exists already.", "Choose another name."),
    "BucketDisable": Meaning("account", "The bucket was disabled for reasons of security.", _ACCOUNT),
    "BucketNotBelongTo": Meaning("bucket", "The bucket belongs to another account.", "Check OSS_BUCKET."),
    "BucketNotEmpty": Meaning("bucket", "The bucket still holds objects or parts.", "Delete them first."),
    "CnameAlreadyExists": Meaning("domain", "The domain is bound to another bucket.", "Bind it to this one."),
    "CnameDenied": Meaning(
        "domain", "The domain is bound to another bucket or account.", "Bind the domain to this bucket."
    ),
    "EntityNotExist.Role": Meaning("sts", "STS, not OSS, refused: there is no such role.", _ROLE),
    "ImageDamage": Meaning("image", "The image cannot be read.", "Upload it again, or ask without process."),
    "InDebt": Meaning("account", "The account is in arrears.", _ACCOUNT),
    "InDebtOverdue": Meaning("account", "The account is in arrears.", _ACCOUNT),
    "InternalError": Meaning("internal", "Something went wrong inside OSS.", _LATER),
    "InvalidAccessKeyId": Meaning(
        "access-key-unknown",
        "OSS does not know the AccessKey: it was deleted or disabled, or its session is over.",
        "Take fresh credentials; a session's key works only until its Expiration, and only with its token.",
    ),
    "InvalidBucketName": Meaning(
        "bucket", "The host names no bucket that can be.", "Use the URL as it was issued."
    ),
    "InvalidObjectName": Meaning(
        "key-invalid", "OSS takes no such key.", "Rename the object: 1 to 1,023 bytes, no '/' or '\\' first."
    ),
    "InvalidObjectState": Meaning(
        "archived",
        "The object is archived, and has not been restored.",
        "Restore it first (RestoreObject), or give the bucket real-time access of archived objects.",
    ),
    "InvalidParameter": Meaning(
        "sts",
        "A parameter of a call of STS, not of OSS, is not valid.",
        "Look at the parameter that is named.",
    ),
    "InvalidRange": Meaning("range", "The range lies outside the object.", "Ask for bytes below its size."),
    "InvalidSecurityToken": Meaning(
        "security-token-cut",
        "The security token is cut, changed or another session's.",
        "Pass the SecurityToken on whole; in a URL its '+', '/' and '=' are %2B, %2F and %3D.",
    ),
    "InvalidTargetType": Meaning(
        "symlink", "The symbolic link leads to another one.", "Let it lead to an object itself."
    ),
    "MethodNotAllowed": Meaning("method", "OSS does not know that method here.", "Send the grant's method."),
    "MissingArgument": Meaning(
        "parameter-removed",
        "Something that OSS needs is missing.",
        "Send URL and headers as they were issued.",
    ),
    "NoPermission": Meaning("sts", "STS, not OSS, refused: the role may not be assumed.", _ROLE),
    "NoSuchBucket": Meaning(
        "no-such-bucket", "The bucket does not exist, or not at this endpoint.", "Check OSS_BUCKET."
    ),
    "NoSuchKey": Meaning(
        "no-such-key", "The signature is fine: the bucket has no object of that key.", "Check the key."
    ),
    "NoSuchVersion": Meaning("no-such-version", "The object has no such version.", "Check version_id."),
    "NonStandardHostForbidden": Meaning(
        "host",
        "OSS knows neither that host name nor a bucket that it is bound to.",
        "Use the URL's own host.",
    ),
    "NotImplemented": Meaning(
        "unsupported",
        "A header of the request does not go with its method.",
        "Send the grant's headers only.",
    ),
    "OperationNotSupported": Meaning(
        "unsupported", "The bucket does not support this.", "Ask for another way."
    ),
    "PreconditionFailed": Meaning(
        "precondition",
        "A condition of the request (If-Match and so on) does not hold.",
        "Read the object anew.",
    ),
    "PublicEndpointForbidden": Meaning(
        "public-endpoint-forbidden",
        "This account may not call objects on the public endpoints of the Chinese mainland (opened since 2025-03-20).",
        "Bind a domain of your own to the bucket and set OSS_CUSTOM_DOMAIN, which becomes the default endpoint.",
    ),
    "RestoreAlreadyInProgress": Meaning(
        "archived",
        "The object is being restored already.",
        "Wait until it is: minutes to hours, by its class.",
    ),
    "SecondLevelDomainForbidden": Meaning(
        "path-style",
        "The bucket stands in the path; OSS wants it in the host.",
        "Address it as https://<bucket>.<endpoint>/<key>; set no path style in the SDK.",
    ),
    "SecurityTokenNotSupported": Meaning(
        "unsupported", "That cannot be asked with a session's credentials.", "Ask with a key of a RAM user."
    ),
    "SymlinkTargetNotExist": Meaning("symlink", "The symbolic link leads nowhere.", "Check where it leads."),
    "TransferAccelerationDisabled": Meaning(
        "acceleration", "The bucket has no transfer acceleration.", "Switch it on, or use another endpoint."
    ),
    "UserDisable": Meaning(
        "account", "The account is in arrears, or the owner of the key was disabled.", _ACCOUNT
    ),
    "WORMConfigurationLocked": Meaning("retained", "The retention policy is locked.", "It can only grow."),
    **dict.fromkeys(("PermanentRedirect", "TemporaryRedirect"), _ENDPOINT),
    **dict.fromkeys(
        (
            *("KeyDisabled", "KeyPendingDeletion", "KeyUnavailable", "KmsInDebt", "KmsInDebtOverdue"),
            *("KmsServiceNotEnabled", "KmsUbsmsInvalidBid", "UbsmsInvalidBid"),
        ),
        _KMS,
    ),
    **dict.fromkeys(
        (
            *("DownloadTrafficRateLimitExceeded", "UploadTrafficRateLimitExceeded", "TrafficQuotaExceed"),
            *("MetaOperationQpsLimitExceeded", "QpsLimitExceeded", "TooManyRequests", "ServiceUnavailable"),
        ),
        _THROTTLED,
    ),
}
"""By ``Code``; what only the time, the clock or the signature explains stands in ``answer_rules``."""
