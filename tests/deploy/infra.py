"""``make infra``: what a deployment stands on, as one ROS stack made from the rendered template and its policies.

Roles (each after those that its trust policy names), log project, log stores with their indexes, alerts, queues, the
service-linked role, and where it is asked for the bucket. What a variable names is the deployer's own: it is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.deploy.policies import RoleDocuments, roles
from tests.deploy.stage import name_of

ALERTS = Path(__file__).parents[2] / "docs" / "sls" / "alerts.json"
SEND_TO_FUNCTIONS = "sendevent-fc.eventbridge.aliyuncs.com"
"""The service whose linked role (AliyunServiceRoleForEventBridgeSendToFC) hands events of the bus to functions."""

AUDIT_MEMBERS = {
    **dict.fromkeys(
        ("decision", "function", "code", "rule", "request_id", "operation", "key", "limited_by"), "text"
    ),
    **dict.fromkeys(("source_ip", "user_agent", "trace_id", "access_key_id", "error", "variable"), "text"),
    "ms": "double",
}
"""Members of the audit line that a query may name as ``message.member``, with their types in the log service."""

_LOG_DAYS = 180
_UNFINISHED_PARTS_DAYS = 7
_KEEP_MESSAGES_SECONDS = 345_600
_SEVERITY = {"low": 4, "medium": 6, "high": 8, "critical": 10}
_WORDS = {
    "ALIYUN::RAM::Role": "role {RoleName}",
    "ALIYUN::SLS::Project": "log project {Name}",
    "ALIYUN::SLS::Logstore": "log store {ProjectName}/{LogstoreName}",
    "ALIYUN::SLS::Index": "index of {ProjectName}/{LogstoreName}",
    "ALIYUN::SLS::Alert": "alert {Detail[Name]}",
    "ALIYUN::MNS::Queue": "queue {QueueName}",
    "ALIYUN::OSS::Bucket": "bucket {BucketName}",
    "ALIYUN::ResourceManager::ServiceLinkedRole": "service-linked role for {ServiceName}",
}

Resource = dict[str, Any]
Named = tuple[str, Resource]


def stack_name(resources: Mapping[str, Any]) -> str:
    """Return the name of the deployment's stack."""
    return f"{name_of(resources)}-infra"


def stack(resources: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the ROS template of what the rendered ``resources`` of template.yml need."""
    functions = [resource["props"] for resource in resources.values()]
    made = [
        *_roles(roles(resources), environ),
        *([] if environ.get("LOG_PROJECT") else _logs(functions, name=name_of(resources))),
        *_queues(functions, environ),
        *_service_roles(functions, environ),
        *_bucket(functions[0], environ),
    ]
    return {
        "ROSTemplateFormatVersion": "2015-09-01",
        "Description": f"What {name_of(resources)} stands on: roles, logs, alerts, queues. Made by make infra.",
        "Resources": dict(made),
    }


def in_words(template: Mapping[str, Any]) -> list[str]:
    """Return a line for each resource, saying what it is."""
    return [_WORDS[each["Type"]].format(**each["Properties"]) for each in template["Resources"].values()]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return a line for each resource that comes, goes or changes; empty where the stacks are the same."""
    old, new = before.get("Resources", {}), after["Resources"]
    words = {name: _WORDS[each["Type"]].format(**each["Properties"]) for name, each in {**old, **new}.items()}
    return [
        f"{'+' if name not in old else '-' if name not in new else '~'} {words[name]}"
        for name in sorted(words)
        if old.get(name) != new.get(name)
    ]


def _resource(
    kind: str, properties: Mapping[str, Any], *, after: Iterable[str] = (), keep: bool = False
) -> Resource:
    made: Resource = {"Type": f"ALIYUN::{kind}", "Properties": dict(properties)}
    if needed := sorted(after):
        made["DependsOn"] = needed
    return made | ({"DeletionPolicy": "Retain"} if keep else {})


def _logical(*words: str) -> str:
    return "".join(part.capitalize() for word in words for part in re.split(r"[^A-Za-z0-9]+", word))


def _roles(documents: Iterable[RoleDocuments], environ: Mapping[str, str]) -> Iterator[Named]:
    own = {environ.get("SIGNING_ROLE_ARN"), environ.get("STS_ROLE_ARN")}
    made = [each for each in documents if each.arn not in own]
    names = {each.arn: _logical("role", each.name) for each in made}
    for each in made:
        trusted = [
            arn for statement in each.trust["Statement"] for arn in statement["Principal"].get("RAM", [])
        ]
        policy = {"PolicyName": each.name, "PolicyDocument": each.policy}
        properties = {
            "RoleName": each.name,
            "AssumeRolePolicyDocument": each.trust,
            "MaxSessionDuration": each.max_session_seconds,
            "Policies": [policy],
        }
        # RAM takes no trust policy that names a role which is not there yet.
        yield (
            names[each.arn],
            _resource("RAM::Role", properties, after=[names[arn] for arn in trusted if arn in names]),
        )


def _logs(functions: Iterable[Mapping[str, Any]], *, name: str) -> Iterator[Named]:
    places = list(
        dict.fromkeys(
            (each["logConfig"]["project"], each["logConfig"]["logstore"], each["region"])
            for each in functions
        )
    )
    for project in dict.fromkeys(project for project, _, _ in places):
        yield (
            "LogProject",
            _resource("SLS::Project", {"Name": project, "Description": f"Audit lines of {name}"}),
        )
    for project, store, region in places:
        place = {"ProjectName": project, "LogstoreName": store}
        kept = {
            "TTL": _LOG_DAYS,
            "ShardCount": 1,
            "AutoSplit": True,
            "MaxSplitShard": 8,
            "PreserveStorage": False,
        }
        yield _logical("store", store), _resource("SLS::Logstore", place | kept, after=["LogProject"])
        yield (
            _logical("index", store),
            _resource("SLS::Index", place | _index(), after=[_logical("store", store)]),
        )
        for alert in json.loads(ALERTS.read_text(encoding="utf-8")):
            short = alert["name"].removeprefix("oss-access-grants-")
            detail = _alert(
                alert, name=f"{name}-{short}-{store}", project=project, store=store, region=region
            )
            yield (
                _logical("alert", short, store),
                _resource(
                    "SLS::Alert", {"Project": project, "Detail": detail}, after=[_logical("index", store)]
                ),
            )


def _index() -> dict[str, Any]:
    """Return the index that the queries of docs/sls need: words of the line, and statistics over its members."""
    text = {"Delimiter": ", '\";=()[]{}?@&<>/:\n\t\r", "CaseSensitive": False, "IncludeChinese": False}
    members = [{"Name": name, "Type": kind, "EnableAnalytics": True} for name, kind in AUDIT_MEMBERS.items()]
    message = {"Name": "message", "Type": "json", "EnableAnalytics": True, "JsonKeyIndices": members, **text}
    return {"FullTextIndex": {"Enable": True, **text}, "KeyIndices": [message]}


def _alert(alert: Mapping[str, Any], *, name: str, project: str, store: str, region: str) -> dict[str, Any]:
    query = {
        "Query": alert["query"],
        "Start": f"-{alert['window_minutes']}m",
        "End": "now",
        "TimeSpanType": "Relative",
        "StoreType": "log",
        "Region": region,
        "Project": project,
        "Store": store,
    }
    condition = {"Condition": alert["condition"], "CountCondition": ""}
    return {
        "Name": name,
        "DisplayName": name,
        "Description": alert["meaning"],
        "Schedule": {"Type": "FixedRate", "Interval": f"{alert['every_minutes']}m"},
        "Configuration": {
            "Version": "2.0",
            "Type": "default",
            "Dashboard": "internal-alert-analysis",
            "QueryList": [query],
            "JoinConfigurations": [],
            "GroupConfiguration": {"Type": "no_group", "Fields": []},
            "SeverityConfigurations": [
                {"Severity": _SEVERITY[alert["severity"]], "EvalCondition": condition}
            ],
            "Annotations": [
                {"Key": "title", "Value": alert["meaning"]},
                {"Key": "desc", "Value": alert["remedy"]},
            ],
            "Threshold": 1,
            "NoDataFire": False,
            "SendResolved": True,
            "PolicyConfiguration": {"AlertPolicyId": "sls.builtin.dynamic", "RepeatInterval": "1h"},
        },
    }


def _queues(functions: Iterable[Mapping[str, Any]], environ: Mapping[str, str]) -> Iterator[Named]:
    own = {environ.get("LINKS_QUEUE"), environ.get("FAILURES_QUEUE")}
    for props in functions:
        for target in props.get("asyncInvokeConfig", {}).get("destinationConfig", {}).values():
            queue = re.findall(r"/queues/([^/]+)/", target["destination"])[0]
            if queue not in own:
                kept = {
                    "QueueName": queue,
                    "MaximumMessageSize": 65_536,
                    "MessageRetentionPeriod": _KEEP_MESSAGES_SECONDS,
                }
                yield _logical("queue", queue), _resource("MNS::Queue", kept)


def _service_roles(functions: Iterable[Mapping[str, Any]], environ: Mapping[str, str]) -> Iterator[Named]:
    """Yield what an account has once: by default the stack without a stage makes it, and no stack takes it away."""
    wanted = environ.get("SERVICE_LINKED_ROLES") or ("false" if environ.get("STAGE") else "true")
    kinds = {trigger["triggerType"] for props in functions for trigger in props.get("triggers", [])}
    if wanted == "true" and "eventbridge" in kinds:
        properties = {"ServiceName": SEND_TO_FUNCTIONS}
        yield "SendToFunctions", _resource("ResourceManager::ServiceLinkedRole", properties, keep=True)


def _bucket(props: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[Named]:
    if environ.get("CREATE_BUCKET") != "true":
        return
    variables = props["environmentVariables"]
    origins = [each.strip() for each in variables.get("CORS_ALLOWED_ORIGINS", "").split(",") if each.strip()]
    rule = {
        "AllowedOrigin": origins,
        "AllowedMethod": ["PUT", "POST", "GET", "HEAD", "DELETE"],
        "AllowedHeader": ["*"],
        "ExposeHeader": ["ETag", "x-oss-request-id", "x-oss-hash-crc64ecma"],
        "MaxAgeSeconds": 600,
    }
    unfinished = {
        "ID": "unfinished-parts",
        "Prefix": "",
        "Status": "Enabled",
        "AbortMultipartUpload": {"Days": _UNFINISHED_PARTS_DAYS},
    }
    properties: dict[str, Any] = {
        "BucketName": variables["OSS_BUCKET"],
        "AccessControl": "private",
        "BlockPublicAccess": True,
        "LifecycleConfiguration": {"Rule": [unfinished]},
    }
    if origins:
        properties["CORSConfiguration"] = {"CORSRule": [rule]}
    yield "Bucket", _resource("OSS::Bucket", properties, keep=True)
