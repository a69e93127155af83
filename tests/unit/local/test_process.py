"""A process of the stack ends when it is told to, with all that it started, and tells how it ended when it was not."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local import groups
from local.guardian import Guardian
from local.process import Process, Service
from local.readiness import LogHas, NotReadyError, wait_until

_SLEEP = "print('up', flush=True); import time; time.sleep(600)"
_PARENT = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {_SLEEP!r}]); child.wait()"
_DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _SLEEP


class _Bench:
    """Starts processes for a test and ends them with it."""

    def __init__(self, place: Path) -> None:
        self.guardian = Guardian("test")
        self._place = place

    def process(self, program: str, **options: float) -> Process:
        command = (sys.executable, "-S", "-c", program)
        service = Service("thing", command, LogHas(Path(), "up"), port=0, **{"ready_s": 20.0, "stop_s": 0.3, **options})  # type: ignore[arg-type]
        return Process(service, self._place / "thing.log", {"PATH": "/usr/bin:/bin"}, self.guardian)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[_Bench]:
    made = _Bench(tmp_path)
    yield made
    await asyncio.to_thread(made.guardian.close)


async def test_it_is_ready_when_its_log_says_so(bench: _Bench) -> None:
    process = bench.process(_SLEEP)
    await process.start()
    assert process.alive
    assert process.exit == "running"
    assert process.ready_after_s is not None
    await process.stop()
    assert not process.alive


async def test_one_that_dies_at_its_start_tells_its_last_words(bench: _Bench) -> None:
    process = bench.process("import sys; sys.exit('no such voice: cher')")
    with pytest.raises(NotReadyError, match="ended before it was ready"):
        await process.start()
    assert process.died
    assert "exit code 1" in process.obituary()
    assert "no such voice: cher" in process.obituary()
    await process.stop()


async def test_a_kill_takes_the_children_along(bench: _Bench) -> None:
    """A worker's job processes are its children: one left behind would go on talking to a caller nobody hears."""
    process = bench.process(_PARENT)
    await process.start()
    assert len(groups.members(process.pid)) == 2
    process.kill()
    assert await wait_until(lambda: not groups.members(process.pid), 5)
    assert process.exit == "signal SIGKILL"
    assert not process.died, "a kill that was meant is no accident"
    await process.stop()


async def test_stopping_outlasts_a_process_that_does_not_listen(bench: _Bench) -> None:
    process = bench.process(_DEAF)
    await process.start()
    await process.stop()
    assert process.exit == "signal SIGKILL"


async def test_an_end_that_nobody_asked_for_is_a_death(bench: _Bench) -> None:
    process = bench.process(_SLEEP)
    await process.start()
    groups.signal_group(process.pid, signal.SIGKILL)
    assert await wait_until(lambda: process.died, 5)
    assert "died: signal SIGKILL" in process.obituary()
    await process.stop()


async def test_a_restart_waits_for_the_new_process(bench: _Bench) -> None:
    """The first start's "up" is still in the log: the second one has to say it again."""
    process = bench.process(_SLEEP)
    await process.start()
    first = process.pid
    await process.restart()
    assert process.pid != first
    assert process.alive
    assert process.tail().count("up") == 2
    await process.stop()
