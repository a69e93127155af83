"""A journal on a scripted store, and a caller who keeps talking."""

from __future__ import annotations

from pathlib import Path

from calls.journal import Journal
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record, spoke

CALL = a_record().call_id


class Talk:
    """Nobody has called `start` yet."""

    def __init__(self, spill_dir: Path | None, capacity: int = 20_001, call_id: str = CALL) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        self.journal = Journal(self.store, self.clock, spill_dir=spill_dir, capacity=capacity)
        self.record = a_record(call_id, version=0)
        self.seq = 0

    def says(self, count: int = 1) -> None:
        for _ in range(count):
            self.seq += 1
            self.record = self.record.evolve(turns=self.seq)
            self.journal.record(spoke(self.record, self.seq), self.record)

    async def every_second(self, seconds: int) -> None:
        for _ in range(seconds):
            self.says()
            await self.clock.sleep(1.0)

    async def stored(self) -> tuple[list[int], int]:
        """The sequence numbers in the store, and its snapshot's turns."""
        record = await self.store.record(self.record.call_id)
        return self.store.seqs(self.record.call_id), record.turns if record else -1


def numbers(count: int) -> list[int]:
    return list(range(1, count + 1))
