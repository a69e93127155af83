"""Where faults are done: a stack, and beside it workers that reach their store in other ways. Each starts when first
needed, and ends with the place."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil  # type: ignore[import-untyped]

from local.paths import ROOT
from local.services import NAMES, RECORDERS
from local.stack import Stack
from tests.support.faulty_way import FaultyWay, faulty_way
from tests.support.workers import Worker, job_process, worker

DIRECT, GATEWAY, SKEWED = "direct", "gateway", "skewed"
"""How a call's worker reaches its store: Redis itself (the stack's own worker), the gateway by a way that can be
broken, and the gateway straight by a clock that is five minutes off."""

PROCESSES = tuple(name for name in NAMES if name not in RECORDERS)
_SKEWED = (sys.executable, str(ROOT / "tests" / "support" / "skewed_worker.py"), "start")


@dataclass
class Place:
    """An async context. `stack` runs PROCESSES at least; `folder` gets the other workers' files."""

    stack: Stack
    folder: Path
    way: FaultyWay | None = None
    workers: dict[str, Worker] = field(default_factory=dict)
    _exits: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def worker(self, route: str) -> Worker | None:
        """None for DIRECT: the stack's own."""
        if route != DIRECT and route not in self.workers:
            self.workers[route] = await self._start(route)
        return self.workers.get(route)

    async def job_process(self, route: str, call_id: str) -> psutil.Process:
        """The process that runs a call of that route."""
        own = self.workers.get(route)
        return await (own.job_process(call_id) if own else job_process(self.stack, call_id))

    def spill(self, route: str) -> Path:
        """The folder to which that route's worker spills."""
        own = self.workers.get(route)
        return (own.log.parent if own else self.stack.info.data_dir) / "agent" / "spill"

    async def mended(self) -> None:
        """Everything runs, whatever a fault left."""
        if self.way is not None:
            self.way.mend()
        for process in self.stack.processes:
            if not process.alive:
                await process.restart()

    async def _start(self, route: str) -> Worker:
        there = self.stack.info.through_gateway()
        if route == SKEWED:
            return await self._exits.enter_async_context(
                worker(self.stack, self.folder / route, name=route, command=_SKEWED, **there)
            )
        self.way = await self._exits.enter_async_context(faulty_way(there["STATE_URL"]))
        return await self._exits.enter_async_context(
            worker(self.stack, self.folder / route, name=route, **{**there, "STATE_URL": self.way.url})
        )
