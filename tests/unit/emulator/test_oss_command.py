"""``python -m oss_emulator``: serves official clients, ends on SIGTERM, and finds its objects again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import oss2


@contextmanager
def started(folder: Path) -> Iterator[Any]:
    """Yield a bucket of the running command; it ends well on SIGTERM."""
    command = [sys.executable, "-m", "oss_emulator", "--bucket", "examplebucket", "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = dict(process.stdout.readline().strip().split("=", 1) for _ in range(4))
            auth = oss2.AuthV4(said["OSS_ACCESS_KEY_ID"], said["OSS_ACCESS_KEY_SECRET"])
            endpoint, region = said["OSS_ENDPOINT"], said["OSS_REGION"]
            yield oss2.Bucket(auth, endpoint, "examplebucket", region=region, is_path_style=True)
        finally:
            process.terminate()

    assert 0 == process.returncode


def test_the_command_serves_ends_and_finds_its_objects_again(tmp_path: Path) -> None:
    with started(tmp_path) as bucket:
        bucket.put_object("a.txt", b"hello")
    with started(tmp_path) as bucket:
        assert b"hello" == bucket.get_object("a.txt").read()
