from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.local.template import ROOT, TemplateError, load, resources

ACCOUNT = "123456789012"


def rendered(value: Any, *, folder: Path, environ: dict[str, str] | None = None, **variables: Any) -> Any:
    """Return ``value`` as it stands in a rendered template."""
    path = folder / "template.yml"
    path.write_text(yaml.safe_dump({"vars": variables, "resources": {"one": value}}))
    return resources(environ or {}, account_id=ACCOUNT, path=path)["one"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain", "plain"),
        ("${vars.region}", "cn-hangzhou"),
        ("acs:fc:${vars.region}:${config('AccountID')}:x", f"acs:fc:cn-hangzhou:{ACCOUNT}:x"),
        ("${env('SET')}", "from outside"),
        ("${env('SET', 'default')}", "from outside"),
        ("${env('UNSET', 'default')}", "default"),
        ("${env('UNSET', '')}", ""),
        ("${env('UNSET', vars.region)}", "cn-hangzhou"),
        ("header:Authorization:Bearer ", "header:Authorization:Bearer "),
        ('{"subject":[{"prefix":"${vars.region}/"}]}', '{"subject":[{"prefix":"cn-hangzhou/"}]}'),
        (["${vars.region}", 3, True], ["cn-hangzhou", 3, True]),
        ({"deep": {"er": "${vars.twice}"}}, {"deep": {"er": "cn-hangzhou!"}}),
    ],
)
def test_expressions_are_rendered_as_the_deployer_does(tmp_path: Path, written: Any, meant: Any) -> None:
    variables = {"region": "cn-hangzhou", "twice": "${vars.region}!"}
    value = rendered(written, folder=tmp_path, environ={"SET": "from outside"}, **variables)

    assert meant == value


@pytest.mark.parametrize(
    "written", ["${env('UNSET')}", "${file('x')}", "${vars.x + 1}", "${config('Region')}"]
)
def test_what_it_does_not_know_is_an_error(tmp_path: Path, written: str) -> None:
    with pytest.raises(TemplateError):
        rendered(written, folder=tmp_path)


def test_the_template_describes_every_function_that_there_is() -> None:
    functions = load({}, account_id=ACCOUNT)

    assert {path.parent for path in (ROOT / "functions").glob("*/index.py")} == {
        function.code for function in functions.values()
    }


def test_a_function_is_described_as_the_platform_runs_it() -> None:
    presign = load({"TTL_MAX_SECONDS": "900"}, account_id=ACCOUNT)["presign"]

    assert ("index.handler", 10, "900") == (
        presign.handler,
        presign.timeout_seconds,
        presign.environment["TTL_MAX_SECONDS"],
    )
    assert f"acs:ram::{ACCOUNT}:role/oss-access-grants-presign" == presign.role
    assert presign.http_trigger is not None
    assert "jwt" == presign.http_trigger["authType"]


def test_a_function_without_http_trigger_has_none() -> None:
    assert load({}, account_id=ACCOUNT)["presign_on_event"].http_trigger is None
