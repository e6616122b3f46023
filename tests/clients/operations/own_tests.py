"""The live tests of ``oss2``, as its source archive brings them, against the emulator: which of them pass.

``python -m tests.clients.operations.own_tests FOLDER`` with the unpacked archive of PyPI (``pip download --no-deps
--no-binary :all: oss2==2.19.1``); the tests stay as they are. Around them: V4 signatures in place of V1, which the
emulator refuses; every host leads to the emulator; buckets let themselves be opened, as when the tests were written.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.control import EVERYTHING
from oss_emulator.server import serve
from oss_emulator.store.buckets import Bucket

FILES = (
    *(
        "bucket",
        "bucket_style",
        "bucket_versioning",
        "chinese",
        "download",
        "exception_ec",
        "headers",
        "iterator",
    ),
    *(
        "lifecycle_versioning",
        "list_objects_v2",
        "multipart",
        "object",
        "object_versioning",
        "public_access_block",
    ),
    *("put_object_chunked", "upload"),
)
"""The files on what the emulator does at all."""

_LINE = re.compile(r"(?P<file>tests/\S+?)::(?P<test>\S+) (?P<result>PASSED|FAILED|ERROR)")


class OpenCloud(Cloud):
    """A cloud whose new buckets do not block public access."""

    def create_bucket(self, name: str, **settings: Any) -> Bucket:
        """Return a new bucket."""
        return super().create_bucket(name, **{"blocks_public_access": False, **settings})


def main() -> None:
    """Run the tests, and print how many of each file pass and which do not."""
    folder = Path(sys.argv[1])
    cloud = OpenCloud(treat_loopback_as_secure=True)
    user = cloud.identities.add_user("developer", policies=[EVERYTHING])
    with serve(Emulator(cloud)) as address:
        environ = {
            "OSS_TEST_ACCESS_KEY_ID": user.access_key_id,
            "OSS_TEST_ACCESS_KEY_SECRET": user.access_key_secret,
            "OSS_TEST_ENDPOINT": f"http://{address}",
            "OSS_TEST_BUCKET": "own",
            "OSS_TEST_AUTH_VERSION": "v4",
            # Beside this file: the archive has a package of the name tests too.
            "PYTHONPATH": str(Path(__file__).parent),
        }
        files = [f"tests/test_{name}.py" for name in FILES]
        plugin = ["-p", "around_own_tests"]
        command = [sys.executable, "-m", "pytest", "-v", "-p", "no:logging", "--no-header", *plugin, *files]
        ran = subprocess.run(
            command, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, check=False
        )
    cloud.close()
    sys.stdout.write(told(ran.stdout))


def told(output: str) -> str:
    """Return the list: per file how many pass, and the names of the others."""
    results: dict[str, dict[str, bool]] = {}
    for line in map(_LINE.match, output.splitlines()):
        if line is not None:
            file = results.setdefault(line["file"], {})
            file[line["test"]] = file.get(line["test"], True) and line["result"] == "PASSED"
    lines = []
    for name, tests in sorted(results.items()):
        others = [test.rpartition("::")[2] for test, passed in tests.items() if not passed]
        lines.append(f"{sum(tests.values()):>4} of {len(tests):<4} {name}  {' '.join(others)}".rstrip())
    counted = [passed for tests in results.values() for passed in tests.values()]
    return "\n".join([*lines, f"{sum(counted):>4} of {len(counted)}", ""])


if __name__ == "__main__":
    main()
