"""Runs a stack until it is told to stop, or until one of its processes dies."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from pathlib import Path

from local.console import Console
from local.follow import Follower, LogLines
from local.go_tool import CannotBuildError
from local.process import Process
from local.records import RecordsUnreadableError, reading
from local.stack import Stack, StackFailedError

_LOOK_EVERY_S = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Starts the stack, shows its calls, and ends it: all of it, whatever happens. `stack_file` tells where it is."""

    def __init__(self, stack: Stack, console: Console, stack_file: Path) -> None:
        self._stack = stack
        self._stack_file = stack_file
        self._console = console
        self._told_to_stop = 0
        self._follower: Follower | None = None
        self._control: LogLines | None = None

    async def run(self) -> int:
        """The exit code: 0 when told to stop (Ctrl-C, SIGTERM, SIGHUP), 1 when something died or did not start.

        Runs in the task that calls it, which a signal cancels.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._stop, task)
        async with reading(self._stack.info.state_url) as records:
            try:
                return await self._serve(Follower(records))
            except asyncio.CancelledError:
                return 0
            except (StackFailedError, CannotBuildError) as error:
                self._console.failed(str(error))
                return 1
            finally:
                self._stack.info.remove(self._stack_file)
                await self._stack.stop(self._ended)

    async def _serve(self, follower: Follower) -> int:
        started = time.monotonic()
        await self._stack.start(self._console.up)
        self._stack.info.write(self._stack_file)
        await self._follow(follower)
        self._console.ready(time.monotonic() - started, self._stack.info.numbers)
        while not (dead := [process for process in self._stack.processes if process.died]):
            await self._show_calls()
            await asyncio.sleep(_LOOK_EVERY_S)
        for process in dead:
            self._console.failed(process.obituary())
        self._console.say("Stopping the rest.")
        return 1

    async def _follow(self, follower: Follower) -> None:
        if "agent" not in self._stack.names:
            return
        with suppress(RecordsUnreadableError):  # it will be shown what it would have skipped
            await follower.skip()
        self._follower = follower
        if "control" in self._stack.names:
            self._control = LogLines(self._stack.process("control").log)

    async def _show_calls(self) -> None:
        for line in self._control.new() if self._control else ():
            self._console.control(line)
        if self._follower:
            async for event in self._follower.new():
                self._console.event(event)

    async def _ended(self, process: Process) -> None:
        """How the calls ended is known when the agent has, and may be read as long as the store runs."""
        if process.name == "agent":
            await self._show_calls()

    def _stop(self, serving: asyncio.Task[int] | None) -> None:
        """The first signal ends the stack in order; another one at once."""
        self._told_to_stop += 1
        if self._told_to_stop == 1 and serving:
            serving.cancel()
            self._console.say("\nStopping. Once more ends it without waiting.")
        else:
            for process in self._stack.processes:
                process.kill()
