"""The journal on a store that forgets what it confirmed, and that other writers of the same call use too."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from calls.events import CallerSpoke, Event
from calls.journal import Journal
from calls.outcome import Outcome
from calls.ports import Write
from calls.record import CallRecord
from calls.standing import END_NEVER_WRITTEN
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record
from tests.support.virtual_time import virtual_time

CALL = a_record().call_id


class ForgetfulStore(FakeStore):
    """Loses what it confirmed since `remember`, or all of it, as a Redis killed between two fsyncs does."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.remember()

    def remember(self) -> None:
        events = {call_id: dict(events) for call_id, events in self._events.items()}
        self._kept = dict(self._records), events, dict(self._answers)

    def forget(self) -> None:
        records, events, answers = self._kept
        self._records, self._answers = dict(records), dict(answers)
        self._events = {call_id: dict(kept) for call_id, kept in events.items()}

    def forget_all(self) -> None:
        self._kept = {}, {}, {}
        self.forget()

    def version(self) -> int:
        record = self._records.get(CALL)
        return record.version if record else 0


class Worker:
    """One writer of the call: its journal, its numbering, and what it said."""

    def __init__(self, store: FakeStore, clock: FakeClock, spill_dir: Path, epoch: int = 1) -> None:
        self.store = store
        self.journal = Journal(store, clock, spill_dir=spill_dir)
        self.record = replace(a_record(version=0), epoch=epoch)
        self.seq = 0
        self.said: list[tuple[int, int]] = []

    async def takes_over(self, *, unread: bool = False) -> None:
        """As agent/keeping.py does: what is on disk first, then what the store knows. `unread`: it did not answer, all
        that is known is the dispatch."""
        if unread:
            self.record = replace(self.record, line="any", blind_since=self.record.epoch)
            return
        await self.journal.recover(CALL, 0.5)
        record, events = await self.store.record(CALL), await self.store.events(CALL)
        if record is not None:
            self.journal.adopt(record, events)
            self.record = replace(record, epoch=self.record.epoch, version=record.version + 1)
        self.seq = max((event.seq for event in events), default=0)

    def says(self, count: int = 1) -> None:
        for _ in range(count):
            self._add()

    def ends(self) -> None:
        self.record = self.record.close(FakeClock().now(), Outcome.RESOLVED)
        self._add()

    def _add(self) -> None:
        self.seq += 1
        if not self.record.closed:
            self.record = self.record.evolve(turns=self.record.turns + 1)
        event: Event = CallerSpoke(
            call_id=CALL, seq=self.seq, at=1.0, epoch=self.record.epoch, turn=self.seq, text="hello"
        )
        self.said.append((event.epoch, event.seq))
        self.journal.record(event, self.record)


async def stored(store: FakeStore) -> tuple[CallRecord, list[tuple[int, int]]]:
    record = await store.record(CALL)
    assert record is not None
    return record, [(event.epoch, event.seq) for event in await store.events(CALL)]


def of(epoch: int, *seqs: int) -> list[tuple[int, int]]:
    return [(epoch, seq) for seq in seqs]


@virtual_time
async def test_what_a_killed_store_forgot_is_brought_again(tmp_path: Path) -> None:
    """kill -9 of Redis between two fsyncs: the last second of what it confirmed is gone, and comes back."""
    clock = FakeClock()
    store = ForgetfulStore(clock)
    worker = Worker(store, clock, tmp_path)
    await worker.journal.start()
    worker.says(3)
    await clock.sleep(1.0)
    store.remember()
    worker.says(2)
    await clock.sleep(1.0)
    store.forget()
    worker.says(1)
    await clock.sleep(1.0)
    record, events = await stored(store)
    assert (record.turns, events) == (6, of(1, 1, 2, 3, 4, 5, 6))
    await worker.journal.aclose(1.0)


@virtual_time
async def test_events_that_changed_nothing_in_the_snapshot_are_missed_too(tmp_path: Path) -> None:
    """An answer of the agent leaves the record as it was: that the store forgot it is noticed all the same."""
    clock = FakeClock()
    store = ForgetfulStore(clock)
    worker = Worker(store, clock, tmp_path)
    await worker.journal.start()
    for seq in (1, 2):
        store.remember()
        worker.journal.record(CallerSpoke(call_id=CALL, seq=seq, at=1.0, turn=1, text="x"), worker.record)
        await clock.sleep(1.0)
    store.forget()
    worker.journal.record(CallerSpoke(call_id=CALL, seq=3, at=1.0, turn=1, text="x"), worker.record)
    await clock.sleep(1.0)
    assert (await stored(store))[1] == of(1, 1, 2, 3)
    await worker.journal.aclose(1.0)


@pytest.mark.parametrize("idle_s", [0.0, 1.0, 30.0])
def test_a_store_restarted_empty_has_the_whole_call_at_its_end(idle_s: float, tmp_path: Path) -> None:
    """The caller says nothing more: the end alone brings everything, however short before it."""

    @virtual_time
    async def run() -> None:
        clock = FakeClock()
        store = ForgetfulStore(clock)
        worker = Worker(store, clock, tmp_path)
        await worker.journal.start()
        worker.says(450)
        await clock.sleep(1.0)
        store.forget_all()
        await clock.sleep(idle_s)
        worker.ends()
        assert await worker.journal.flush(2.0)
        record, events = await stored(store)
        assert record.closed
        assert events == of(1, *range(1, 452))
        await worker.journal.aclose(1.0)

    run()


@virtual_time
async def test_an_idle_call_is_soon_known_again_to_a_store_restarted_empty(tmp_path: Path) -> None:
    """Nobody says anything, and this worker may die next: within 6 s the store knows the call again. In a store that
    forgot nothing nothing changes, its version included."""
    clock = FakeClock()
    store = ForgetfulStore(clock)
    worker = Worker(store, clock, tmp_path)
    await worker.journal.start()
    worker.says(4)
    await clock.sleep(1.0)
    version = store.version()
    await clock.sleep(30.0)
    assert store.version() == version
    store.forget_all()
    await clock.sleep(6.0)
    assert (await stored(store))[1] == of(1, 1, 2, 3, 4)
    store.forget_all()
    worker.journal.reassert()
    await clock.sleep(0.5)
    assert (await stored(store))[1] == of(1, 1, 2, 3, 4)
    await worker.journal.aclose(1.0)


@virtual_time
async def test_worker_dead_and_store_empty_at_once(tmp_path: Path) -> None:
    """The worker dies while the store is down, and the store comes back empty: the next process on this machine brings
    the whole call from the disk, also what the store had confirmed before."""
    clock = FakeClock()
    store = ForgetfulStore(clock)
    worker = Worker(store, clock, tmp_path)
    await worker.journal.start()
    worker.says(5)
    await clock.sleep(1.0)
    store.down(3600.0)
    worker.says(3)
    await clock.sleep(1.0)
    await kill(worker)
    store.mend()
    store.forget_all()
    new = Worker(store, clock, tmp_path, epoch=2)
    await new.takes_over()
    assert (await stored(store))[1] == of(1, *range(1, 9))
    new.says()
    new.ends()
    await new.journal.aclose(1.0)
    record, events = await stored(store)
    assert (record.closed, record.epoch, record.turns) == (True, 2, 9)
    assert events == [*of(1, *range(1, 9)), *of(2, 9, 10)]


@virtual_time
async def test_a_ghost_adds_its_events_and_nothing_else(tmp_path: Path) -> None:
    """A worker that was thought dead goes on for a moment: what it heard is kept, its record and its end are not."""
    clock = FakeClock()
    store = FakeStore(clock)
    ghost, new = Worker(store, clock, tmp_path / "a"), Worker(store, clock, tmp_path / "b", epoch=2)
    await ghost.journal.start()
    await new.journal.start()
    ghost.says(2)
    await clock.sleep(1.0)
    await new.takes_over()
    new.says(3)
    await clock.sleep(1.0)
    ghost.says(1)
    ghost.ends()
    await clock.sleep(1.0)
    record, events = await stored(store)
    assert (record.epoch, record.turns, record.closed) == (2, 5, False)
    assert events == [*of(1, 1, 2, 3, 4), *of(2, 3, 4, 5)]
    new.says(1)
    await ghost.journal.aclose(1.0)
    await new.journal.aclose(1.0)
    record, events = await stored(store)
    assert (record.epoch, record.turns) == (2, 6)
    assert events == [*of(1, 1, 2, 3, 4), *of(2, 3, 4, 5, 6)]


@virtual_time
async def test_a_late_spill_of_a_dead_worker_does_not_undo_the_new_ones_record(tmp_path: Path) -> None:
    """The dead worker's file is found after the call was taken over elsewhere, though versions happen to agree."""
    clock = FakeClock()
    store = ForgetfulStore(clock)
    dead = Worker(store, clock, tmp_path)
    await dead.journal.start()
    dead.says(3)
    await clock.sleep(1.0)
    store.down(3600.0)
    dead.says(2)
    await clock.sleep(1.0)
    await kill(dead)
    store.mend()
    store.forget_all()
    elsewhere = Worker(store, clock, tmp_path / "elsewhere", epoch=2)
    await elsewhere.takes_over()
    elsewhere.says(1)
    elsewhere.ends()
    await elsewhere.journal.aclose(1.0)
    late = Journal(store, clock, spill_dir=tmp_path)
    assert await late.replay()
    record, events = await stored(store)
    assert (record.epoch, record.turns, record.closed) == (2, 1, True)
    assert events == [*of(1, 1, 2, 3, 4, 5), *of(2, 1, 2)]
    await late.aclose(1.0)


@virtual_time
async def test_the_workers_own_end_is_the_truth(tmp_path: Path) -> None:
    """control/ closed the call because its end never came; then it came, from the disk or over a mended network."""
    clock = FakeClock()
    store = FakeStore(clock)
    worker = Worker(store, clock, tmp_path)
    worker.says(2)
    assert await worker.journal.flush(1.0)
    record, _ = await stored(store)
    closed = replace(record.close(5.0, Outcome.FAILED, END_NEVER_WRITTEN), epoch=2)
    await store.write(Write("control", closed, record.version))
    worker.says(1)
    assert await worker.journal.flush(1.0)
    assert (await stored(store))[0].outcome is Outcome.FAILED
    worker.ends()
    await worker.journal.aclose(1.0)
    record, events = await stored(store)
    assert (record.outcome, record.failure, record.epoch, record.turns) == (Outcome.RESOLVED, None, 2, 3)
    assert events == of(1, 1, 2, 3, 4)


@virtual_time
async def test_a_call_taken_over_unread_gets_back_what_was_known_of_it(tmp_path: Path) -> None:
    """The store hung for the three seconds of the take-over. When it answers its older record is not written over, and
    what the dead worker had on its disk alone is added when it is found."""
    clock = FakeClock()
    store = ForgetfulStore(clock)
    first = Worker(store, clock, tmp_path / "first")
    await first.journal.start()
    first.says(5)
    await clock.sleep(1.0)
    store.down(10.0)
    first.says(2)
    await clock.sleep(2.0)
    await kill(first)
    second = Worker(store, clock, tmp_path / "second", epoch=2)
    await second.takes_over(unread=True)
    await second.journal.start()
    second.says(3)
    await clock.sleep(20.0)
    record, _ = await stored(store)
    assert (record.line, record.turns, record.epoch) == ("front-desk", 5 + 3, 2)
    late = Journal(store, clock, spill_dir=tmp_path / "first")
    assert await late.replay()
    second.says(1)
    await clock.sleep(20.0)
    record, events = await stored(store)
    assert (record.line, record.turns, record.epoch) == ("front-desk", 7 + 4, 2)
    assert events == [*of(1, 1, 2, 3, 4, 5, 6, 7), *of(2, 1, 2, 3, 4)]
    store.forget_all()
    second.ends()
    await second.journal.aclose(1.0)
    record, _ = await stored(store)
    assert (record.line, record.turns, record.closed) == ("front-desk", 7 + 4, True)
    await late.aclose(1.0)


async def kill(worker: Worker) -> None:
    """kill -9: nothing more is written, and the kernel lets go of its files."""
    await worker.journal._tasks.aclose()
    await worker.journal._disk.aclose()


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_every_event_is_there_once_and_the_last_word_stands(seed: int, tmp_path: Path) -> None:
    """Two workers of one call, a store that goes down, loses replies, answers late and forgets, in random order: all
    that was recorded is stored, once, ordered by (epoch, seq), versions never go backwards, and the record is the end
    that the later worker wrote, with the turns of both where it could not read the first one's."""

    @virtual_time
    async def run() -> None:
        dice, clock = random.Random(seed), FakeClock()
        store = ForgetfulStore(clock)
        first = Worker(store, clock, tmp_path)
        second: Worker | None = None
        await first.journal.start()
        first.says(1)
        for _ in range(40):
            match dice.randrange(8):
                case 0:
                    store.down(dice.uniform(0.1, 8.0))
                case 1:
                    store.lose_replies(dice.randrange(1, 3))
                case 2:
                    store.slow_s = dice.choice((0.0, 0.0, 0.05, 1.0))
                case 3 if second is None:  # with two writers alive a forgotten version may be given twice
                    store.forget_all() if dice.random() < 0.3 else store.forget()
                case 4:
                    store.remember()
                case 5 if second is None and dice.random() < 0.3:
                    store.mend()
                    store.lose_replies(0)
                    second = Worker(store, clock, tmp_path / "second", epoch=2)
                    await second.takes_over(unread=dice.random() < 0.5)
                    await second.journal.start()
                case 6 if second is not None:
                    second.says(dice.randrange(1, 4))
                case _:
                    first.says(dice.randrange(1, 4))
            before = store.version()
            await clock.sleep(dice.choice((0.0, 0.1, 0.4, 2.0)))
            assert store.version() >= before
        store.slow_s = 0.0
        last = second or first
        last.ends()
        if second is not None and dice.random() < 0.5:
            first.ends()
        store.mend()
        store.lose_replies(0)
        for worker in dice.sample([w for w in (first, second) if w], k=2 if second else 1):
            await worker.journal.aclose(60.0)
            assert worker.journal.state.dropped == 0
        record, events = await stored(store)
        assert events == sorted({*first.said, *(second.said if second else [])})
        turns = last.record.turns + (0 if last.record.blind_since is None else first.record.turns)
        assert (record.closed, record.epoch, record.turns, record.line) == (
            True,
            last.record.epoch,
            turns,
            "front-desk",
        )

    run()
