"""One call as its journal has it: the newest snapshot, all its events in order, and how many of them are safe.

The whole history stays in memory until the call is closed and stored, because a store may lose what it confirmed (a
Redis killed between two fsyncs, or restarted empty). Whenever the store's version is not the one we wrote, all of it is
brought again: an event that is still there stays as it is.

Whose snapshot stands is told by calls/standing.py, never by who came last.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from calls.events import Event
from calls.ports import Write
from calls.record import CallRecord
from calls.standing import complete, settle

CHUNK = 200
"""Events in one write at most: about 100 KB, far below what gateways and Upstash take (1 MB)."""

_SLACK = 0.1  # of the capacity: trimmed that much at once, so that each event costs O(1) however long it goes on


@dataclass
class Pending:
    """`batch` is what was sent and not confirmed: it is repeated unchanged, with its key, until the store answers."""

    record: CallRecord
    events: list[Event] = field(default_factory=list)
    version: int = 0  # of the store's snapshot, as far as known
    stored_to: int = 0  # events[:stored_to] are in the store, as far as known
    on_disk: int = 0  # events[:on_disk] are in the spill file
    only_on_disk: int = 0  # events of the file that memory has given up
    in_file: int = 0  # events appended to the file
    trimmed: int = 0  # events given up so far: events[0] is the call's `trimmed`-th
    touched: float = 0.0  # monotonic seconds of the last confirmed write
    changed: bool = False
    again: bool = False
    theirs: CallRecord | None = None  # the store's own snapshot, once it was not what we had written
    batch: Write | None = None
    _earlier: CallRecord | None = None  # where ours was begun unread: what the store was seen to have of the call
    _batch_to: int = 0
    _issued: int = 0  # the highest version we ever gave to a snapshot
    _writer: str = field(default_factory=lambda: secrets.token_hex(6))  # two writers' keys are never the same
    _sent: int = 0

    @classmethod
    def adopted(cls, record: CallRecord, events: Iterable[Event]) -> Pending:
        """A call that the store has as `record` and `events`, to be continued."""
        known = list(events)
        return cls(record, known, version=record.version, stored_to=len(known), _issued=record.version)

    @property
    def behind(self) -> int:
        """Events not known to be stored."""
        return len(self.events) - self.stored_to + self.only_on_disk

    @property
    def empty(self) -> bool:
        """There is nothing to write."""
        return self.batch is None and not self.changed and not self.again and self.stored_to == len(self.events)

    @property
    def superseded(self) -> bool:
        """Another worker has the call: its snapshot stands, only our events are added."""
        return self.theirs is not None and self.theirs.epoch > self.record.epoch

    def add(self, event: Event, snapshot: CallRecord) -> None:
        self.events.append(event)
        self.record, self.changed = snapshot, True

    def trim(self, capacity: int) -> int:
        """Where more than `capacity` events are in memory, give up the oldest: first those that are stored, then those
        on disk. Returns how many were neither, and are lost."""
        if len(self.events) <= capacity:
            return 0
        goal = min(len(self.events), len(self.events) - capacity + max(1, int(capacity * _SLACK)))
        safe_on_disk = max(0, min(goal, self.on_disk) - self.stored_to)
        lost = max(0, goal - max(self.stored_to, self.on_disk, self._batch_to if self.batch else 0))
        self.only_on_disk += safe_on_disk
        del self.events[:goal]
        self.stored_to, self.on_disk = max(0, self.stored_to - goal), max(0, self.on_disk - goal)
        self._batch_to = max(0, self._batch_to - goal)
        self.trimmed += goal
        return lost

    def next(self) -> Write | None:
        """The batch to send now: the unconfirmed one, else what has gathered; None where there is nothing."""
        if self.batch is None and not self.empty:
            record = self._newest()
            self._batch_to = min(len(self.events), self.stored_to + CHUNK)
            self._issued, self._sent = max(self._issued, record.version), self._sent + 1
            self.changed = self.again = False
            key = f"{self._writer}-{self._sent}"
            self.batch = Write(key, record, self.version, tuple(self.events[self.stored_to : self._batch_to]))
        return self.batch

    def stored(self, version: int) -> None:
        """The batch is in the store, whose snapshot now has `version`."""
        self.batch, self.version, self.stored_to = None, version, self._batch_to

    def merge(self, theirs: CallRecord | None) -> None:
        """The store has `theirs` (None: no such call) and not what we wrote: all of ours is brought again, over it."""
        self.batch, self.theirs = None, theirs
        if self.record.blind_since is not None and theirs is not None and not self.superseded:
            self._earlier = settle(theirs, self._earlier)
        self.version = theirs.version if theirs else 0
        self.stored_to, self.changed = 0, True

    def reassert(self) -> None:
        """Have the snapshot written again though nothing happened: a store that lost it says so by a conflict."""
        if not self.superseded:
            self.again = True

    def to_spill(self) -> tuple[CallRecord, Sequence[Event]]:
        """The snapshot, numbered as it would be written now, and the events that are not on disk yet."""
        return self._newest(), self.events[self.on_disk :]

    def spilled(self, count: int, first: int) -> None:
        """`count` events, the first of them the call's `first`-th, are on disk (some were trimmed in the meantime)."""
        self.in_file += count
        self.on_disk = max(self.on_disk, first + count - self.trimmed)

    def off_disk(self) -> None:
        """There is no file of ours any more."""
        self.on_disk = self.only_on_disk = self.in_file = 0

    def _newest(self) -> CallRecord:
        """What stands by now. Ours gets a version above all that we wrote or saw, for a store that lost it must be seen
        to be behind; theirs keeps its own, so that its writer is not disturbed."""
        stands = self.record if self._earlier is None else complete(self.record, self._earlier)
        if self.theirs is not None:
            stands = settle(replace(stands, version=max(stands.version, self._issued)), self.theirs)
            if stands is self.theirs:
                return stands
        news = self.changed or self.batch is not None or self.stored_to < len(self.events)
        version = max(self.record.version, max(self.version, self._issued) + news)
        return stands if stands.version == version else replace(stands, version=version)
