"""``make app``: this project as an application for ``s init``, which asks a few questions and writes ``.env``."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared import __version__
from tests.deploy.archive import Archive, archive
from tests.deploy.trees import reset_times

NAME = "oss-access-grants-app.zip"

_LEFT_OUT = re.compile(
    r"\.git|\.venv.*|\.env|build|node_modules|__pycache__|.*\.egg-info|\.(pytest|mypy|ruff)_cache|\.hypothesis|\.coverage.*"
)
_QUESTIONS: dict[str, tuple[str, str, str]] = {
    "region": ("OSS_REGION", "cn-hangzhou", "Region of the bucket and of the functions, such as cn-hangzhou"),
    "bucket": ("OSS_BUCKET", "", "The one bucket that the functions serve"),
    "readPrefixes": (
        "GRANT_READ_PREFIXES",
        "users/{sub}/",
        "Key prefixes that a caller may read; {claim} stands for who it is",
    ),
    "writePrefixes": ("GRANT_WRITE_PREFIXES", "users/{sub}/", "Key prefixes that a caller may write to"),
    "identitySource": (
        "IDENTITY_SOURCE",
        "oidc",
        "Who verifies callers' tokens: oidc (the functions) or jwt (the trigger)",
    ),
    "issuer": ("OIDC_ISSUER", "", "The issuer of the callers' tokens, with oidc"),
    "audience": ("OIDC_AUDIENCE", "", "The audience that tokens must name, with oidc"),
    "origins": ("CORS_ALLOWED_ORIGINS", "", "Origins of your web pages, comma-separated; empty: none"),
}
"""Name of the question: variable, default, and the question itself."""

_HOOK = """// The answers become .env beside template.yml.
'use strict';

exports.postInit = async ({ artTemplate }) => artTemplate('.env');
"""
_README = """# OSS Access Grants

Temporary, least-privilege access to Alibaba Cloud OSS. Next: `make deploy DRY_RUN=1`, `make infra`, `make deploy`, `make doctor`;
docs/deploy.md has it on one screen.
"""


def app(root: Path, *, into: Path) -> Archive:
    """Write the application archive; equal sources make equal archives."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "app")
        _copy(root, folder / "src")
        for name, text in _written(root).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        reset_times(folder)
        return archive(folder, path=into / NAME)


def _copy(root: Path, folder: Path) -> None:
    def ignored(_: str, names: list[str]) -> list[str]:
        return [name for name in names if _LEFT_OUT.fullmatch(name)]

    shutil.copytree(root, folder, ignore=ignored)


def _written(root: Path) -> dict[str, str]:
    """Return what an application has beside the project itself, by path."""
    # The command line wants s.yaml; ours is the template under another name.
    return {
        # JSON is YAML.
        "publish.yaml": json.dumps(_publish(), indent=2) + "\n",
        "readme.md": _README,
        "version.md": f"{__version__}: see CHANGELOG.md\n",
        "hook/index.js": _HOOK,
        "src/s.yaml": (root / "template.yml").read_text(encoding="utf-8"),
        "src/.env": "".join(_lines()),
    }


def _lines() -> Iterator[str]:
    yield "# Written by s init; docs/deploy.md says what else may stand here.\n"
    for question, (variable, _, _) in _QUESTIONS.items():
        yield f"{variable}={{{{ {question} }}}}\n"


def _publish() -> dict[str, Any]:
    properties = {
        name: {"title": variable, "description": text, "type": "string", "default": default}
        for name, (variable, default, text) in _QUESTIONS.items()
    }
    return {
        "Edition": "3.0.0",
        "Type": "Project",
        "Name": "oss-access-grants",
        "Version": __version__,
        "Provider": ["Alibaba Cloud"],
        "Description": "Temporary, least-privilege access to Alibaba Cloud OSS",
        "HomePage": "",
        "Tags": ["OSS", "STS", "Function Compute"],
        "Category": "Function Compute",
        "Parameters": {"type": "object", "required": ["region", "bucket"], "properties": properties},
    }
