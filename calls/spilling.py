"""The journal's disk: while the store is in trouble every call's whole history is kept there, in a thread of its own.

Whole, not only what the store has not confirmed: a store that is gone may come back empty, and this worker may be dead
by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from calls.pending import Pending
from calls.spill import Spill
from ops import logging
from ops.deadline import deadline

_log = logging.get("calls.journal")

_DISK_S = 5.0


class Spilling:
    """`spill` None: there is no disk. No method raises: a disk that fails is tried again by the next `save`."""

    def __init__(self, spill: Spill | None) -> None:
        self._spill = spill
        self._thread = ThreadPoolExecutor(1, "spill") if spill else None
        self._asked: asyncio.Future[Any] | None = None
        self._full = False
        self.spilled = self.replayed = 0

    async def save(self, pendings: Iterable[Pending]) -> bool:
        """Put on disk what is not there yet. False: the disk would not take all of it."""
        if self._spill is None:
            return False
        for pending in pendings:
            record, events = pending.to_spill()
            first = pending.trimmed + pending.on_disk
            if not events or (pending.empty and not pending.on_disk):
                continue
            try:
                await self._in_thread(self._spill.append, record, events)
            except OSError as error:  # DeadlineExceeded is one
                if not self._full:
                    _log.critical("cannot spill", call_id=record.call_id, error=error)
                self._full = True
                return False
            self._full = False
            pending.spilled(len(events), first)
            self.spilled += len(events)
        return True

    async def forget(self, pendings: Iterable[Pending]) -> bool:
        """Delete the files of calls that are stored as far as they are on disk. False: some are not, or could not be.

        What memory has given up is let go: it is replayed like a dead process' file.
        """
        done = True
        for pending in pendings:
            if not pending.in_file or self._spill is None:
                continue
            if pending.batch is not None or pending.stored_to < pending.on_disk:
                done = False
                continue
            trimmed = bool(pending.only_on_disk)
            try:
                await self._in_thread(self._spill.let_go if trimmed else self._spill.forget, pending.record.call_id)
            except OSError as error:
                _log.error("spill file not deleted", call_id=pending.record.call_id, error=error)
                done = False
                continue
            if not trimmed:
                self.replayed += pending.in_file
            pending.off_disk()
        return done

    async def aclose(self) -> None:
        """Let go of the files: the next process replays what is still in them."""
        if self._spill is None or self._thread is None:
            return
        try:
            await self._in_thread(self._spill.close)
        except OSError as error:
            _log.error("spill files not closed", error=error)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        """Raises OSError. Where we stopped waiting (deadline, cancellation) the thread goes on: nothing is asked of it
        until it has answered; what it then did once more than we know is harmless."""
        async with deadline(_DISK_S, "spill"):
            if self._asked is not None and not self._asked.done():
                await asyncio.wait({self._asked})
            self._asked = asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
            self._asked.add_done_callback(_look_at)
            return await asyncio.shield(self._asked)


def _look_at(future: asyncio.Future[Any]) -> None:
    """Its exception is no surprise to anybody when we have stopped waiting for it."""
    if not future.cancelled():
        future.exception()
