"""The diary as tools use it: every act is one transaction in a worker thread, with a deadline."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.diary import ledger
from agent.diary.entries import Appointment, Done, Message, Visitor
from agent.diary.file import transaction
from ops.deadline import deadline

T = TypeVar("T")

DEADLINE_S = 3.0  # a transaction takes milliseconds; a locked file is given up after file.BUSY_S


class Diary:
    """Times are UTC epoch seconds. Every method raises DiaryDown, and DeadlineExceeded after DEADLINE_S (its thread
    then ends by itself). Any of them may be repeated: the same act of the same call is one act."""

    def __init__(self, path: Path) -> None:
        """`path` is the SQLite file; it and its folder are made at the first use."""
        self._path = path

    async def book(self, visitor: Visitor, starts_at: int, reason: str, now: float) -> Done:
        """Raises SlotTaken, TooMany."""
        return await self._do(lambda db: ledger.book(db, visitor, starts_at, reason, now))

    async def find(self, visitor: Visitor, after: float) -> list[Appointment]:
        """Appointments after `after` that are this visitor's by number or call, and by name."""
        return await self._do(lambda db: ledger.find(db, visitor, int(after)))

    async def exactly(self, name: str, starts_at: int) -> Appointment | None:
        """The appointment under exactly that name at exactly that time."""
        return await self._do(lambda db: ledger.exactly(db, name, starts_at))

    async def move(self, call_id: str, meaning: str, held: Appointment, to: int) -> Done:
        """Raises SlotTaken (nothing is changed), Gone."""
        return await self._do(lambda db: ledger.move(db, call_id, meaning, held, to))

    async def cancel(self, call_id: str, meaning: str, held: Appointment) -> Done:
        """Raises Gone."""
        return await self._do(lambda db: ledger.cancel(db, call_id, meaning, held))

    async def repeated(self, call_id: str, act: str, meaning: str) -> Done | None:
        """What `act` ("move", "cancel") with this meaning did, if it was this call's last act and still stands."""
        return await self._do(lambda db: ledger.repeated(db, call_id, act, meaning))

    async def taken(self, start: float, end: float) -> frozenset[int]:
        """Starts of the appointments from `start` to `end`."""
        return await self._do(lambda db: ledger.taken(db, int(start), int(end)))

    async def leave_message(self, visitor: Visitor, text: str, now: float) -> Message:
        """Raises TooMany."""
        return await self._do(lambda db: ledger.leave(db, visitor, text, now))

    async def appointments(self) -> list[Appointment]:
        """All that are not cancelled, by time: for the practice and for tests, never for a caller."""
        return await self._do(ledger.appointments)

    async def messages(self) -> list[Message]:
        return await self._do(ledger.messages)

    async def _do(self, act: Callable[[sqlite3.Connection], T]) -> T:
        def work() -> T:
            with transaction(self._path) as db:
                return act(db)

        async with deadline(DEADLINE_S, "diary"):
            return await asyncio.to_thread(work)
