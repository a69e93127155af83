"""What every benchmark stands on: a real livekit-server and Redis, the stubs, and the workers under test."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.peers import PEERS, RECORDED
from bench.peers.switchboard import CALL_CENTER
from bench.peers.wiring import Peer, Wiring
from local import environment, groups, services
from local.guardian import Guardian
from local.info import StackInfo
from local.ports import HOST, Ports
from local.process import Process, Service
from local.readiness import LogHas, NotReadyError
from local.stack import Stack


class RigFailedError(Exception):
    """A process did not come up. The message says which, why, and what it said last."""


class Rig:
    """Entering starts all of it, leaving ends it. `data_dir` gets the logs and the stubs' journal of stages."""

    def __init__(self, data_dir: Path, peers: Sequence[str], *, telephone: bool = False) -> None:
        self._data_dir = data_dir.resolve()
        self._ports = Ports.free()
        only = {"redis", "state", "livekit"} | ({"telephone"} if telephone else set())
        if RECORDED & set(peers):
            only |= services.RECORDERS
        self._stack = Stack(self._data_dir, self._ports, only=only, config=CALL_CENTER, say=print)
        self._wanted = peers
        self._others: list[Process] = []
        self._exits = AsyncExitStack()
        self._id = secrets.token_hex(8)
        self.peers: dict[str, Peer] = {}
        self.workers: dict[str, Process] = {}
        self.stages = self._data_dir / "stages.jsonl"
        self.info: StackInfo = self._stack.info

    async def __aenter__(self) -> Self:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self.stages.unlink(missing_ok=True)
        try:
            await self._start()
        except BaseException:
            await self._exits.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    def pids(self) -> dict[str, int]:
        """Every process that this has started, by its name."""
        return {process.name: process.pid for process in (*self._stack.processes, *self._others)}

    async def _start(self) -> None:
        await self._exits.enter_async_context(self._stack)
        guardian = Guardian(self._id)
        self._exits.callback(guardian.close)
        http = f"http://{HOST}:{self._ports.llm}/v1"
        self.info = replace(self._stack.info, llm_base_url=http, tts_base_url=http)
        await self._run(self._stubs(), guardian)
        for name in self._wanted:
            peer = PEERS[name](Wiring(self.info, Ports.free(), self._data_dir / name, self._ports.gcs))
            self.peers[name] = peer
            self.workers[name] = await self._run(peer.service, guardian)

    async def _run(self, service: Service, guardian: Guardian) -> Process:
        common = environment.base(environment.Operator()) | {groups.MARK: self._id}
        process = Process(service, self._data_dir / "log" / f"{service.name}.log", common, guardian)
        self._exits.push_async_callback(process.stop)
        self._others.append(process)
        try:
            await process.start()
        except NotReadyError as error:
            last = "\n".join(f"    {line}" for line in process.tail())
            raise RigFailedError(f"{error} ({process.exit}). Its last lines, from {process.log}:\n{last}") from None
        return process

    def _stubs(self) -> Service:
        ports = ("--riva-port", str(self._ports.riva), "--http-port", str(self._ports.llm))
        command = (sys.executable, "-m", "bench.stubs", *ports, "--journal", str(self.stages))
        return Service("stubs", command, LogHas(Path(), "stubs ready"), self._ports.llm)
