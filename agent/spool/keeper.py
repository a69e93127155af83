"""What a worker's parent does about the spools on its disk: once a call is over it deletes what nobody needs, and
brings the rest to the bucket, within seconds.

A living writer's file is locked by it and left alone; so is the one that another worker on the same folder is bringing.
What a job that was killed left is looked at like any other. Everything is decided anew at each look, so that a parent
that dies forgets nothing but how long it had waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from agent import metrics
from agent.spool.fate import Fate, fate_of
from agent.spool.place import KEEP_S, Left, Place
from agent.spool.upload import Stays, Withdrawn, upload
from calls.ports import CallStore, RecordUnreadable, StoreDown
from calls.record import CallRecord
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet
from recording.bucket import Bucket

_log = logging.get(__name__)
_T = TypeVar("_T")

_EVERY_S = 1.0
_AT_ONCE = 4  # uploads
_DISK_S = 5.0
_STORE_S = 3.0
_AGAIN_S, _AGAIN_AT_MOST_S = 1.0, 60.0
_LAST_S = 10.0  # of a parent that is told to stop: its disk may go with it
# Nothing is too old that was not seen for so long: a clock that is set wrong deletes no spool.
_SEEN_S = 3600.0


class Keeper:
    """One per worker. `stores` are ways to the same state, which it owns, as it does the bucket: the first that answers
    is believed. Without any no call's end is known here, and what nobody writes any more is brought."""

    def __init__(
        self, stores: Sequence[CallStore], bucket: Bucket | None, place: Place, clock: Clock, every_s: float = _EVERY_S
    ) -> None:
        self._stores, self._bucket, self._place = stores, bucket, place
        self._clock, self._every_s = clock, every_s
        self._seen: dict[Path, _Seen] = {}
        self._at_work: set[Path] = set()
        self._uploads = asyncio.Semaphore(_AT_ONCE)
        self._hurry = False
        self._tasks = TaskSet("spools")
        self._looks = TaskSet("spool")

    def start(self) -> None:
        self._tasks.spawn(self._run(), name="keep")

    async def aclose(self) -> None:
        """Whatever may be needed is brought at once: nobody may be here again to do it later."""
        await self._tasks.aclose()
        self._hurry = True
        try:
            async with deadline(_LAST_S, "spools"):
                await self._everything()
        except DeadlineExceeded:
            _log.warning("spools stay on disk", count=len(self._seen))
        await self._looks.aclose()
        for store in self._stores:
            await store.aclose()
        if self._bucket is not None:
            await self._bucket.aclose()

    async def _run(self) -> None:
        while True:
            await self._begin()
            await self._clock.sleep(self._every_s)

    async def _everything(self) -> None:
        """One look at each, those under way included."""
        while self._at_work:
            await self._clock.sleep(0.05)
        await asyncio.gather(*await self._begin())

    async def _begin(self) -> list[asyncio.Task[None]]:
        """Look at each spool that is not being looked at. Raises nothing."""
        try:
            await _in_thread(self._place.forget_aside, self._clock.now())
            paths = await _in_thread(self._place.spools)
        except (OSError, DeadlineExceeded) as error:
            _log.error("spools cannot be listed", error_type=type(error).__name__)
            return []
        for path in self._seen.keys() - set(paths):
            del self._seen[path]
        metrics.SPOOLS_WAITING.set(len(self._seen))
        return [self._looks.spawn(self._look(path), name="look") for path in paths if path not in self._at_work]

    async def _look(self, path: Path) -> None:
        self._at_work.add(path)
        left: Left | None = None
        try:
            left = await self._take(path)
            if left is not None:
                await self._settle(left, self._seen.setdefault(path, _Seen(self._clock.monotonic())))
        except (OSError, DeadlineExceeded) as error:
            _log.error("spool cannot be looked at", error_type=type(error).__name__)
        finally:
            self._at_work.discard(path)
            if left is not None:
                left.let_go()

    async def _settle(self, left: Left, seen: _Seen) -> None:
        """Nobody writes it any more: delete, bring, or wait."""
        now = self._clock.monotonic()
        if now < seen.again_at and not self._hurry:
            return
        try:
            record, erased = await self._known(left.beside.call_id)
        except StoreDown as error:
            if isinstance(error, RecordUnreadable):  # who declined is not known of it, and nobody else tells of that
                self._stays(left, seen, "unreadable")
            fate = Fate.BRING if self._hurry else Fate.WAIT
            record = None
        else:
            fate = fate_of(record, seen.waited(record, now), known=bool(self._stores), hurry=self._hurry)
            fate = Fate.DELETE if erased else fate
        if fate is Fate.DELETE:
            await self._done(left, "not_needed")
        elif fate is Fate.BRING:
            await self._bring(left, record, seen)
        if fate is not Fate.DELETE and now - seen.since > _SEEN_S and left.age_s(self._clock.now()) > KEEP_S:
            await self._expire(left)

    async def _bring(self, left: Left, record: CallRecord | None, seen: _Seen) -> None:
        try:
            async with self._uploads:
                size = await upload(self._bucket, left, record, partial(self._erased, left.beside.call_id))
        except Stays as error:
            self._stays(left, seen, error.reason)
            return
        except Withdrawn:
            await self._done(left, "not_needed")
            return
        if size:
            _log.warning("backup of a recording brought to the bucket", call_id=left.beside.call_id, bytes=size)
        await self._done(left, "brought" if size else "empty")

    def _stays(self, left: Left, seen: _Seen, reason: str) -> None:
        """It could not be brought: try again, less and less often."""
        seen.again_s = min(seen.again_s * 2, _AGAIN_AT_MOST_S)
        seen.again_at = self._clock.monotonic() + seen.again_s
        metrics.SPOOL_TROUBLE.labels(reason=reason).inc()
        if reason != seen.trouble:
            seen.trouble = reason
            _log.error("backup of a recording cannot be brought", call_id=left.beside.call_id, reason=reason)

    async def _expire(self, left: Left) -> None:
        if not left.file.closed:
            _log.error("backup of a recording was never brought, and is too old", call_id=left.beside.call_id)
            await self._done(left, "expired")

    async def _done(self, left: Left, result: str) -> None:
        await _in_thread(left.done)
        self._seen.pop(left.path, None)
        metrics.SPOOLS.labels(result=result).inc()

    async def _known(self, call_id: str) -> tuple[CallRecord | None, bool]:
        """Its record, and whether its caller had it deleted: then nothing of it may be brought. Raises StoreDown where
        none of the ways to the state answers, and RecordUnreadable."""
        unreadable: RecordUnreadable | None = None
        for store in self._stores:
            try:
                async with deadline(_STORE_S, "store"):
                    record = await store.record(call_id)
                    return record, record is None and await store.erased(call_id)
            except RecordUnreadable as error:
                unreadable = error
            except (StoreDown, DeadlineExceeded):
                continue
        if self._stores:
            raise unreadable or StoreDown("no way to the state answers")
        return None, False

    async def _erased(self, call_id: str) -> bool:
        """As far as anybody can be asked."""
        with suppress(StoreDown):
            return (await self._known(call_id))[1]
        return False

    async def _take(self, path: Path) -> Left | None:
        taking = asyncio.get_running_loop().run_in_executor(None, self._place.take, path, self._clock.now())
        try:
            async with deadline(_DISK_S, "spool"):
                return await asyncio.shield(taking)
        except BaseException:
            taking.add_done_callback(_let_go)  # the thread may still lock it
            raise


class _Seen:
    """What is remembered of a spool that nobody writes any more. Times are monotonic."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.ended_at: float | None = None
        self.again_at, self.again_s = since, _AGAIN_S
        self.trouble = ""

    def waited(self, record: CallRecord | None, now: float) -> float:
        """Seconds since its call was first seen to be over, or, where nothing is known of it, since it was first seen
        itself. By our own clock: what the record says may be another machine's."""
        if record is None:
            return now - self.since
        if not record.closed:
            self.ended_at = None
            return 0.0
        if self.ended_at is None:
            self.ended_at = now
        return now - self.ended_at


def _let_go(taking: asyncio.Future[Left | None]) -> None:
    if not taking.cancelled() and taking.exception() is None and (left := taking.result()) is not None:
        left.let_go()


async def _in_thread(work: Callable[..., _T], *args: Any) -> _T:
    async with deadline(_DISK_S, "spool"):
        return await asyncio.to_thread(work, *args)
