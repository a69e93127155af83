"""`python -m local.run` as a person meets it: a view of lines, an exit code, and a machine as clean as before."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]
import pytest

from local import groups
from local.info import NoStackError, StackInfo
from local.paths import ROOT


class _Run:
    """One `local.run` of Redis and LiveKit on free ports, its output read line by line."""

    def __init__(self, place: Path, *options: str) -> None:
        self.place = place
        command = [sys.executable, "-m", "local.run", "--only", "redis", "livekit", "--data-dir", str(place), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def until(self, words: str) -> list[str]:
        """Its lines up to the one with `words`; fails when it ends before."""
        lines = []
        for line in self._out:
            lines.append(line.rstrip())
            if words in line:
                return lines
        raise AssertionError(f"ended without {words!r}:\n" + "\n".join(lines))

    def rest(self) -> str:
        return self._out.read()

    def pids(self) -> dict[str, int]:
        """The stack's processes by the name of their program."""
        found = psutil.Process(self.process.pid).children()
        return {child.name(): child.pid for child in found if "guardian" not in " ".join(child.cmdline())}

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._out.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[_Run]:
    running = _Run(tmp_path, "--free-ports")
    yield running
    running.close()


def _left(pids: dict[str, int]) -> list[int]:
    return [member for pid in pids.values() for member in groups.members(pid)]


def test_it_tells_who_is_up_and_where(run: _Run) -> None:
    lines = run.until("Ready after")
    up = [line.split()[1] for line in lines if re.match(r"  ready  \w+ +\d+\.\d s  127\.0\.0\.1:\d+$", line)]
    assert up == ["redis", "livekit"]
    assert StackInfo.read(run.place / "run" / "stack.json").numbers


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_in_order(run: _Run, number: signal.Signals) -> None:
    """Ctrl-C, `kill`, and a terminal window that is closed."""
    run.until("Ready after")
    pids = run.pids()
    run.process.send_signal(number)
    assert run.process.wait(20) == 0
    assert _left(pids) == []
    with pytest.raises(NoStackError):
        StackInfo.read(run.place / "run" / "stack.json")


@pytest.mark.parametrize("victim", ["redis-server", "livekit-server"])
def test_a_death_ends_the_rest_and_is_explained(run: _Run, victim: str) -> None:
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


def test_nothing_outlives_a_killed_supervisor(run: _Run) -> None:
    run.until("Ready after")
    pids = run.pids()
    children = psutil.Process(run.process.pid).children(recursive=True)
    run.process.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    assert _left(pids) == []


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path, run: _Run) -> None:
    run.until("Ready after")
    url = StackInfo.read(run.place / "run" / "stack.json").livekit_url
    port = url.rsplit(":", 1)[1]
    second = _Run(tmp_path / "second", "--free-ports", "--livekit-port", port)
    told = second.rest()
    code = second.process.wait(20)
    second.close()
    assert code == 2
    assert re.search(
        rf"Port {port} \(livekit\) is taken by livekit-\S+ \(pid \d+\)\. Use another: --livekit-port", told
    )
    assert "ready" not in told
