"""What the worker left of its calls, read where its STATE_URL points: for the live view, `make call` and tests.

Records and events are taken as they were written (calls/wire.py): plain dictionaries, of whatever version.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from local.records.files import FileRecords
from local.records.redis import RedisRecords
from local.records.unreadable import RecordsUnreadableError

__all__ = ["Record", "Records", "RecordsUnreadableError", "WireEvent", "reading"]

Record = Mapping[str, Any]
WireEvent = Mapping[str, Any]
"""{"v": 1, "kind": "caller_spoke", "call_id", "seq", "at", its own fields}; "epoch" is left out where it is 1."""


class Records(Protocol):
    """Every method raises RecordsUnreadableError when the store does not answer within a second or two."""

    async def record(self, call_id: str) -> Record | None:
        """The newest snapshot of a call; None where there is no such call."""
        ...

    async def events(self, call_id: str, after: tuple[int, int] = (0, 0)) -> Sequence[WireEvent]:
        """The call's events with (epoch, seq) above `after`, and all that arrived late, in that order."""
        ...

    async def open_calls(self) -> Sequence[str]:
        """Ids of the calls that have no end yet."""
        ...

    async def calls(self) -> Sequence[str]:
        """Ids of every call there is. Takes time with their number."""
        ...

    async def all(self) -> Mapping[str, Record]:
        """Every record there is, by the call's id."""
        ...


@asynccontextmanager
async def reading(state_url: str) -> AsyncIterator[Records]:
    """The records behind a STATE_URL: redis://, or the files of memory:///directory. ValueError for any other."""
    if state_url.startswith("memory:///"):
        yield FileRecords(Path(state_url.removeprefix("memory://")))
    elif state_url.startswith("redis://"):
        async with RedisRecords(state_url) as records:
            yield records
    else:
        raise ValueError(f"records can be read of redis:// and memory:///directory, not of {state_url}")
