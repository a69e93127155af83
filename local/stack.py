"""The whole call centre on one machine, as one object: real livekit-server and Redis, the agent, the speech server, and
stand-ins that speak production protocols for the rest.

    async with Stack(tmp_path, Ports.free()) as stack:
        stack.process("riva").kill()

Tests name what they need with `only`; `make run` adds a supervisor and a live view (local/run.py).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from local import build, environment, gateway_key, groups, lines, provision, rooms, services
from local.go_tool import Say
from local.guardian import Guardian
from local.info import StackInfo
from local.paths import CALL_CENTER
from local.ports import Ports
from local.process import Process
from local.readiness import NotReadyError

_LOOK_EVERY_S = 0.1

Started = Callable[[Process], None]
Ended = Callable[[Process], Awaitable[None]]


class StackFailedError(Exception):
    """A process did not come up. The message says which and why, and ends with its last lines."""


class Stack:
    """Starts on entering, in order and side by side where order does not matter; ends everything on leaving.

    `data_dir` gets log/<name>.log (the start before's stays as <name>.previous.log), state/ (the calls) and whatever
    else the processes write. `only` names the processes to start (default: services.USUAL); what one of them needs must
    be named too.
    `overrides` adds variables to a process' environment by the process' name. Raises StackFailedError,
    go_tool.CannotBuildError or lines.BadLinesError; nothing is left running then.
    """

    def __init__(
        self,
        data_dir: Path,
        ports: Ports,
        overrides: Mapping[str, Mapping[str, str]] | None = None,
        *,
        only: Collection[str] | None = None,
        config: Path = CALL_CENTER,
        operator: environment.Operator | None = None,
        say: Say = lambda _: None,
    ) -> None:
        chosen = services.USUAL if only is None else only
        if unknown := set(chosen) - set(services.NAMES):
            raise ValueError(f"no such process: {', '.join(sorted(unknown))}; there are {', '.join(services.NAMES)}")
        self._operator = operator or environment.Operator()
        self._names = [name for name in services.NAMES if name in chosen and name not in self._operator.needless]
        self._data_dir = data_dir.resolve()
        self._ports = ports
        self._overrides = overrides or {}
        self._config = config
        self._say = say
        self._id = secrets.token_hex(8)
        self._processes: dict[str, Process] = {}
        self._guardian: Guardian | None = None
        self._lines = lines.read(config) if config.exists() or "agent" in self._names else ()
        keys = (environment.API_KEY, environment.API_SECRET)
        agent_name = environment.AGENT_NAME
        self.info = StackInfo.of(ports, self._data_dir, lines.numbers(self._lines), agent_name, keys)

    def __repr__(self) -> str:
        return f"<Stack {' '.join(f'{name}={self.process(name).exit}' for name in self._processes)}>"

    @property
    def names(self) -> tuple[str, ...]:
        """The processes that this stack has or will have, in starting order."""
        return tuple(self._names)

    @property
    def config(self) -> Path:
        """The callcenter.yaml that its processes read."""
        return self._config

    @property
    def processes(self) -> tuple[Process, ...]:
        """Every process of this stack, in starting order."""
        return tuple(self._processes.values())

    def process(self, name: str) -> Process:
        """One of this stack's processes. KeyError when it has none of that name."""
        return self._processes[name]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, started: Started = lambda _: None) -> None:
        """Build what is missing, then start everything; `started` hears of each process as it becomes ready."""
        programs = await asyncio.to_thread(build.programs, self._names, self._say)
        (self._data_dir / "log").mkdir(parents=True, exist_ok=True)
        self._guardian = Guardian(self._id)
        self._prepare(programs, self._guardian)
        ready = {name: asyncio.Event() for name in self._names}
        try:
            async with asyncio.TaskGroup() as starting:
                for process in self.processes:
                    starting.create_task(self._start(process, ready, started), name=f"start {process.name}")
                starting.create_task(self._provision(ready), name="lines")
                starting.create_task(self._watch(ready), name="watch those that are up")
        except ExceptionGroup as failures:
            await self.stop()
            raise failures.exceptions[0] from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self, ended: Ended | None = None) -> None:
        """End the calls, then every process, the last started first; `ended` hears of each. Again: nothing."""
        if {"livekit", "agent"} <= self._processes.keys() and self._processes["livekit"].alive:
            await rooms.end_all(self.info)
        while self._processes:
            _, process = self._processes.popitem()
            await process.stop()
            if ended is not None:
                await ended(process)
        if self._guardian:
            guardian, self._guardian = self._guardian, None
            await asyncio.to_thread(groups.end, (), self._id, patience_s=0)  # whoever left his group, by the mark
            await asyncio.to_thread(guardian.close)

    def _prepare(self, programs: services.Programs, guardian: Guardian) -> None:
        common = environment.base(self._operator) | {groups.MARK: self._id}
        known = services.all_services(self.info, self._ports, self._config, programs, self._names)
        for name in self._names:
            own = self._operator.variables if name == "agent" else {}
            service = known[name].with_environment({**own, **self._overrides.get(name, {})})
            log = self._data_dir / "log" / f"{name}.log"
            if log.exists():
                log.replace(log.with_suffix(".previous.log"))
            self._processes[name] = Process(service, log, common, guardian)

    async def _provision(self, ready: Mapping[str, asyncio.Event]) -> None:
        """Beside the others' start: nobody needs a line before all are up. Only the telephone rings one at all."""
        if not self._lines or not {"livekit", "telephone"} <= ready.keys():
            return
        await ready["livekit"].wait()
        info = self.info
        server = environment.Server(info.livekit_url, info.api_key, info.api_secret, info.agent_name)
        try:
            await provision.provision(server, self._config)
        except provision.NotProvisionedError as error:
            raise StackFailedError(f"the server has not been given its lines: {error}") from None

    async def _mint_key(self, gateway: Process) -> None:
        try:
            await gateway_key.ensure(self.info, gateway.service.environment)
        except gateway_key.NoKeyError as error:
            raise StackFailedError(f"the state gateway's key could not be made: {error}") from None

    async def _watch(self, ready: Mapping[str, asyncio.Event]) -> None:
        """StackFailedError when a process dies while others are still starting."""
        while not all(event.is_set() for event in ready.values()):
            for name, event in ready.items():
                if event.is_set() and self._processes[name].died:
                    raise StackFailedError(self._processes[name].obituary())
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _start(self, process: Process, ready: Mapping[str, asyncio.Event], started: Started) -> None:
        if process.name == "gateway":
            await self._mint_key(process)
        for earlier in process.service.after:
            if earlier in ready:
                await ready[earlier].wait()
        try:
            await process.start()
        except NotReadyError as error:
            raise StackFailedError(process.obituary() if process.died else f"{error}. See {process.log}") from None
        except OSError as error:
            raise StackFailedError(f"{process.name} can't be run: {error}") from None
        started(process)
        ready[process.name].set()
