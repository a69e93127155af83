"""The journal's promises: the audio path never waits, a store that is down loses nothing, memory is bounded.

What a store does that forgets, or that another writes to as well: test_journal_writers.py; the disk:
test_journal_disk.py.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from calls.journal import Journal, State
from calls.outcome import Outcome
from calls.ports import StoreDown, Write
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record, spoke
from tests.support.a_journal import CALL, Talk, numbers
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_many_snapshots_become_one_write(tmp_path: Path) -> None:
    """A burst of events within the flush interval costs the store one write, with the newest snapshot."""
    talk = Talk(tmp_path)
    await talk.journal.start()
    talk.says(50)
    assert talk.journal.state.behind == 50
    await talk.clock.sleep(0.41)
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
