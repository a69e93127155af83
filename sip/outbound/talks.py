"""Who is on a call with us that they made: nobody is rung who talks to us already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from calls.ports import CallStore, RecordUnreadable
from calls.record import Direction
from config.model import Line
from sip.outbound.their_number import their_number

_AT_ONCE = 20  # a store has few connections, and others' questions


class Talks:
    """As the records of the open calls have it, half a second after it began: the agent writes behind the call."""

    def __init__(self, records: CallStore, lines: Mapping[str, Line]) -> None:
        self._records, self._lines = records, lines

    async def has(self, number: str) -> bool:
        """Is this number (E.164) on a call that came in? Raises StoreDown."""
        calls = await self._records.open_calls()
        for begin in range(0, len(calls), _AT_ONCE):
            if number in await asyncio.gather(*map(self._number_in, calls[begin : begin + _AT_ONCE])):
                return True
        return False

    async def _number_in(self, call_id: str) -> str | None:
        try:
            record = await self._records.record(call_id)
        except RecordUnreadable:  # of a newer version: it concerns no other call
            return None
        if record is None or record.closed or record.direction is not Direction.INBOUND:
            return None
        line = self._lines.get(record.line)
        return their_number(record, line) if line is not None else None
