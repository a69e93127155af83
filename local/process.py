"""One process of the stack: in a group of its own, its output in a log file, ready when its probe says so."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from local import groups
from local.guardian import Guardian
from local.paths import ROOT
from local.readiness import LogHas, Probe, wait_ready, wait_until

_KILLED_WITHIN_S = 5.0
_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Service:
    """How one process of the stack is run.

    `ready` is asked until it says yes, for at most `ready_s` seconds; `after` names those that must be ready first.
    `stop_s` is the time it has between SIGTERM and SIGKILL. `port` is the one to show a person. `keeps` are the folders
    where it leaves what it will know again after a restart: made, readable by this user alone, before it starts.
    """

    name: str
    command: tuple[str, ...]
    ready: Probe
    port: int
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_s: float = 30.0
    stop_s: float = 4.0
    keeps: tuple[Path, ...] = ()

    def with_environment(self, added: Mapping[str, str]) -> Service:
        """The same service with more variables; those given here win."""
        return replace(self, environment={**self.environment, **added})


class Process:
    """A service's process through all its starts and ends.

    `kill` and `terminate` are meant ends: a supervisor that finds the process dead asks `died` first.
    """

    def __init__(self, service: Service, log: Path, environment: Mapping[str, str], guardian: Guardian) -> None:
        self.service = service
        self.log = log
        self.ready_after_s: float | None = None  # from start to ready, of the latest start
        self._environment = {**environment, **service.environment}
        self._guardian = guardian
        self._running: subprocess.Popen[bytes] | None = None
        self._end_is_meant = False

    def __repr__(self) -> str:
        state = f"pid={self.pid}" if self.alive else f"ended {self.exit}" if self._running else "not started"
        return f"<Process {self.service.name} {state}>"

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def pid(self) -> int:
        """The process' id, which is its group's too. RuntimeError before the first start."""
        if self._running is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._running.pid

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    @property
    def died(self) -> bool:
        """It ended and nobody here asked for that."""
        return self._running is not None and not self.alive and not self._end_is_meant

    @property
    def exit(self) -> str:
        """How it ended, for a person: "exit code 2", "signal SIGKILL"; "running" or "not started" where it did not."""
        if self._running is None:
            return "not started"
        code = self._running.poll()
        if code is None:
            return "running"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    async def start(self) -> None:
        """Start it; returns when it is ready. NotReadyError when it ends or is too slow, OSError when it can't run."""
        if self.alive:
            raise RuntimeError(f"{self.name} is running")
        started = time.monotonic()
        self._end_is_meant = False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        for folder in self.service.keeps:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            offset = log.tell()
            self._running = subprocess.Popen(  # noqa: ASYNC220 - takes a millisecond, and works across event loops
                self.service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=ROOT,
                start_new_session=True,
            )
        self._guardian.watch(self.pid)
        probe = self.service.ready
        if isinstance(probe, LogHas):
            probe = replace(probe, log=self.log, start=offset)
        await wait_ready(probe, alive=lambda: self.alive, within_s=self.service.ready_s, what=self.name)
        self.ready_after_s = time.monotonic() - started

    def kill(self) -> None:
        """SIGKILL to the process and all its children, as the kernel does when memory runs out. Does not wait."""
        self._end_is_meant = True
        groups.signal_group(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM to the process alone, as Kubernetes does: its children are its own to end. Does not wait."""
        self._end_is_meant = True
        if self.alive and self._running:
            self._running.terminate()

    async def stop(self) -> None:
        """End it in order: SIGTERM, `stop_s` of patience, then SIGKILL for it and whatever it left in its group."""
        if self._running is None:
            return
        self.terminate()
        await wait_until(lambda: not self.alive, self.service.stop_s)
        self.kill()
        await wait_until(self._gone, _KILLED_WITHIN_S)
        self._guardian.forget(self.pid)

    def freeze(self) -> None:
        """SIGSTOP to the process and all its children: connections stay open, and nothing is answered until `thaw`."""
        groups.signal_group(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        groups.signal_group(self.pid, signal.SIGCONT)

    async def restart(self, *, empty: bool = False) -> None:
        """Start it again, with the same port and log; ends it first by SIGKILL if it still runs. Returns when ready.

        `empty`: without what it kept, as on a replacement machine.
        """
        if self._running is not None:
            self.kill()
            if not await wait_until(self._gone, _KILLED_WITHIN_S):
                raise RuntimeError(f"{self.name} (pid {self.pid}) survived SIGKILL")
            self._guardian.forget(self.pid)
        for folder in self.service.keeps if empty else ():
            shutil.rmtree(folder, ignore_errors=True)
        await self.start()

    def tail(self, lines: int = 20) -> list[str]:
        """The last lines of its log."""
        if not self.log.exists():
            return []
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            return log.read().decode(errors="replace").splitlines()[-lines:]

    def obituary(self) -> str:
        """Who died, of what, and its last words: for a person."""
        last = "\n".join(f"    {line}" for line in self.tail()) or "    (nothing)"
        return f"{self.name} (pid {self.pid}) died: {self.exit}. Its last lines, from {self.log}:\n{last}"

    def _gone(self) -> bool:
        return not self.alive and not groups.members(self.pid)
