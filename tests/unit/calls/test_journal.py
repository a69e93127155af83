"""The journal's promises: the audio path never waits, a store that is down loses nothing, memory is bounded.

What a store does that forgets, or that another writes to as well: test_journal_writers.py."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from pathlib import Path

import pytest

from calls.events import Event
from calls.journal import Journal, State
from calls.outcome import Outcome
from calls.ports import StoreDown, Write
from calls.spill import Left
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record, spoke
from tests.support.virtual_time import virtual_time

RECORD = a_record(version=0)
CALL = RECORD.call_id


class Talk:
    """A journal on a scripted store, and a caller who keeps talking."""

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


def files(directory: Path) -> dict[str, int]:
    """Names and permissions of what lies in the spill directory."""
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


def on_disk(directory: Path, call_id: str) -> list[Event]:
    """The events of the call's file, which is another process' to us."""
    left = Left(io.FileIO(directory / f"{call_id}.jsonl"))
    try:
        return left.read()[1]
    finally:
        left.let_go()


def numbers(count: int) -> list[int]:
    return list(range(1, count + 1))


@virtual_time
async def test_many_snapshots_become_one_write(tmp_path: Path) -> None:
    """A burst of events within the flush interval costs the store one write, with the newest snapshot."""
    talk = Talk(tmp_path)
    await talk.journal.start()
    talk.says(50)
    assert talk.journal.state.behind == 50
    await talk.clock.sleep(0.31)
    assert await talk.stored() == (numbers(50), 50)
    assert len(talk.store.writes) == 1
    assert str(talk.journal.state) == "journal=ok"
    await talk.journal.aclose(1.0)


@virtual_time
async def test_record_does_not_wait_for_a_slow_store(tmp_path: Path) -> None:
    """A store that takes 4 s per write makes the journal late, never the call; every event arrives once."""
    talk = Talk(tmp_path)
    talk.store.slow_s = 4.0
    await talk.journal.start()
    await talk.every_second(10)
    assert talk.journal.state.behind > 0
    assert 0 < talk.journal.state.lag_s < 11
    await talk.journal.aclose(20.0)
    assert await talk.stored() == (numbers(10), 10)
    assert [len(write.events) > 0 for write in talk.store.writes] == [True] * len(talk.store.writes)


@virtual_time
async def test_an_outage_is_on_disk_within_a_flush_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A worker killed while the store is down loses the last flush interval at most: the rest is on disk, all of the
    call, for the store may come back empty. When the store is back it gets everything, and the file is gone."""
    talk = Talk(tmp_path)
    await talk.journal.start()
    await talk.every_second(3)
    assert files(tmp_path) == {}
    talk.store.down(60.0)
    await talk.every_second(10)
    assert talk.journal.state.down
    assert "store down" in repr(talk.journal)
    assert files(tmp_path) == {f"{CALL}.jsonl": 0o600}
    assert [event.seq for event in on_disk(tmp_path, CALL)] == numbers(13)
    talk.says()
    await talk.clock.sleep(0.61)
    assert [event.seq for event in on_disk(tmp_path, CALL)] == numbers(14)
    talk.store.mend()
    await talk.clock.sleep(6.0)
    assert await talk.stored() == (numbers(14), 14)
    state = talk.journal.state
    assert (state.spilled, state.replayed, state.dropped, state.behind, state.down) == (14, 14, 0, 0, False)
    assert files(tmp_path) == {}
    await talk.journal.aclose(1.0)


@virtual_time
async def test_a_store_that_does_not_answer_is_trouble_too(tmp_path: Path) -> None:
    """A write that hangs has not failed yet: what waits behind it is on disk all the same."""
    talk = Talk(tmp_path)
    talk.store.slow_s = 30.0
    await talk.journal.start()
    await talk.every_second(3)
    assert talk.journal.state.down is False
    assert [event.seq for event in on_disk(tmp_path, CALL)] == numbers(3)
    await talk.journal.aclose(1.0)


@virtual_time
async def test_a_very_long_outage_is_bounded_in_memory_and_complete_on_disk(tmp_path: Path) -> None:
    """Ten minutes without a store and little memory: the rest is on disk, and all of it arrives, none twice."""
    talk = Talk(tmp_path, capacity=50)
    await talk.journal.start()
    talk.store.down(600.0)
    await talk.every_second(600)
    assert len(talk.journal._pending[CALL].events) <= 50
    assert talk.journal.state.behind == 600
    await talk.clock.sleep(20.0)
    assert await talk.stored() == (numbers(600), 600)
    state = talk.journal.state
    assert (state.replayed, state.dropped, state.behind) == (state.spilled, 0, 0)
    assert files(tmp_path) == {}
    await talk.journal.aclose(1.0)


@virtual_time
async def test_close_during_an_outage_leaves_a_private_file_for_the_next_worker(tmp_path: Path) -> None:
    """The call ends while the store is down: closing takes its time limit at most, and the next worker replays."""
    talk = Talk(tmp_path)
    await talk.journal.start()
    talk.says(3)
    await talk.clock.sleep(1.0)
    talk.store.down(3600.0)
    talk.says(4)
    before = talk.clock.monotonic()
    await talk.journal.aclose(2.0)
    assert talk.clock.monotonic() - before < 3.0
    assert talk.store.closed
    assert (talk.journal.state.spilled, talk.journal.state.dropped) == (7, 0)
    assert files(tmp_path) == {f"{CALL}.jsonl": 0o600}

    talk.store.mend()
    next_worker = Journal(talk.store, talk.clock, spill_dir=tmp_path)
    assert await next_worker.replay()
    assert await talk.stored() == (numbers(7), 7)
    assert files(tmp_path) == {}
    assert next_worker.state.replayed == 7
    await next_worker.aclose(1.0)


@virtual_time
async def test_a_started_journal_replays_what_dead_workers_left(tmp_path: Path) -> None:
    """Nobody has to remember `replay`: `start` looks at the directory in the background."""
    dead = Talk(tmp_path, call_id="dead")
    dead.store.down(3600.0)
    dead.says(2)
    await dead.journal.aclose(0.5)
    alive = Talk(tmp_path)
    await alive.journal.start()
    alive.says()
    await alive.clock.sleep(1.0)
    assert alive.store.seqs("dead") == [1, 2]
    assert alive.store.seqs(CALL) == [1]
    await alive.journal.aclose(1.0)


@virtual_time
async def test_a_living_workers_file_is_its_own(tmp_path: Path) -> None:
    """Two workers share the directory: one does not replay, and so not delete, what the other is still writing."""
    first, second = Talk(tmp_path), Talk(tmp_path)
    first.store.down(60.0)
    await first.journal.start()
    first.says(30)
    await first.clock.sleep(2.0)
    assert first.journal.state.spilled == 30
    assert await second.journal.replay()
    assert await second.journal.recover(CALL, 1.0)
    assert second.store.seqs(CALL) == []
    await second.journal.aclose(1.0)
    first.says(30)
    await first.clock.sleep(120.0)
    assert await first.stored() == (numbers(60), 60)
    await first.journal.aclose(1.0)


@virtual_time
async def test_a_resumed_call_first_recovers_what_its_dead_worker_spilled(tmp_path: Path) -> None:
    """The new worker reads the store after the dead one's file is in it, of that call only; a store that stays down
    costs it the time it gave and no more."""
    dead, other = Talk(tmp_path), Talk(tmp_path, call_id="other-call")
    for talk in (dead, other):
        talk.store.down(3600.0)
        talk.says(5)
        await talk.journal.aclose(0.5)
    new = Talk(tmp_path)
    assert await new.journal.recover(CALL, 0.5)
    assert (new.store.seqs(CALL), new.store.seqs("other-call")) == (numbers(5), [])
    assert files(tmp_path) == {"other-call.jsonl": 0o600}
    assert await new.journal.recover("unknown", 0.5)
    new.store.down(10.0)
    before = new.clock.monotonic()
    assert not await new.journal.recover("other-call", 0.5)
    assert new.clock.monotonic() - before == 0.5
    await new.journal.aclose(1.0)


@virtual_time
async def test_a_lost_reply_is_repeated_with_the_same_key(tmp_path: Path) -> None:
    """The store wrote but could not say so: the repeat changes nothing, and later events still arrive."""
    talk = Talk(tmp_path)
    talk.store.lose_replies(2)
    await talk.journal.start()
    await talk.every_second(5)
    await talk.journal.aclose(5.0)
    assert await talk.stored() == (numbers(5), 5)
    assert len({write.key for write in talk.store.writes}) == len(talk.store.writes)


@virtual_time
async def test_without_a_disk_the_newest_are_kept_and_the_loss_is_counted() -> None:
    """No store and no spill directory: memory stays bounded, and what was lost is counted, not hidden."""
    talk = Talk(None, capacity=20)
    await talk.journal.start()
    talk.store.down(110.0)
    await talk.every_second(100)
    await talk.clock.sleep(20.0)  # nothing more is said: the journal comes back by itself
    seqs, turns = await talk.stored()
    assert turns == 100
    assert seqs[-10:] == list(range(91, 101))
    assert talk.journal.state.dropped == 100 - len(seqs) > 0
    await talk.journal.aclose(1.0)


@virtual_time
async def test_a_full_disk_loses_nothing_and_is_tried_again(tmp_path: Path) -> None:
    """Store and disk are both gone for a minute: the call stays in memory, is spilled as soon as the disk has room, and
    stored as soon as the store is back."""
    folder = tmp_path / "full"
    folder.write_text("a file where the directory should be")
    talk = Talk(folder)
    await talk.journal.start()
    talk.store.down(120.0)
    await talk.every_second(60)
    assert (talk.journal.state.spilled, talk.journal.state.behind) == (0, 60)
    folder.unlink()
    await talk.every_second(2)
    assert talk.journal.state.spilled >= 61
    await talk.clock.sleep(70.0)
    assert await talk.stored() == (numbers(62), 62)
    assert (talk.journal.state.dropped, files(folder)) == (0, {})
    await talk.journal.aclose(1.0)


@virtual_time
async def test_what_neither_store_nor_disk_took_is_counted_as_lost(tmp_path: Path) -> None:
    """The process ends with both of them gone."""
    talk = Talk(Path("/dev/null/spill"))
    talk.store.down(60.0)
    talk.says(7)
    await talk.journal.aclose(1.0)
    assert talk.journal.state.dropped == 7


@virtual_time
async def test_foreign_exceptions_of_a_store_lose_nothing(tmp_path: Path) -> None:
    """An adapter with a bug (it raises what the port does not declare) is treated as down, not as the end."""

    class Buggy(FakeStore):
        async def write(self, write: Write) -> int:
            if self._clock.monotonic() < 3.0:
                raise KeyError("bug")
            return await super().write(write)

    talk = Talk(tmp_path)
    talk.store = Buggy(talk.clock)
    talk.journal = Journal(talk.store, talk.clock, spill_dir=tmp_path)
    await talk.journal.start()
    await talk.every_second(5)
    await talk.journal.aclose(10.0)
    assert await talk.stored() == (numbers(5), 5)


@virtual_time
async def test_after_close_nothing_raises_and_the_loss_is_counted(tmp_path: Path) -> None:
    """A late event of a library must not break the end of a call."""
    talk = Talk(tmp_path)
    await talk.journal.aclose(1.0)
    talk.says()
    await talk.journal.aclose(1.0)
    assert talk.journal.state.dropped == 1


@virtual_time
async def test_flush_says_whether_all_is_stored(tmp_path: Path) -> None:
    """True means stored; False comes when the time is up, not earlier and not later."""
    talk = Talk(tmp_path)
    talk.says(3)
    assert await talk.journal.flush(1.0)
    assert await talk.stored() == (numbers(3), 3)
    talk.store.down(100.0)
    talk.says()
    before = talk.clock.monotonic()
    assert not await talk.journal.flush(7.0)
    assert talk.clock.monotonic() - before == 7.0
    await talk.journal.aclose(0.1)


@virtual_time
async def test_a_flush_cut_short_while_spilling_loses_nothing(tmp_path: Path) -> None:
    """Whenever a deadline strikes, also in the middle of a write or a spill, every event is still somewhere."""
    for cut_s in (0.1, 0.25, 0.3, 1.0, 1.7):
        talk = Talk(tmp_path / str(cut_s))
        talk.store.slow_s = 0.1
        talk.store.down(20.0)
        await talk.journal.start()
        for _ in range(8):
            talk.says(3)
            await talk.journal.flush(cut_s)
        talk.store.mend()
        await talk.journal.aclose(60.0)
        assert await talk.stored() == (numbers(24), 24)
        assert talk.journal.state.dropped == 0


@virtual_time
async def test_a_spill_cut_off_in_the_thread_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call ends while its thread waits for a disk that then fails: the store gets everything from memory."""
    loop, begun, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def hangs_then_fails(*_: object) -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(10)
        raise OSError("disk full")

    talk = Talk(tmp_path)
    talk.store.down(20.0)
    await talk.journal.start()
    talk.says(3)
    with monkeypatch.context() as patch:
        patch.setattr("calls.spill.Spill.append", hangs_then_fails)
        await begun.wait()
        talk.says(1)
        talk.store.mend()
        go_on.set()
        await talk.journal.aclose(60.0)
    assert (*await talk.stored(), talk.journal.state.dropped) == (numbers(4), 4, 0)


@virtual_time
async def test_a_closed_calls_memory_is_given_back(tmp_path: Path) -> None:
    """A journal that serves many calls does not grow with them."""
    talk = Talk(tmp_path)
    await talk.journal.start()
    for number in range(20):
        record = a_record(f"call-{number}").close(talk.clock.now(), Outcome.RESOLVED)
        talk.journal.record(spoke(record, 1), record)
    await talk.clock.sleep(1.0)
    assert talk.journal._pending == {}
    await talk.journal.aclose(1.0)


def test_record_is_cheap() -> None:
    """The audio path pays the same for the ten-thousandth event as for the first: no copying, no I/O (no deadline here:
    the whole loop of 20,000 is given seconds, and a quadratic one would take minutes)."""
    talk = Talk(None)
    talk.says(1)
    before = time.perf_counter()
    talk.says(20_000)
    assert time.perf_counter() - before < 20
    assert talk.journal.state.behind == 20_001


@virtual_time
async def test_store_down_at_start_is_no_error(tmp_path: Path) -> None:
    """A call is taken also when the store was down before it began."""
    talk = Talk(tmp_path)
    talk.store.down(2.0)
    await asyncio.wait_for(talk.journal.start(), 0.1)
    talk.says()
    try:
        await talk.store.record(CALL)
    except StoreDown:
        await talk.clock.sleep(5.0)
    assert await talk.stored() == ([1], 1)
    await talk.journal.aclose(1.0)


@virtual_time
async def test_retries_are_spread(tmp_path: Path) -> None:
    """Hundreds of job processes wait for one store: they do not all ask again at the same instant."""
    talks = [Talk(None, call_id=f"call-{number}") for number in range(20)]
    for talk in talks:
        talk.store.down(3.0)
        await talk.journal.start()
        talk.says()
    back: dict[str, float] = {}
    while len(back) < len(talks):
        await talks[0].clock.sleep(0.01)
        back |= {
            t.record.call_id: t.clock.monotonic() for t in talks if t.store.writes and t.record.call_id not in back
        }
    assert len(set(back.values())) > 10
    for talk in talks:
        await talk.journal.aclose(1.0)


@virtual_time
async def test_an_observer_is_told_what_happens(tmp_path: Path) -> None:
    """What the metrics are made of: writes with their seconds, failures, and how the journal stands."""

    class Told:
        def __init__(self) -> None:
            self.writes: list[tuple[float, int]] = []
            self.failures = 0
            self.states: list[State] = []

        def wrote(self, seconds: float, events: int) -> None:
            self.writes.append((seconds, events))

        def failed(self) -> None:
            self.failures += 1

        def stands(self, state: State) -> None:
            self.states.append(state)

    talk, told = Talk(tmp_path), Told()
    talk.journal = Journal(talk.store, talk.clock, spill_dir=tmp_path, observer=told)
    talk.store.slow_s = 0.1
    await talk.journal.start()
    talk.says(2)
    await talk.clock.sleep(1.0)
    assert [(round(seconds, 3), events) for seconds, events in told.writes] == [(0.1, 2)]
    talk.store.down(20.0)
    talk.says(3)
    await talk.clock.sleep(10.0)
    assert told.failures >= 3
    assert told.states[-1].down
    assert told.states[-1].lag_s == pytest.approx(10.0, abs=0.5)
    await talk.clock.sleep(15.0)
    assert (told.states[-1].lag_s, told.states[-1].behind, told.states[-1].replayed) == (0.0, 0, 5)
    await talk.journal.aclose(1.0)
