"""One leader among the replicas: whoever holds the lock in the store. The others try for it and do nothing else.

The lock is a hint, not the truth: each call's lease, with its epoch, decides who may take it over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from calls.ports import StoreDown
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get("control.leader")

TTL_S = 1.3  # with TRY_S: at most 1.6 s without a leader after one was killed
RENEW_S = 0.3
TRY_S = 0.3
MARGIN_S = 0.2  # stop this long before the lock may be another's, however slow the stopping
_LATELY_S = 2.0
_PAUSE_S = 1.0  # after our work failed: time for another replica to do better


class Lock(Protocol):
    """A lock in the store, by its clock. All raise StoreDown."""

    async def take(self, ttl_s: float) -> bool:
        """Take it, or keep it if it is ours, for `ttl_s` from now. False: another has it."""
        ...

    async def release(self) -> None:
        """Give it back; nothing happens where it is not ours."""
        ...


class Leader:
    """Runs `duty` while the lock is ours and cancels it before the lock could be another's.

    A store that cannot be asked makes nobody a leader. A `duty` that fails hands the lead to another replica.
    """

    def __init__(
        self,
        lock: Lock,
        clock: Clock,
        duty: Callable[[], Coroutine[Any, Any, None]],
        changed: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._lock, self._clock, self._duty, self._changed = lock, clock, duty, changed
        self.leads = False
        self._down_at: float | None = None

    def __repr__(self) -> str:
        return f"<Leader {'leads' if self.leads else 'waits'}>"

    async def run(self) -> None:
        """For ever; cancelled, it ends its duty first and then gives the lock back."""
        while True:
            began = self._clock.monotonic()
            if await self._take(TTL_S):
                await self._lead(began + TTL_S)
            await self._clock.sleep(TRY_S)

    @property
    def store_was_away(self) -> bool:
        """Could the store not be asked a moment ago?"""
        return self._down_at is not None and self._clock.monotonic() - self._down_at < _LATELY_S

    async def confirm(self) -> bool:
        """Ask the store whether we still lead. False also where it cannot be asked."""
        return self.leads and await self._take(TTL_S) is True

    async def _lead(self, until: float) -> None:
        self._set(True)
        tasks = TaskSet("leader")
        duty = tasks.spawn(self._duty(), name="duty")
        try:
            await self._keep(duty, until)
        finally:
            self._set(False)
            await tasks.aclose()
            await self._release()
        if duty.done() and not duty.cancelled():
            await self._clock.sleep(_PAUSE_S)

    async def _keep(self, duty: asyncio.Task[None], until: float) -> None:
        """Returns when the lock is lost, or the duty has ended by itself."""
        while True:
            await asyncio.wait([duty], timeout=min(RENEW_S, until - MARGIN_S - self._clock.monotonic()))
            began = self._clock.monotonic()
            left = until - MARGIN_S - began
            if duty.done() or left <= 0:
                return
            mine = await self._take(left)
            if mine is False:
                return
            if mine:
                until = began + TTL_S

    async def _take(self, timeout_s: float) -> bool | None:
        """None: the store cannot be asked."""
        try:
            async with deadline(timeout_s, "leader lock"):
                return await self._lock.take(TTL_S)
        except (StoreDown, DeadlineExceeded):
            self._down_at = self._clock.monotonic()
            return None

    async def _release(self) -> None:
        try:
            async with deadline(TTL_S, "leader lock"):
                await self._lock.release()
        except (StoreDown, DeadlineExceeded):
            _log.warning("lock not released, it will run out")

    def _set(self, leads: bool) -> None:
        self.leads = leads
        self._changed(leads)
        _log.info("lead changed", state="leads" if leads else "waits")
