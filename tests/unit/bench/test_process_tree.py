"""Memory and processor time of a worker: its job processes are where both are spent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import process_tree

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux only")

HOLDS_20_MB = "import sys; kept = bytearray(b'x' * 20_000_000); print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def child() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", HOLDS_20_MB], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.stdin.close()
    process.stdout.close()
    process.wait(10)


def test_children_are_counted_with_their_parent(child: int) -> None:
    """A worker's own process is a small part of what it takes."""
    own, both = process_tree.memory(child), process_tree.memory(os.getpid())
    assert own.processes == 1
    assert both.processes >= 2
    assert 20 < own.pss <= own.rss
    assert both.rss > own.rss


def test_a_process_that_is_gone_takes_nothing() -> None:
    """A worker that died must not end the measurement with a traceback of psutil's."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(10)
    assert process_tree.memory(gone.pid).processes == 0
    assert process_tree.cpu_s(gone.pid) == 0.0


def test_processor_time_of_an_ended_child_is_kept() -> None:
    """A job process ends with its call: its seconds belong to the call all the same."""
    before = process_tree.cpu_s(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True, timeout=30)
    assert process_tree.cpu_s(os.getpid()) > before
