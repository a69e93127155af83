"""What one call still has to write: many snapshots coalesced into the newest, events in their order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from calls.events import Event
from calls.ports import Write
from calls.record import CallRecord


@dataclass
class Pending:
    """`batch` is what was sent and not confirmed: it is repeated unchanged, with its key, until the store answers."""

    record: CallRecord
    written_version: int = 0
    changed: bool = False
    theirs: CallRecord | None = None  # another writer is ahead: its snapshot stands, only our events are added
    events: list[Event] = field(default_factory=list)
    batch: Write | None = None

    @property
    def behind(self) -> int:
        """Events not known to be stored."""
        return len(self.events) + (len(self.batch.events) if self.batch else 0)

    @property
    def superseded(self) -> bool:
        return self.theirs is not None

    @property
    def empty(self) -> bool:
        return not self.changed and self.batch is None

    def add(self, event: Event, snapshot: CallRecord) -> None:
        self.events.append(event)
        self.record, self.changed = snapshot, True

    def next(self) -> Write | None:
        """The batch to send now: the unconfirmed one, else all that has gathered; None where there is nothing."""
        if self.batch is None and self.changed:
            seqs = f"{self.events[0].seq}-{self.events[-1].seq}" if self.events else "0"
            key = f"{self.record.call_id}.{seqs}.{self.record.version}"
            self.batch = Write(key, self.theirs or self.record, self.written_version, tuple(self.events))
            self.events, self.changed = [], False
        return self.batch

    def stored(self, version: int) -> None:
        """The batch is in the store, whose snapshot now has `version`."""
        self.batch, self.written_version = None, version

    def merge(self, theirs: CallRecord | None, stored: int) -> None:
        """After a version conflict: the newer snapshot wins, and our events are added either way.

        `theirs` is the store's record at version `stored`.
        """
        assert self.batch is not None  # noqa: S101 - there is no conflict without a batch
        ours = self.batch.record
        if theirs is not None and (self.superseded or (stored >= ours.version and theirs != ours)):
            self.theirs = theirs
        key = f"{self.batch.key}.over-{stored}"
        self.batch = replace(self.batch, key=key, record=self.theirs or ours, expected_version=stored)

    def take_all(self) -> list[Write]:
        """Everything, as writes to be repeated later; nothing is pending afterwards."""
        taken: list[Write] = []
        while (write := self.next()) is not None:
            taken.append(write)
            self.stored(write.record.version)
        return taken

    def put_back(self, writes: list[Write], keep: int | None) -> int:
        """Undo `take_all`, except that at most the newest `keep` events stay. Returns how many were dropped."""
        taken = [event for write in writes for event in write.events]
        events = [*taken, *self.events]
        self.events = events if keep is None else events[len(events) - min(keep, len(events)) :]
        self.changed = True
        return len(events) - len(self.events)
