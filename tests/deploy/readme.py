"""The generated parts of README and docs: written between markers, and checked by `make check`."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from oss_emulator import control as control_module
from shared.fc.http import STATUS
from shared.settings.variables.granting import FUNCTIONS
from tests.deploy import samples
from tests.deploy.doctor.causes import CAUSES
from tests.deploy.package import ROOT
from tests.local import openapi
from tests.sources import sources
from tests.unit.diagnosis.faults import FAULTS

OPENAPI = ROOT / "docs" / "openapi.json"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

WORDS = ROOT / "docs" / "zh" / "words.yml"
"""What the generated tables say in Chinese."""

_KEYS = "`ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, `ALIBABA_CLOUD_SECURITY_TOKEN`"
_ENVIRONMENT = {
    "en": (
        "| Variable | Functions | Meaning | Default |",
        "all",
        "required",
        f"| {_KEYS} | all | Set by the platform from the function's role; read once per invocation. | |",
    ),
    "zh": (
        "| 变量 | 函数 | 含义 | 默认值 |",
        "全部",
        "必填",
        f"| {_KEYS} | 全部 | 由平台根据函数角色设置；每次调用读取一次。 | |",  # noqa: RUF001  # Chinese
    ),
}


class NotInStep(ValueError):
    """What the code names and what the docs hold words for differ; the message says where."""


def environment(language: str = "en") -> str:
    """Return the table of environment variables, from the models that read them."""
    head, everywhere, required, credentials = _ENVIRONMENT[language]
    rows = [head, "| --- | --- | --- | --- |"]
    described: dict[str, tuple[list[str], dict[str, Any], bool]] = {}
    for function, groups in FUNCTIONS.items():
        for group in groups:
            schema = TypeAdapter(group).json_schema()
            for name, field in schema["properties"].items():
                is_required = name in schema.get("required", ())
                described.setdefault(name.upper(), ([], field, is_required))[0].append(function)
    said = words("variables", described) if language == "zh" else {}
    for name, (functions, field, is_required) in described.items():
        where = everywhere if len(functions) == len(FUNCTIONS) else ", ".join(f"`{f}`" for f in functions)
        default = required if is_required else _default(field.get("default"))
        meaning = said.get(name) or " ".join(field["description"].split())
        rows.append(f"| `{name}` | {where} | {meaning} | {default} |")
    return "\n".join([*rows, credentials])


def errors(language: str = "en") -> str:
    """Return the table of errors, from the one place that knows HTTP."""
    said = words("errors", (kind.__name__ for kind in STATUS)) if language == "zh" else {}
    rows = ["| HTTP | `Code` | " + {"en": "When", "zh": "何时"}[language] + " |", "| --- | --- | --- |"]
    for kind, status in STATUS.items():
        meaning = said.get(kind.__name__) or (kind.__doc__ or "").splitlines()[0]
        rows.append(f"| {status} | `{kind.code}` | {meaning} |")
    return "\n".join(rows)


def words(kind: str, names: Iterable[str]) -> dict[str, Any]:
    """Return what docs/zh says of each name; raises ``NotInStep`` where it lacks one, or has one too many."""
    found: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))[kind]
    if differing := sorted(found.keys() ^ set(names)):
        raise NotInStep(f"{WORDS.name}: {kind}: {', '.join(differing)}: translate it, or take it away")
    return found


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


_MARKED = re.compile(r"(<!-- generated: ([\w./-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def modules() -> str:
    """Return one line for each module that ships or diagnoses: its first line, which names its main noun."""
    rows = ["| Module | What it holds |", "| --- | --- |"]
    for source in sources("functions", "shared"):
        first = (ast.get_docstring(source.tree) or "").splitlines()[0]
        rows.append(f"| `{source.name}` | {first.replace('``', '`')} |")
    return "\n".join(rows)


def commands(language: str = "en") -> str:
    """Return the table of commands, from the Makefile."""
    does = words("commands", targets()) if language == "zh" else targets()
    rows = [{"en": "| Command | Does |", "zh": "| 命令 | 作用 |"}[language], "| --- | --- |"]
    return "\n".join([*rows, *(f"| `make {name}` | {does[name]} |" for name in targets())])


def targets() -> dict[str, str]:
    """Return what each target of the Makefile says of itself."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+):[^#\n]*## (.+)$", makefile, re.MULTILINE))


def doctor(language: str = "en") -> str:
    """Return the table of what the doctor names."""
    causes = words("causes", CAUSES) if language == "zh" else CAUSES
    rows = [
        {"en": "| Name | What is wrong | What to do |", "zh": "| 名称 | 问题 | 处理 |"}[language],
        "| --- | --- | --- |",
    ]
    return "\n".join([*rows, *(f"| `{code}` | {' | '.join(causes[code])} |" for code in CAUSES)])


def _client(path: Path) -> str:
    """Return a file of docs/clients as a block of code; the tests run the file."""
    return f"```{_LANGUAGES.get(path.suffix, path.suffix[1:])}\n{path.read_text(encoding='utf-8')}```"


_LANGUAGES = {".py": "python"}


def control() -> str:
    """Return the table of the emulator's control endpoint, from the module that answers it."""
    rows = [line for line in (control_module.__doc__ or "").splitlines() if line.startswith("|")]
    return "\n".join(rows).replace("``", "`")


CLIENTS = {f"clients/{path.name}": path for path in sorted((ROOT / "docs" / "clients").glob("*"))}

PARTS: dict[str, Callable[[], str]] = {
    **{name: partial(_client, path) for name, path in CLIENTS.items()},
    "commands": commands,
    "control": control,
    "environment": environment,
    "doctor": doctor,
    "errors": errors,
    "modules": modules,
    "faults": faults,
    **{f"{part.__name__}-zh": partial(part, "zh") for part in (environment, errors, commands, doctor)},
    "upload": lambda: samples.answer("upload"),
    "form": lambda: samples.sample("form"),
    "parts": lambda: samples.sample("parts, compact"),
    "batch": lambda: samples.sample("many at once"),
}


def rendered(text: str) -> str:
    """Return a page with its generated parts as they should be; raises ``ValueError`` for an unknown one."""
    return _MARKED.sub(lambda found: f"{found[1]}{_made(found[2])}\n{found[3]}", text)


def _made(part: str) -> str:
    if part not in PARTS:
        raise ValueError(f"no generated part is called {part}")
    return PARTS[part]()


def parts_of(text: str) -> list[str]:
    """Return the names of the generated parts that a page holds."""
    return [found[2] for found in _MARKED.finditer(text)]


def contract() -> str:
    """Return the functions' HTTP contract as ``docs/openapi.json`` holds it."""
    described = openapi.document(server="https://grants.example.com")
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def write(pages: Iterable[Path] = PAGES) -> None:
    """Bring the pages in step."""
    for page in pages:
        page.write_text(rendered(page.read_text(encoding="utf-8")), encoding="utf-8")


def stale(pages: Iterable[Path] = PAGES) -> list[str]:
    """Return the names of pages that do not say what the code says."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    return [page.name for page, text in texts.items() if rendered(text) != text]


def _default(value: Any) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
