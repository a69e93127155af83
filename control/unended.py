"""Calls whose end was never written: open in the store, and their room is gone."""

from __future__ import annotations

from calls.record import Leg
from control.endings import END_NEVER_WRITTEN, Endings
from control.survey import Since, Survey, each
from ops.clock import Clock

ABSENT_S = 3.0  # a worker writes the end within a second of its room's


class Unended:
    def __init__(self, endings: Endings, clock: Clock) -> None:
        self._endings = endings
        self._absent: Since[str] = Since(clock)

    @property
    def waiting(self) -> bool:
        """Is there one that must be looked at again?"""
        return len(self._absent) > 0

    async def look(self, survey: Survey) -> None:
        """Close those that were absent at two looks, `ABSENT_S` apart or more. Raises StoreDown."""
        gone = {
            call_id
            for call_id, record in survey.records.items()
            # The console has no room: its own process writes its end.
            if record.room not in survey.rooms and record.caller.leg is not Leg.CONSOLE
        }
        self._absent.forget_all_but(gone)
        await each([call_id for call_id in gone if self._absent.seen(call_id) >= ABSENT_S], self._close)

    async def _close(self, call_id: str) -> None:
        await self._endings.close(call_id, END_NEVER_WRITTEN, now=False)
