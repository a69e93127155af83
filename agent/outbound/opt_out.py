"""Who wants no more calls is called no more: written down at once, whatever the model makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from agent import metrics
from agent.outbound.opt_out_files import OptOutFiles
from calls.permits import OptOut, Permits
from calls.ports import StoreDown
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

_DISK_S = 1.0
_KEPT_S = 2.0
_AGAIN_S = 1.0


class NoMoreCalls:
    """The opt-out of one call's other side. `number` is asked when it is said: E.164, or None where it is not known.

    On disk first, then on the list; a list that is away is asked again until the call ends (`tasks`), and then by the
    worker's parent (agent/outbound/opt_outs_left.py). The record has it too, under `opt_out`, `opt_out_how`, and
    `opt_out_kept`, which says whether the list had it by the call's end.
    """

    def __init__(
        self,
        permits: Callable[[], AbstractAsyncContextManager[Permits]],
        files: OptOutFiles,
        number: Callable[[], str | None],
        call_id: str,
        clock: Clock,
        tasks: TaskSet,
        note: Callable[..., Any],
    ) -> None:
        self._permits, self._files, self._number, self._call_id = permits, files, number, call_id
        self._clock, self._tasks, self._note = clock, tasks, note
        self._said = self._kept = False

    async def take(self, how: str) -> bool | None:
        """On the list, for every line, from now on. `how`: voice or key. False: not on it yet; None: no number."""
        if self._said:
            return self._kept
        if (number := self._number()) is None:
            return None
        self._said = True
        self._note(opt_out=True, opt_out_how=how, opt_out_kept=False)
        out = OptOut(number, self._clock.now(), how, self._call_id)
        await self._disk(self._files.keep, out)
        if await self._bring(out):
            return True
        metrics.OPT_OUTS.labels(kept="no").inc()
        _log.error("opt-out is not on the list yet")
        self._tasks.spawn(self._bring_again(out), name="opt out again")
        return False

    async def _bring_again(self, out: OptOut) -> None:
        while not await self._bring(out):
            await self._clock.sleep(_AGAIN_S)

    async def _bring(self, out: OptOut) -> bool:
        try:
            async with deadline(_KEPT_S, "opt-out"), self._permits() as permits:
                await permits.opt_out(out)
        except (StoreDown, DeadlineExceeded):
            return False
        self._kept = True
        self._note(opt_out_kept=True)
        metrics.OPT_OUTS.labels(kept="yes").inc()
        _log.info("opted out", reason=out.how)
        await self._disk(self._files.forget, out.call_id)
        return True

    async def _disk(self, work: Callable[..., None], *args: object) -> None:
        """A disk that is full or gone costs the second chance only."""
        try:
            async with deadline(_DISK_S, "opt-out on disk"):
                await asyncio.to_thread(work, *args)
        except (OSError, DeadlineExceeded) as error:
            _log.error("opt-out cannot be written to disk", error_type=type(error).__name__)
