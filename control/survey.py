"""What the janitor looks at: all rooms, all open calls and all leases, and how long something has been so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from calls.ports import CallStore, Held, Leases, RecordUnreadable, Rooms
from calls.record import CallRecord
from ops import logging
from ops.clock import Clock

_log = logging.get("control.survey")

_ALL_S = 3600.0  # more than any lease is given
_AT_ONCE = 16
_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Survey:
    """`records`: the open calls that nobody holds, by call id. `held`: every lease, lapsed ones too, by call id."""

    rooms: frozenset[str]
    records: Mapping[str, CallRecord]
    held: Mapping[str, Held]

    @property
    def occupied(self) -> frozenset[str]:
        """Rooms in which a worker holds its call, or is about to come."""
        return frozenset(held.lease.room for held in self.held.values() if held.left_s > 0)


async def survey(rooms: Rooms, store: CallStore, leases: Leases) -> Survey:
    """Raises RoomsDown and StoreDown: half a picture would look like calls whose room is gone."""
    # Calls before rooms: a call that begins in between is seen in its room only, and not the other way round.
    open_calls = await store.open_calls()
    held = {held.lease.call_id: held for held in await leases.held(_ALL_S)}
    names = await rooms.names()
    unheld = [call_id for call_id in open_calls if call_id not in held or held[call_id].left_s <= 0]
    records: dict[str, CallRecord] = {}

    async def read(call_id: str) -> None:
        try:
            record = await store.record(call_id)
        except RecordUnreadable as error:  # a newer worker's: none of the others may suffer for it
            _log.warning("record cannot be read", call_id=call_id, error=error)
            return
        if record is not None and not record.closed:
            records[call_id] = record

    await each(unheld, read)
    return Survey(names, records, held)


async def each(items: Iterable[_T], work: Callable[[_T], Awaitable[None]]) -> None:
    """`work` on all of them, 16 at once. The first exception ends the rest and is raised as it is."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(item: _T) -> None:
        async with slots:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed


class Since(Generic[_K]):
    """How long each of some things has been so, by our own looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first: dict[_K, float] = {}

    def __len__(self) -> int:
        return len(self._first)

    def seen(self, key: _K) -> float:
        """It is so now; for how many seconds at least: 0 at the first look."""
        now = self._clock.monotonic()
        return now - self._first.setdefault(key, now)

    def forget_all_but(self, keys: Collection[_K]) -> None:
        """What is not among `keys` was not so at this look."""
        self._first = {key: first for key, first in self._first.items() if key in keys}
