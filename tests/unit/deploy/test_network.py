"""pip's index, proxy and certificates hold for uv too, and older pips trust what the system trusts."""

from __future__ import annotations

import hashlib
import http.server
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.certificate import issued
from tests.deploy.network import pip_environment, pip_settings, uv_environment, uv_options, weighed

LISTED = [
    "global.index-url='https://global.example/simple'",
    "global.timeout='60'",
    "install.index-url='https://install.example/simple'",
    ":env:.proxy='http://proxy.example:3128'",
    "global.proxy='http://other.example:1'",
    "download.index-url='https://download.example/simple'",
    "global.extra-index-url='https://a.example https://b.example'",
]


def test_pips_own_order_of_settings_holds() -> None:
    settings = weighed(LISTED)

    assert "https://install.example/simple" == settings["index-url"]
    assert "http://proxy.example:3128" == settings["proxy"]


def test_uv_asks_where_pip_asks() -> None:
    variables = uv_environment({}, weighed(LISTED) | {"cert": "/own.pem", "trusted-host": "a b"})

    assert {
        "UV_DEFAULT_INDEX": "https://install.example/simple",
        "UV_INDEX": "https://a.example https://b.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_HTTP_TIMEOUT": "60",
        "UV_INSECURE_HOST": "a b",
        "UV_SYSTEM_CERTS": "true",
        "SSL_CERT_FILE": "/own.pem",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "HTTP_PROXY": "http://proxy.example:3128",
    } == variables


def test_what_uv_was_told_itself_stands() -> None:
    told = {"UV_INDEX_URL": "https://uv.example", "https_proxy": "http://mine:1", "UV_SYSTEM_CERTS": "false"}
    variables = uv_environment(told, weighed(LISTED))

    assert "UV_DEFAULT_INDEX" not in variables
    assert "http://mine:1" == variables["HTTPS_PROXY"]
    assert "false" == variables["UV_SYSTEM_CERTS"]


@pytest.mark.parametrize(("value", "options"), [("true", ["--no-index"]), ("0", []), ("", [])])
def test_no_index_is_no_index(value: str, options: list[str]) -> None:
    assert options == uv_options({"no-index": value})


def test_pip_trusts_what_the_system_trusts_unless_told(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.crt"
    bundle.write_text("")
    bundles = ("/nonexistent", str(bundle))

    assert str(bundle) == pip_environment({}, {}, bundles=bundles)["PIP_CERT"]
    assert "/mine" == pip_environment({"SSL_CERT_FILE": "/mine"}, {}, bundles=bundles)["PIP_CERT"]
    assert {} == pip_environment({}, {"cert": "/own.pem"}, bundles=bundles)
    assert {} == pip_environment({}, {}, bundles=("/nonexistent",))


def test_settings_are_read_from_pips_file_and_variables(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://file.example/simple\n")
    environ = {"PIP_CONFIG_FILE": str(file), "PIP_TIMEOUT": "7", "HOME": str(tmp_path)}

    assert "https://file.example/simple" == pip_settings(environ)["index-url"]
    assert "7" == pip_settings(environ)["timeout"]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Yield an index over TLS that holds one distribution, and the bundle that its authority stands in alone."""
    folder = tmp_path / "simple" / "tiny-house"
    folder.mkdir(parents=True)
    wheel = folder / "tiny_house-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as zipped:
        zipped.writestr("tiny_house.py", "")
        zipped.writestr(
            "tiny_house-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-house\nVersion: 1.0\n"
        )
        zipped.writestr(
            "tiny_house-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        zipped.writestr("tiny_house-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "index.html").write_text(f'<a href="{wheel.name}#sha256={digest}">{wheel.name}</a>')
    authority, certificate = issued(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path))  # type: ignore[arg-type]  # as the server hands them in

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}/simple", authority
        server.shutdown()


def installed(
    index: str, environ: dict[str, str], folder: Path, *, tool: str
) -> subprocess.CompletedProcess[str]:
    """Return what came of installing the one distribution with pip or uv."""
    base = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "PIP_INDEX_URL": index,
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
        **environ,
    }
    settings = pip_settings(base)
    variables = (
        pip_environment(base, settings, bundles=()) if tool == "pip" else uv_environment(base, settings)
    )
    install = [
        sys.executable,
        "-m",
        *(["pip"] if tool == "pip" else ["uv", "pip"]),
        "install",
        "--no-cache-dir",
    ]
    install += ["--target", str(folder / tool), "--no-deps", "tiny-house"]
    return subprocess.run(install, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("tool", ["pip", "uv"])
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "PIP_CERT"])
def test_an_index_whose_authority_only_the_system_trusts_is_used(
    tool: str, variable: str, index: tuple[str, Path], tmp_path: Path
) -> None:
    address, authority = index
    done = installed(address, {variable: str(authority)}, tmp_path, tool=tool)

    assert 0 == done.returncode, done.stderr
    assert (tmp_path / tool / "tiny_house.py").exists()


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_an_authority_that_nobody_trusts_is_refused(
    tool: str, index: tuple[str, Path], tmp_path: Path
) -> None:
    assert 0 != installed(index[0], {}, tmp_path, tool=tool).returncode
