"""The generated parts of the README: written between markers, and checked by `make check`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shared.fc.http import STATUS
from shared.settings.variables import FUNCTIONS
from tests.deploy import samples
from tests.deploy.package import ROOT
from tests.unit.diagnosis.faults import FAULTS

README = ROOT / "README.md"

_CREDENTIALS = (
    "| `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, `ALIBABA_CLOUD_SECURITY_TOKEN` "
    "| all | Set by the platform from the function's role; read once per invocation. | |"
)


def environment() -> str:
    """Return the table of environment variables, from the models that read them."""
    rows = ["| Variable | Functions | Meaning | Default |", "| --- | --- | --- | --- |"]
    described: dict[str, tuple[list[str], dict[str, Any], bool]] = {}
    for function, groups in FUNCTIONS.items():
        for group in groups:
            schema = TypeAdapter(group).json_schema()
            for name, field in schema["properties"].items():
                is_required = name in schema.get("required", ())
                described.setdefault(name.upper(), ([], field, is_required))[0].append(function)
    for name, (functions, field, is_required) in described.items():
        where = "all" if len(functions) == len(FUNCTIONS) else ", ".join(f"`{f}`" for f in functions)
        default = "required" if is_required else _default(field.get("default"))
        rows.append(f"| `{name}` | {where} | {field['description']} | {default} |")
    return "\n".join([*rows, _CREDENTIALS])


def errors() -> str:
    """Return the table of errors, from the one place that knows HTTP."""
    rows = ["| HTTP | `Code` | When |", "| --- | --- | --- |"]
    for kind, status in STATUS.items():
        meaning = (kind.__doc__ or "").splitlines()[0]
        rows.append(f"| {status} | `{kind.code}` | {meaning} |")
    return "\n".join(rows)


def faults() -> str:
    """Return the table of causes that a diagnosis names, with the faults that tests make of each."""
    rows = ["| Cause | Faults that are tried | Shown by the URL alone |", "| --- | --- | --- |"]
    for cause in dict.fromkeys(fault.expected for fault in FAULTS):
        tried = [fault for fault in FAULTS if fault.expected == cause]
        alone = sum(fault.url_alone for fault in tried)
        rows.append(
            f"| `{cause}` | {'; '.join(_plain(fault.name) for fault in tried)} | {alone} of {len(tried)} |"
        )
    alone = sum(fault.url_alone for fault in FAULTS)
    return "\n".join([*rows, f"| {len(rows) - 2} causes | {len(FAULTS)} faults | {alone} of {len(FAULTS)} |"])


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("&", "&amp;")


PARTS: dict[str, Callable[[], str]] = {
    "environment": environment,
    "errors": errors,
    "faults": faults,
    "upload": lambda: samples.answer("upload"),
    "form": lambda: samples.sample("form"),
    "parts": lambda: samples.sample("parts, compact"),
    "batch": lambda: samples.sample("many at once"),
}


def rendered(text: str) -> str:
    """Return ``text`` with every generated part as it should be."""
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"the README has no place for the generated part {name}")
        text = pattern.sub(rf"\g<1>{_literal(make())}\n\g<2>", text)
    return text


def write(path: Path = README) -> None:
    """Bring the README in step."""
    path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")


def is_in_step(path: Path = README) -> bool:
    """Tell whether the README says what the code says."""
    text = path.read_text(encoding="utf-8")
    return rendered(text) == text


def _default(value: Any) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _literal(text: str) -> str:
    # A replacement template reads backslashes.
    return text.replace("\\", r"\\")
