"""``make infra`` and ``make remove``: say in words what changes, ask, and hand it to the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.deploy import Cli, NotDeployable, Say
from tests.deploy.infra import differences, in_words, stack, stack_name
from tests.deploy.stage import name_of

COMPONENT = "ros"
"""Not pinned: its releases carry no version that the registry was seen to hand out."""

Ask = Callable[[str], str]
"""Asks a person, and returns what was typed."""

_FAILED = re.compile(r"^.*\b\w+_(?:FAILED|ROLLBACK\w*)\b.*$", re.MULTILINE)


class NotConfirmed(Exception):
    """Whoever was asked did not say yes; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Infrastructure:
    """The stack of one deployment, and where its files stand."""

    resources: Mapping[str, Any]
    environ: Mapping[str, str]
    folder: Path

    @property
    def template(self) -> dict[str, Any]:
        """The ROS template."""
        return stack(self.resources, self.environ)

    @property
    def applied(self) -> Path:
        """The template that was applied last from this machine."""
        return self.folder / f"{stack_name(self.resources)}.applied.json"

    def changes(self) -> list[str]:
        """Return what differs from what was applied last from this machine."""
        before = json.loads(self.applied.read_text()) if self.applied.exists() else {}
        return differences(before, self.template)

    def written(self) -> Path:
        """Write template and ``s.yaml`` for the component; return the latter."""
        self.folder.mkdir(parents=True, exist_ok=True)
        template = self.folder / f"{stack_name(self.resources)}.json"
        template.write_text(json.dumps(self.template, indent=2) + "\n")
        region = self.resources["presign"]["props"]["region"]
        props = {"region": region, "name": stack_name(self.resources), "template": str(template.resolve())}
        document = {
            "edition": "3.0.0",
            "name": stack_name(self.resources),
            "access": "default",
            "resources": {"infra": {"component": COMPONENT, "props": props}},
        }
        path = self.folder / f"{stack_name(self.resources)}.s.yaml"
        # JSON is YAML.
        path.write_text(json.dumps(document, indent=2) + "\n")
        return path


def apply(infra: Infrastructure, *, cli: Cli, ask: Ask, say: Say = print) -> None:
    """Create or update the stack; raises ``NotConfirmed``, or ``NotDeployable`` for what ROS refused."""
    for line in infra.changes() or ["nothing has changed since it was applied from this machine"]:
        say(line)
    confirm(f"apply the stack {stack_name(infra.resources)}?", "yes", ask=ask)
    printed = cli(("deploy", "-t", str(infra.written()), "-y"), {})
    # The component ends well whatever becomes of the stack.
    if failed := _FAILED.search(printed):
        raise NotDeployable(f"ROS refused: {failed[0].strip()}")
    infra.applied.write_text(json.dumps(infra.template, indent=2) + "\n")


def remove(
    infra: Infrastructure,
    *,
    template: Path,
    variables: Mapping[str, str],
    cli: Cli,
    ask: Ask,
    say: Say = print,
) -> None:
    """Take functions, triggers and the stack of one stage away; bucket and layers stay."""
    name = name_of(infra.resources)
    for resource in infra.resources.values():
        say(f"- function {resource['props']['functionName']} with its triggers")
    for line in in_words(
        {"Resources": {n: r for n, r in infra.template["Resources"].items() if not _is_kept(r)}}
    ):
        say(f"- {line}")
    say("The bucket and the versions of the layers stay. The log project goes with all that was logged.")
    confirm(f"remove all of this? Type {name}", name, ask=ask)
    cli(("remove", "-t", str(template), "-y"), variables)
    cli(("remove", "-t", str(infra.written()), "-y"), {})
    infra.applied.unlink(missing_ok=True)


def confirm(question: str, wanted: str, *, ask: Ask) -> None:
    """Raise ``NotConfirmed`` unless the answer is the wanted one."""
    if ask(f"{question} [{wanted}] ").strip() != wanted:
        raise NotConfirmed("nothing was changed (YES=1 answers for machines)")


def _is_kept(resource: Mapping[str, Any]) -> bool:
    return resource.get("DeletionPolicy") == "Retain"
