"""When the program that started the stack is killed, the stack goes with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from local import groups
from local.paths import ROOT
from local.readiness import wait_until

_PROGRAM = """
import subprocess, sys, time
from local.guardian import Guardian
sleep = "import time; time.sleep(600)"
child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {sleep!r}]); {sleep}"
started = subprocess.Popen([sys.executable, "-S", "-c", child], start_new_session=True)
Guardian("test").watch(started.pid)
print(started.pid, flush=True)
time.sleep(600)
"""


def _start() -> tuple[subprocess.Popen[str], int]:
    starter = subprocess.Popen([sys.executable, "-c", _PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    with starter.stdout:
        return starter, int(starter.stdout.readline())


async def test_sigkill_of_the_starter_ends_what_it_started() -> None:
    """SIGKILL can't be caught: without the guardian, the worker and its job processes would hold their ports."""
    starter, group = _start()
    assert await wait_until(lambda: len(groups.members(group)) == 2, 5), "a child and a grandchild"
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    assert await wait_until(lambda: not groups.members(group), 8)
