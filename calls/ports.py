"""The promises the rest of the house builds on. A port is a file of signatures; adapters live elsewhere, and one
contract suite (tests/contract/) runs against all of them, outages included.

Foreign exceptions stop at the adapter: a port raises only what is declared here. "Down" is never "absent".
Every method has a deadline of its own inside the adapter: none of them waits for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from calls.events import Event
from calls.record import CallRecord


class StoreDown(Exception):
    """The store could not be asked. The write may or may not have happened: repeat it with the same idempotency key."""


class VersionConflict(Exception):
    """Another writer's snapshot is newer: `stored` is the version found."""

    def __init__(self, call_id: str, expected: int, stored: int) -> None:
        super().__init__(f"call {call_id}: expected version {expected}, the store has {stored}")
        self.call_id, self.expected, self.stored = call_id, expected, stored


@dataclass(frozen=True, slots=True)
class Write:
    """One flush of one call: the newest snapshot and the events since the last flush, applied as one or not at all.

    `expected_version` is the snapshot version the writer last wrote (0: none yet). `key` makes a repeat harmless: the
    same key applied twice changes nothing the second time and answers as the first did.
    """

    key: str
    record: CallRecord
    expected_version: int
    events: Sequence[Event] = ()


class CallStore(Protocol):
    """Keeps call records and their events."""

    async def write(self, write: Write) -> int:
        """Apply `write`; return the stored version. Events already stored (same call, same seq) are not stored again.

        Raises StoreDown, VersionConflict.
        """
        ...

    async def record(self, call_id: str) -> CallRecord | None:
        """The newest snapshot, or None: there is no such call. Raises StoreDown."""
        ...

    async def events(self, call_id: str, after: int = 0) -> Sequence[Event]:
        """The call's events with seq > `after`, in order. An unknown call has none. Raises StoreDown."""
        ...

    async def open_calls(self) -> Sequence[str]:
        """Ids of calls without an end. Raises StoreDown."""
        ...

    async def ready(self) -> bool:
        """Can the store be asked right now? Never raises."""
        ...

    async def aclose(self) -> None: ...
