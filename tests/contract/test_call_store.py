"""The promises of calls.ports.CallStore, held against every implementation, outages included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from calls.outcome import Outcome
from calls.ports import CallStore, StoreDown, VersionConflict, Write
from calls.stores.memory import MemoryStore
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record, spoke

RECORD = a_record()
CALL = RECORD.call_id


@dataclass
class Bench:
    """A store under test, and the means to break it and to mend it."""

    store: CallStore
    break_it: Callable[[], object] = lambda: None
    mend: Callable[[], object] = lambda: None


def _memory(_: Path) -> Bench:
    return Bench(MemoryStore())


def _memory_with_directory(tmp_path: Path) -> Bench:
    directory, away = tmp_path / "records", tmp_path / "away"

    def breaks() -> None:  # as a full or unmounted disk: root may write where permissions forbid it
        if directory.exists():
            directory.rename(away)
        directory.write_text("in the way")

    def mends() -> None:
        directory.unlink()
        if away.exists():
            away.rename(directory)

    return Bench(MemoryStore(directory), breaks, mends)


def _fake(_: Path) -> Bench:
    store = FakeStore(FakeClock())
    return Bench(store, lambda: store.down(3600.0), store.mend)


async def _made(make: Callable[[Path], Bench], tmp_path: Path) -> AsyncIterator[Bench]:
    bench = make(tmp_path)
    yield bench
    await bench.store.aclose()


@pytest_asyncio.fixture(params=[_memory, _memory_with_directory, _fake], ids=["memory", "directory", "fake"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async for made in _made(request.param, tmp_path):
        yield made


@pytest_asyncio.fixture(params=[_memory_with_directory, _fake], ids=["directory", "fake"])
async def breakable(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Those that can be down: memory alone never is."""
    async for made in _made(request.param, tmp_path):
        yield made


@pytest.fixture
def store(bench: Bench) -> CallStore:
    return bench.store


async def seqs(store: CallStore, after: int = 0) -> list[int]:
    return [event.seq for event in await store.events(CALL, after)]


async def test_what_was_written_is_read(store: CallStore) -> None:
    """The newest snapshot and all events come back as they were given."""
    assert await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1), spoke(RECORD, 2)])) == 1
    assert await store.record(CALL) == RECORD
    assert list(await store.events(CALL)) == [spoke(RECORD, 1), spoke(RECORD, 2)]


async def test_unknown_call_is_absent_not_an_error(store: CallStore) -> None:
    """None means that there is no such call; so does an empty list of events."""
    assert await store.record("nobody") is None
    assert list(await store.events("nobody")) == []
    assert list(await store.open_calls()) == []


async def test_versions_may_jump(store: CallStore) -> None:
    """A writer coalesces: after version 1 it may write version 40."""
    await store.write(Write("k1", RECORD, 0))
    assert await store.write(Write("k2", replace(RECORD, version=40, turns=7), 1)) == 40
    found = await store.record(CALL)
    assert found is not None
    assert found.turns == 7


async def test_same_key_is_applied_once(store: CallStore) -> None:
    """A repeat after a lost reply answers as the first did, although the version has moved and the events are there."""
    write = Write("k1", RECORD, 0, [spoke(RECORD, 1)])
    assert await store.write(write) == 1
    assert await store.write(write) == 1
    await store.write(Write("k2", RECORD.evolve(turns=1), 1, [spoke(RECORD, 2)]))
    assert await store.write(write) == 1
    found = await store.record(CALL)
    assert found is not None
    assert (found.version, await seqs(store)) == (2, [1, 2])


async def test_conflict_names_the_stored_version_and_changes_nothing(store: CallStore) -> None:
    """Two writers: the one that is behind is told so, and nothing of its write is kept."""
    await store.write(Write("k1", replace(RECORD, version=5), 0))
    with pytest.raises(VersionConflict) as caught:
        await store.write(Write("k2", replace(RECORD, version=3, turns=9), 2, [spoke(RECORD, 1)]))
    assert (caught.value.call_id, caught.value.expected, caught.value.stored) == (CALL, 2, 5)
    assert (await store.record(CALL), await seqs(store)) == (replace(RECORD, version=5), [])


async def test_a_conflicts_key_is_not_used_up(store: CallStore) -> None:
    """A refused write may be repeated under its key once the conflict is resolved."""
    write = Write("k1", replace(RECORD, version=3), 2)
    with pytest.raises(VersionConflict):
        await store.write(write)
    await store.write(Write("k0", replace(RECORD, version=2), 0))
    assert await store.write(write) == 3


async def test_the_same_version_with_more_events(store: CallStore) -> None:
    """A journal that was overtaken adds its events beside the snapshot that stands."""
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 2)]))
    assert await store.write(Write("k2", RECORD, 1, [spoke(RECORD, 1)])) == 1
    assert await seqs(store) == [1, 2]


async def test_an_event_is_stored_once(store: CallStore) -> None:
    """The same call and number again, under another key, is a replay: the first one stands."""
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1, "first"), spoke(RECORD, 2)]))
    await store.write(Write("k2", RECORD.evolve(), 1, [spoke(RECORD, 1, "again"), spoke(RECORD, 3)]))
    assert list(await store.events(CALL)) == [spoke(RECORD, 1, "first"), spoke(RECORD, 2), spoke(RECORD, 3)]


async def test_an_epoch_has_events_of_its_own(store: CallStore) -> None:
    """What a dead worker left on its disk comes late, under numbers its successor used too: both stay, in order."""
    second = [replace(spoke(RECORD, seq, "second"), epoch=2) for seq in (3, 4)]
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1), spoke(RECORD, 2)]))
    await store.write(Write("k2", replace(RECORD, version=2, epoch=2), 1, second))
    await store.write(Write("k3", replace(RECORD, version=2, epoch=2), 2, [spoke(RECORD, 3), spoke(RECORD, 4)]))
    await store.write(Write("k4", replace(RECORD, version=2, epoch=2), 2, [spoke(RECORD, 4, "again")]))
    late = [spoke(RECORD, seq) for seq in (1, 2, 3, 4)]
    assert list(await store.events(CALL)) == [*late, *second]


async def test_a_store_that_forgot_says_so(store: CallStore) -> None:
    """A writer that expects a version of a call the store has never seen is told 0, and that nothing was kept."""
    with pytest.raises(VersionConflict) as caught:
        await store.write(Write("k9", replace(RECORD, version=9), 8, [spoke(RECORD, 30)]))
    assert caught.value.stored == 0
    assert (await store.record(CALL), await seqs(store)) == (None, [])


async def test_duplicates_within_one_write(store: CallStore) -> None:
    """The same number twice in one batch is one event."""
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1), spoke(RECORD, 1)]))
    assert await seqs(store) == [1]


async def test_events_after(store: CallStore) -> None:
    """A reader that has seen up to 2 gets the rest, in order of their numbers, not of their arrival."""
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, seq) for seq in (5, 3, 1, 2, 4)]))
    assert await seqs(store, after=2) == [3, 4, 5]
    assert await seqs(store, after=5) == []


async def test_open_calls_are_those_without_an_end(store: CallStore) -> None:
    """A call leaves the list exactly when its closed record is written."""
    other = a_record("other")
    await store.write(Write("k1", RECORD, 0))
    await store.write(Write("k2", other, 0))
    assert sorted(await store.open_calls()) == sorted([CALL, "other"])
    await store.write(Write("k3", other.close(1.0, Outcome.RESOLVED), 1))
    assert list(await store.open_calls()) == [CALL]


async def test_calls_do_not_mix(store: CallStore) -> None:
    """Fifty calls written at once keep each its own record and events."""
    records = [a_record(f"call-{number}") for number in range(50)]
    await asyncio.gather(*(store.write(Write(f"k-{r.call_id}", r, 0, [spoke(r, 1, r.call_id)])) for r in records))
    for record in records:
        assert await store.record(record.call_id) == record
        assert list(await store.events(record.call_id)) == [spoke(record, 1, record.call_id)]


async def test_two_writers_at_once_one_wins(store: CallStore) -> None:
    """Of two writes that expect the same version one is applied and one is told."""
    await store.write(Write("k0", RECORD, 0))
    writes = [Write(f"k{n}", replace(RECORD, version=2, turns=n), 1, [spoke(RECORD, n)]) for n in (1, 2)]
    answers = await asyncio.gather(*(store.write(write) for write in writes), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["VersionConflict", "int"]
    assert len(await seqs(store)) == 1


async def test_down_is_never_absent(breakable: Bench) -> None:
    """A store that cannot be asked says StoreDown to every question, and never that a call does not exist."""
    assert await breakable.store.ready()
    breakable.break_it()
    assert not await breakable.store.ready()
    for question in (breakable.store.record("unseen"), breakable.store.events("unseen"), breakable.store.open_calls()):
        with pytest.raises(StoreDown):
            await question


async def test_failed_write_may_be_repeated(breakable: Bench) -> None:
    """After StoreDown the same write under the same key is applied once, and nothing of the failed one shows."""
    first = Write("k1", RECORD, 0, [spoke(RECORD, 1)])
    second = Write("k2", RECORD.evolve(turns=2), 1, [spoke(RECORD, 2), spoke(RECORD, 3)])
    await breakable.store.write(first)
    breakable.break_it()
    for _ in range(2):
        with pytest.raises(StoreDown):
            await breakable.store.write(second)
    breakable.mend()
    assert await breakable.store.ready()
    assert await breakable.store.record(CALL) == RECORD
    assert await breakable.store.write(second) == 2
    assert await breakable.store.write(second) == 2
    assert await seqs(breakable.store) == [1, 2, 3]
