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
from local.info import StackInfo
from local.paths import CALL_CENTER, ROOT
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
    """Run one beside the stack's own, under another AGENT_NAME; ended, with all its children, when the block ends.

    The environment is the stack's for its agent; `variables` replace some. `folder` gets its state and its log.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    ports = Ports.free()
    made = environment.for_agent(stack.info, ports, folder, CALL_CENTER)
    own = {**bare_environment(), **made, "AGENT_NAME": name, "AGENT_WARM_PROCESSES": "1", **variables}
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=own, stdout=out, stderr=out, start_new_session=True
        )
    try:
        alive = lambda: process.returncode is None  # noqa: E731 - one expression, used once
        await wait_ready(LogHas(log, READY), alive=alive, within_s=_READY_S, what=name)
        yield Worker(process, log, replace(stack.info, agent_name=name))
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


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
