"""Following calls while they happen: what is new in their records, and what the control service says of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.records import Records, RecordsUnreadableError, WireEvent
from local.records.order import place

_ENDED = "call_ended"
_ALL_EVERY = 10  # looks: a call that was over before it was first written was never an open one


@dataclass
class _Followed:
    last: tuple[int, int] = (0, 0)
    told: set[tuple[int, int]] = field(default_factory=set)
    ended: bool = False


@dataclass
class Follower:
    """Reads what was added to the calls since it last looked, to each until its end was told."""

    records: Records
    _calls: dict[str, _Followed] = field(default_factory=dict)
    _looks: int = 0

    async def skip(self) -> None:
        """What is there now is not told. RecordsUnreadableError."""
        still_open = set(await self.records.open_calls())
        for call_id in await self.records.calls():
            self._calls[call_id] = _Followed(ended=call_id not in still_open)
        async for _ in self._added():
            pass

    async def new(self) -> AsyncIterator[WireEvent]:
        """Events that came since the last time, each once. None while the store does not answer: they come later."""
        try:
            async for event in self._added():
                yield event
        except RecordsUnreadableError:
            return

    async def _added(self) -> AsyncIterator[WireEvent]:
        self._looks += 1
        every = self._looks % _ALL_EVERY == 0
        for call_id in await (self.records.calls() if every else self.records.open_calls()):
            self._calls.setdefault(call_id, _Followed())
        for call_id, call in self._calls.items():
            if call.ended:
                continue
            for event in await self.records.events(call_id, after=call.last):
                if place(event) not in call.told:
                    call.told.add(place(event))
                    call.last = max(call.last, place(event))
                    call.ended |= event["kind"] == _ENDED
                    yield event


@dataclass
class LogLines:
    """The lines of a process' log, as JSON objects, that were added since it last looked; its start is the first."""

    log: Path
    _read: int = 0  # bytes, whole lines only

    def new(self) -> Iterator[Mapping[str, Any]]:
        """What is no JSON object is passed over."""
        try:
            with self.log.open("rb") as file:
                file.seek(self._read)
                added = file.read()
        except FileNotFoundError:
            return
        whole = added.rfind(b"\n") + 1
        self._read += whole
        for line in added[:whole].splitlines():
            found = _parsed(line)
            if found is not None:
                yield found


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
