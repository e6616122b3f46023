"""Every error that the emulated STS answers, in one table: code, HTTP status, message, and how sure that is.

[doc] stands on a vendor page; [inf] is inferred, so clients should branch on the code.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One error: HTTP status, message, and the mark of its status."""

    status: int
    message: str
    mark: str


ERRORS: dict[str, Row] = {
    "NoPermission": Row(
        403, "You are not authorized to do this action. You should be authorized by RAM.", "inf"
    ),
    "EntityNotExist.Role": Row(404, "The specified Role not exists .", "doc"),
    "InvalidParameter.RoleArn": Row(400, "The parameter RoleArn is wrongly formed.", "inf"),
    "InvalidParameter.DurationSeconds": Row(
        400, "The Min/Max value of DurationSeconds is 15min/{detail}.", "doc"
    ),
    "InvalidParameter.PolicyGrammar": Row(400, "The parameter Policy has not passed grammar check.", "doc"),
    "InvalidParameter.PolicySize": Row(400, "The size of Policy must be smaller than 2048 bytes.", "inf"),
    "InvalidParameter.RoleSessionName": Row(400, "The parameter RoleSessionName is wrongly formed.", "doc"),
    "InvalidParameter.ExternalId": Row(400, "The parameter ExternalId is wrongly formed.", "inf"),
    "InvalidAction.NotFound": Row(
        404, "Specified api is not found, please check your url and method.", "inf"
    ),
    "InvalidVersion": Row(400, "Specified parameter Version is not valid.", "inf"),
    "MissingSecurityToken": Row(400, "SecurityToken is mandatory for this action.", "inf"),
    "InvalidAccessKeyId.NotFound": Row(404, "Specified access key is not found.", "inf"),
    "InvalidSecurityToken.Expired": Row(403, "Specified SecurityToken is expired.", "inf"),
    "InvalidSecurityToken.MismatchWithAccessKey": Row(
        400, "Specified SecurityToken mismatch with the AccessKey.", "inf"
    ),
    "SignatureDoesNotMatch": Row(400, "Specified signature is not matched with our calculation.", "inf"),
    "IncompleteSignature": Row(400, "The request signature does not conform to standards.", "inf"),
    "SignatureNonceUsed": Row(400, "Specified signature nonce was used already.", "inf"),
    "InvalidTimeStamp.Expired": Row(400, "Specified time stamp or date value is expired.", "inf"),
    "Throttling.User": Row(400, "Request was denied due to user flow control.", "inf"),
    "ServiceUnavailable": Row(503, "The request has failed due to a temporary failure of the server.", "inf"),
    "InternalError": Row(500, "STS Server Internal Error happened, please send the RequestId to us.", "doc"),
}


class StsError(Exception):
    """A refusal of STS, by its code; ``detail`` fills the message's gap."""

    def __init__(self, code: str, *, detail: str = "") -> None:
        self.code = code
        self.status = ERRORS[code].status
        self.message = ERRORS[code].message.format(detail=detail)
        super().__init__(code)
