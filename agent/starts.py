"""Calls begin in turn: a few at a time, the oldest first, the others while their phones ring.

To begin a call takes a quarter of a processor second. Twenty at once on two cores take as long, each of them, as all
together; in turn the first are answered as soon as ever.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import deque
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection
from typing import Any

from livekit.agents.job import RunningJobInfo

from agent.callers import parse_dispatch
from agent.errors import BadDispatch
from ops import logging

_log = logging.get(__name__)

TURN_S = 0.8
"""Then a call has its turn no longer, begun or not: one that waits for something, or finds the machine busy, must not
keep the phones behind it ringing until they give up (sip/lines/wanted.py: 30 s)."""
_NAME_BYTES = 256

Launch = Callable[[RunningJobInfo], Coroutine[Any, Any, None]]


class Turns:
    """Who may begin: `at_once` at the same time, in the order in which they came. Lives in one event loop."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._beginning: dict[str, asyncio.TimerHandle] = {}

    def __repr__(self) -> str:
        return f"<Turns {len(self._beginning)} beginning, {len(self._waiting)} waiting>"

    async def wait(self, name: str) -> None:
        """Returns when it is the turn of `name`, which has it until `over`, and for `TURN_S` at most."""
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
        else:
            turn = loop.create_future()
            self._waiting.append(turn)
            try:
                await turn  # no deadline: each of those before has one
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._next()
                raise
        self._beginning[name] = loop.call_later(TURN_S, self.over, name)

    def over(self, name: str) -> None:
        """`name` has begun, or never will. One that has no turn changes nothing."""
        if (timer := self._beginning.pop(name, None)) is not None:
            timer.cancel()
            self._next()

    def _next(self) -> None:
        while self._waiting:
            if not (turn := self._waiting.popleft()).done():
                turn.set_result(None)
                return
        self._free += 1


class Starts:
    """Stands before the framework's pool of job processes. `tell` goes to each of them: `begun` speaks through it."""

    def __init__(self, at_once: int) -> None:
        self._turns = Turns(at_once)
        self._told, self.tell = multiprocessing.Pipe(duplex=False)

    def listen(self) -> None:
        asyncio.get_running_loop().add_reader(self._told.fileno(), self._hear)

    def before(self, launch: Launch) -> Launch:
        """`launch`, each in its turn. A call that is taken over has none to wait for: its caller is in silence."""

        async def in_turn(info: RunningJobInfo) -> None:
            if _is_resumed(info):
                await launch(info)
                return
            await self._turns.wait(info.job.id)
            try:
                await launch(info)
            except BaseException:
                self._turns.over(info.job.id)
                raise

        return in_turn

    def over(self, job_id: str) -> None:
        """A job has ended, however."""
        self._turns.over(job_id)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._told.fileno())

    def _hear(self) -> None:
        while self._told.poll():
            self._turns.over(self._told.recv_bytes().decode("ascii", "replace"))


def begun(tell: Connection, job_id: str) -> None:
    """In a job process: its call has begun, or cannot."""
    try:
        tell.send_bytes(job_id.encode()[:_NAME_BYTES])
    except OSError as error:  # the worker is gone; the call goes on without it
        _log.warning("the worker is not told of a call's begin", error_type=type(error).__name__)


def _is_resumed(info: RunningJobInfo) -> bool:
    try:
        return parse_dispatch(info.job.metadata).resume is not None
    except BadDispatch:
        return False
