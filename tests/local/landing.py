"""Objects that land in the bucket wake functions, by the triggers that template.yml gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from oss_emulator.cloud import Landed
from tests.local.template import Function

RULE_ID = "0" * 40
"""Of the rule that woke a function: a number of the service's own, which nobody here counts."""


def event_for(function: Function, landed: Landed, *, account_id: str, region: str) -> bytes | None:
    """Return the event with which an object wakes a function, or None where none of its triggers asks for it."""
    record = _record(landed, account_id=account_id, region=region)
    for trigger in function.triggers:
        config = trigger["triggerConfig"]
        if trigger["triggerType"] == "oss" and _is_asked_for(config, landed):
            return json.dumps({"events": [record]}).encode()
        if trigger["triggerType"] == "eventbridge" and _fits(
            config["eventRuleFilterPattern"], landed, account_id, region
        ):
            return json.dumps(_cloud_event(record, landed, account_id=account_id, region=region)).encode()
    return None


def _is_asked_for(config: Mapping[str, Any], landed: Landed) -> bool:
    key = config["filter"]["key"]
    fits = landed.key.startswith(key["prefix"]) and landed.key.endswith(key["suffix"])
    return fits and f"oss:ObjectCreated:{landed.operation}" in config["events"]


def _fits(pattern: str, landed: Landed, account_id: str, region: str) -> bool:
    """Tell whether the rule of an event bus takes the event: source, type, and how the subject begins."""
    rule = json.loads(pattern)
    subject = _subject(landed, account_id=account_id, region=region)
    prefixes = [each["prefix"] for each in rule.get("subject", [])]
    return (
        "acs.oss" in rule["source"]
        and f"oss:ObjectCreated:{landed.operation}" in rule["type"]
        and (not prefixes or subject.startswith(tuple(prefixes)))
    )


def _subject(landed: Landed, *, account_id: str, region: str) -> str:
    return f"acs:oss:{region}:{account_id}:{landed.bucket}/{landed.key}"


def _cloud_event(
    record: Mapping[str, Any], landed: Landed, *, account_id: str, region: str
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": landed.request_id,
        "source": "acs.oss",
        "type": f"oss:ObjectCreated:{landed.operation}",
        "subject": _subject(landed, account_id=account_id, region=region),
        "time": record["eventTime"],
        "datacontenttype": "application/json",
        "aliyunaccountid": account_id,
        "aliyunregionid": region,
        "data": record,
    }


def _record(landed: Landed, *, account_id: str, region: str) -> dict[str, Any]:
    """Return the record of OSS's own event (Function Compute, event formats of triggers)."""
    stored = {"key": landed.key, "size": landed.size, "eTag": landed.etag, "deltaSize": landed.size}
    bucket = {
        "name": landed.bucket,
        "arn": f"acs:oss:{region}:{account_id}:{landed.bucket}",
        "ownerIdentity": account_id,
        "virtualBucket": "",
    }
    return {
        "eventName": f"ObjectCreated:{landed.operation}",
        "eventSource": "acs:oss",
        "eventTime": landed.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "eventVersion": "1.0",
        "oss": {"bucket": bucket, "object": stored, "ossSchemaVersion": "1.0", "ruleId": RULE_ID},
        "region": region,
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"requestId": landed.request_id},
        "userIdentity": {"principalId": account_id},
    }
