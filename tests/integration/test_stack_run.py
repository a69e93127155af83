"""`python -m local.run` as a person meets it: a view of lines, an exit code, and a machine as clean as before."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from local import groups
from local.info import NoStackError, StackInfo
from tests.support.local_run import LocalRun

_ONLY = ("--free-ports", "--only", "redis", "livekit")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    running = LocalRun(tmp_path, *_ONLY)
    yield running
    running.close()


def _left(pids: dict[str, int]) -> list[int]:
    return [member for pid in pids.values() for member in groups.members(pid)]


def test_it_tells_who_is_up_and_where(run: LocalRun) -> None:
    lines = run.until("Ready after")
    up = [line.split()[1] for line in lines if re.match(r"  ready  \w+ +\d+\.\d s  127\.0\.0\.1:\d+$", line)]
    assert up == ["redis", "livekit"]
    assert StackInfo.read(run.place / "run" / "stack.json").numbers


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_in_order(run: LocalRun, number: signal.Signals) -> None:
    """Ctrl-C, `kill`, and a terminal window that is closed."""
    run.until("Ready after")
    pids = run.pids()
    run.process.send_signal(number)
    assert run.process.wait(20) == 0
    assert _left(pids) == []
    with pytest.raises(NoStackError):
        StackInfo.read(run.place / "run" / "stack.json")


def test_it_ends_when_nobody_reads_its_view_any_more(run: LocalRun) -> None:
    """`make run | tee log` and Ctrl-C: tee is gone first. The farewell to its pipe once kept the stack running."""
    run.until("Ready after")
    pids = run.pids()
    run.close_view()
    run.process.send_signal(signal.SIGINT)
    run.process.wait(20)
    assert _left(pids) == []


@pytest.mark.parametrize("victim", ["redis-server", "livekit-server"])
def test_a_death_ends_the_rest_and_is_explained(run: LocalRun, victim: str) -> None:
    """A half-dead stack lets a developer look for a mistake that is not in the code."""
    run.until("Ready after")
    pids = run.pids()
    # Linux shows the first 15 characters of a program's name.
    dying = next(pid for name, pid in pids.items() if name.startswith(victim[:14]))
    psutil.Process(dying).kill()
    told = "\n".join(run.until("Stopping the rest."))
    assert run.process.wait(20) == 1
    assert f"{victim.removesuffix('-server')} (pid {dying}) died: signal SIGKILL. Its last lines, from" in told
    assert _left(pids) == []


def test_nothing_outlives_a_killed_supervisor(run: LocalRun) -> None:
    run.until("Ready after")
    pids = run.pids()
    children = psutil.Process(run.process.pid).children(recursive=True)
    run.process.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    assert _left(pids) == []


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path, run: LocalRun) -> None:
    run.until("Ready after")
    url = StackInfo.read(run.place / "run" / "stack.json").livekit_url
    port = url.rsplit(":", 1)[1]
    second = LocalRun(tmp_path / "second", *_ONLY, "--livekit-port", port)
    told = second.rest()
    code = second.process.wait(20)
    second.close()
    assert code == 2
    assert re.search(
        rf"Port {port} \(livekit\) is taken by livekit-\S+ \(pid \d+\)\. Use another: --livekit-port", told
    )
    assert "ready" not in told


def test_a_killed_worker_takes_its_calls_processes_along(tmp_path: Path) -> None:
    """The worker's job processes are a fork server's children: one that is left would still be in a call."""
    run = LocalRun(tmp_path, "--free-ports")
    try:
        run.until("Ready after")
        everyone = psutil.Process(run.process.pid).children(recursive=True)
        worker = next(child for child in everyone if "agent/main.py" in child.cmdline())
        assert worker.children(recursive=True), "it keeps warm job processes"
        worker.kill()
        told = "\n".join(run.until("Stopping the rest."))
        assert run.process.wait(30) == 1
        assert f"agent (pid {worker.pid}) died: signal SIGKILL" in told
        _, alive = psutil.wait_procs(everyone, timeout=10)
        assert alive == []
    finally:
        run.close()
