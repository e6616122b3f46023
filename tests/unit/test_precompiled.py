"""The core of pydantic without the package around it: loaded by one thread, used by all."""

from __future__ import annotations

import subprocess
import sys

TOGETHER = """
import sys, threading
sys.setswitchinterval(1e-6)
from shared import precompiled
ready, found = threading.Barrier(24), []
def load():
    ready.wait()
    found.append(precompiled._core())
threads = [threading.Thread(target=load) for _ in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert 24 == len(found) and 1 == len(set(map(id, found))), found
assert "pydantic_core" not in sys.modules
"""


def test_threads_of_a_fresh_process_all_get_it() -> None:
    for _ in range(10):
        done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, check=False)

        assert ("", 0) == (done.stderr, done.returncode)
