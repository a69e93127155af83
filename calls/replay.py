"""Bringing what dead processes left on this machine's disk to the store, file by file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from calls.bringing import bring, retry_s
from calls.pending import Pending
from calls.ports import CallStore, StoreDown
from calls.spill import Left, Spill
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get("calls.journal")
_T = TypeVar("_T")

_DISK_S = 5.0
_HELD_S = 0.05


class Replay:
    """Many processes may do so at once: each file is one process' at a time, and a repeat is harmless."""

    def __init__(self, store: CallStore, directory: Path, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._spill = Spill(directory)
        self._one_file = asyncio.Lock()
        self._told: set[tuple[str, str]] = set()
        self.replayed = 0

    async def everything(self) -> None:
        """Try until nothing is left that could be brought. Raises nothing."""
        failures = 0
        while not await self.once():
            failures += 1
            await self._clock.sleep(retry_s(failures))

    async def recover(self, call_id: str, timeout_s: float) -> bool:
        """All of this call that dead processes left here is in the store. False: not within `timeout_s`.

        What another process holds it may be bringing just now (a worker's parent does): it gets until then to be done.
        """
        brought, failures = False, 0
        try:
            async with deadline(timeout_s, "spilled events"):
                while not (brought := await self.once(call_id)) or await self.has_files(call_id):
                    failures += not brought
                    await self._clock.sleep(_HELD_S if brought else retry_s(failures))
        except DeadlineExceeded:
            return brought
        return True

    async def has_files(self, call_id: str | None = None) -> bool:
        """Is there any file, be it of the dead or the living? Where that cannot be seen, `once` tells why."""
        try:
            return bool(await _in_thread(self._spill.files, call_id))
        except OSError:
            return True

    async def once(self, call_id: str | None = None) -> bool:
        """One try at each file. False: the store is down, or a file could not be brought."""
        try:
            files = await _in_thread(self._spill.files, call_id)
        except OSError as error:
            if self._is_news("", error):
                _log.error("spill files cannot be listed", error=error)
            return False
        well = True
        for path in files:
            try:
                async with self._one_file:
                    await self._replay(path)
            except StoreDown as error:
                well = False
                if not await self._store.ready():
                    return False
                if self._is_news(path.name, error):  # the store is well, and this one file it does not take
                    _log.error("spill file is refused, tried again later", error=error)
            except DeadlineExceeded:
                return False
            except OSError as error:
                if self._is_news(path.name, error):
                    _log.error("spill file unreadable", error=error)
            except Exception as error:  # noqa: BLE001 - a store's bug: the others are tried, this one again later
                if self._is_news(path.name, error):
                    _log.error("spill file cannot be replayed", exc_info=error)
                well = False
        return well

    def _is_news(self, name: str, error: Exception) -> bool:
        """A file that stays as it is is tried again and again, and told of once."""
        told = (name, type(error).__name__)
        if told in self._told:
            return False
        self._told.add(told)
        return True

    async def _replay(self, path: Path) -> None:
        left = await self._take(path)
        if left is None:
            return
        try:
            record, events, bad = await _in_thread(left.read)
            if record is not None:
                pending = Pending(record, events)
                pending.merge(await self._store.record(record.call_id))
                await bring(self._store, pending, self._clock)
                self.replayed += len(events)
                _log.info("replayed what a dead process left", call_id=record.call_id, events=len(events))
            await _in_thread(_finish, left, bad)
        finally:
            left.let_go()

    async def _take(self, path: Path) -> Left | None:
        taking = asyncio.get_running_loop().run_in_executor(None, self._spill.take, path)
        try:
            async with deadline(_DISK_S, "spill files"):
                return await asyncio.shield(taking)
        except BaseException:
            taking.add_done_callback(_let_go)  # the thread may still lock it: nobody would ever replay it
            raise


def _let_go(taking: asyncio.Future[Left | None]) -> None:
    if not taking.cancelled() and taking.exception() is None and (left := taking.result()) is not None:
        left.let_go()


def _finish(left: Left, bad: int) -> None:
    if not bad:
        left.done()
        return
    _log.error("spill file has unreadable lines, set aside", count=bad)
    left.set_aside()


async def _in_thread(work: Callable[..., _T], *args: Any) -> _T:
    async with deadline(_DISK_S, "spill files"):
        return await asyncio.to_thread(work, *args)
