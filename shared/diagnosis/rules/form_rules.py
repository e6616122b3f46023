"""Forms: what is signed stands in their fields, so that their address shows nothing (OSS, PostObject)."""

from __future__ import annotations

from shared.diagnosis.case import Case, Finding
from shared.diagnosis.rules.answer_rules import alone

_FIELDS_LOST = Finding(
    "fields-lost",
    "OSS saw no signature among the form's fields: they were not sent, or came after the file.",
    "Append each of the grant's fields, then the file as the last, and send them as multipart/form-data.",
)


def is_a_form(case: Case) -> bool:
    """Tell whether a URL without a signature is the address of a form."""
    answer = case.answer
    by_answer = answer is not None and (
        answer.ec.startswith("0006-") or "according to policy" in answer.message or not case.url.key
    )
    return case.method == "POST" or (case.method is None and by_answer)


def about_a_form(case: Case) -> list[Finding]:
    """Return why a form was refused, whose signature is in its fields and not in its address."""
    answer = case.answer
    if answer is None:
        return [
            Finding(
                "form",
                "This is the address of a form: what is signed stands in its fields.",
                "Look at OSS's answer to the form (--error), and send the grant's fields as they are.",
            )
        ]
    if answer.code == "SignatureDoesNotMatch":
        return [
            Finding(
                "signed-otherwise",
                "The form's policy is not the one that was signed, or was signed with another secret.",
                "Send the grant's fields as they are, policy and x-oss-signature together.",
            )
        ]
    found = [_FIELDS_LOST if finding.code == "query-lost" else finding for finding in alone(case)]
    # OSS says the same of a form without a signature, and of a signer who may not: the latter with details.
    may_be_unsigned = found[0].code == "permission" and "NoPermissionType" not in answer.elements
    return [_FIELDS_LOST, *found] if may_be_unsigned else found
