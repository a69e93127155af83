"""A worker of its own as an operator starts it: `python agent/main.py ...` with an environment and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from local import environment
from local.follow import LogLines
from local.info import StackInfo
from local.paths import ROOT
from local.ports import Ports
from local.readiness import LogHas, wait_ready, wait_until
from local.stack import Stack

MAIN = ROOT / "agent" / "main.py"
START = (sys.executable, str(MAIN), "start")
READY = "registered worker"
NOWHERE = "127.0.0.1:9"  # discard: nobody listens, so a connection is refused at once
UNREACHABLE = {
    "RIVA_URI": NOWHERE,
    "LLM_BASE_URL": f"http://{NOWHERE}/v1",
    "TTS_BASE_URL": f"http://{NOWHERE}/v1",
}
_READY_S = 90.0
_CALL_LOGGED_S = 10.0


@dataclass(frozen=True)
class Worker:
    """A running worker. `info` is the stack's with this worker's name: calls placed by it reach this one only."""

    process: asyncio.subprocess.Process
    log: Path
    info: StackInfo

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """All its descendants now."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    async def job_process(self, call_id: str) -> psutil.Process:
        """See the function of that name: of a call that this worker holds."""
        return await _job_process(self.log, call_id)

    def kill(self) -> None:
        """SIGKILL to it and all its children, as a machine that goes away: no call of it says goodbye."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def stop(self, timeout_s: float = 30.0) -> int:
        """SIGTERM, as Kubernetes does; returns the exit status."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(timeout_s):
            return await self.process.wait()


def bare_environment() -> dict[str, str]:
    """What any process needs to run at all: programs, a home, a place for temporary files."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}  # noqa: TID251


@asynccontextmanager
async def worker(
    stack: Stack, folder: Path, *, name: str, command: Sequence[str] = START, **variables: str
) -> AsyncIterator[Worker]:
    """Run one beside the stack's own; ended, with all its children, when the block ends.

    Under another AGENT_NAME it gets the calls that are placed by its `info`; under the stack's own (`stack.info`'s) it
    shares the stack's calls, and takes over those of a dead one. The environment is the stack's for its agent,
    but for where recordings are; `variables` replace some. `folder` gets its state and its log.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    ports = Ports.free()
    made = environment.for_agent(stack.info, ports, folder, stack.config)
    own = {**bare_environment(), **made, "AGENT_NAME": name, "AGENT_WARM_PROCESSES": "1", **variables}
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=own, stdout=out, stderr=out, start_new_session=True
        )
    try:
        alive = lambda: process.returncode is None  # noqa: E731 - one expression, used once
        await wait_ready(LogHas(log, READY), alive=alive, within_s=_READY_S, what=name)
        # What it keeps on its own is read there; what it sends through a gateway arrives in the stack's store.
        kept = own["STATE_URL"] if own["STATE_URL"].startswith("memory:") else stack.info.state_url
        running = Worker(process, log, replace(stack.info, agent_name=name, state_url=kept))
        yield running
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def job_process(stack: Stack, call_id: str) -> psutil.Process:
    """The process of the stack's agent that runs a call, to be killed or frozen. A worker's own: Worker.job_process."""
    return await _job_process(stack.process("agent").log, call_id)


async def _job_process(log: Path, call_id: str) -> psutil.Process:
    """By the worker's log: what a job process logs of its call carries the call's id and the process' own."""
    async with asyncio.timeout(_CALL_LOGGED_S):
        while True:
            for pid in reversed(await asyncio.to_thread(_pids, log, call_id)):
                with suppress(psutil.NoSuchProcess):
                    found = psutil.Process(pid)
                    if found.status() != psutil.STATUS_ZOMBIE:
                        return found
            await asyncio.sleep(0.05)


def _pids(log: Path, call_id: str) -> list[int]:
    return [int(line["pid"]) for line in LogLines(log).new() if line.get("call_id") == call_id and "pid" in line]


async def run_to_end(
    *arguments: str, cwd: Path = ROOT, variables: Mapping[str, str] | None = None, timeout_s: float = 60.0
) -> tuple[int | None, str, str]:
    """`python agent/main.py ...` that is expected to end by itself: exit status, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(MAIN),
        *arguments,
        cwd=cwd,
        env={**bare_environment(), **(variables or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(timeout_s):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, out.decode(), err.decode()


async def gone(processes: Sequence[psutil.Process], within_s: float = 15.0) -> bool:
    """None of them lives any more."""

    def dead() -> bool:
        return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)

    return await wait_until(dead, within_s)
