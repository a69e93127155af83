"""The promises of calls.ports.CallStore, held against every implementation, outages included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from calls.outcome import Outcome
from calls.ports import CallStore, Lease, StoreDown, VersionConflict, Write
from calls.recording import Recording, RecordingState
from tests.support.a_call import a_record, spoke
from tests.support.stores import ALL, BREAKABLE, REMOTE, Bench

RECORD = a_record()
CALL = RECORD.call_id


@pytest_asyncio.fixture(params=ALL.values(), ids=ALL)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with request.param(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(params=BREAKABLE.values(), ids=BREAKABLE)
async def breakable(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Those that can be down: memory alone never is."""
    async with request.param(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(params=REMOTE.values(), ids=REMOTE)
async def remote(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Those that live in another process, which may come back without what it had."""
    async with request.param(tmp_path) as made:
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


async def test_unsettled_calls_are_those_whose_recording_nobody_has_seen_land(store: CallStore) -> None:
    """A call leaves the list when what became of its recording is written; one that records nothing is never on it."""
    recorded = replace(a_record("recorded"), recording=Recording("required"))
    await store.write(Write("k1", RECORD, 0))
    await store.write(Write("k2", recorded, 0))
    assert list(await store.unsettled_calls()) == ["recorded"]
    await store.write(Write("k3", closed := recorded.close(1.0, Outcome.RESOLVED), 1))
    assert list(await store.unsettled_calls()) == ["recorded"]
    proven = closed.evolve(recording=Recording("required", RecordingState.PROVEN))
    await store.write(Write("k4", proven, 2))
    assert list(await store.unsettled_calls()) == []
    assert list(await store.recorded_calls()) == ["recorded"]  # which it stays for as long as it is kept
    assert await store.record("recorded") == proven


async def test_a_caller_is_found_by_number(store: CallStore) -> None:
    """All calls of one number, whoever called whom, and nobody else's; a withheld number is nobody's."""
    for call_id, number in (
        ("one", "+15550100001"),
        ("two", "+15550100001"),
        ("three", "+15550100002"),
        ("four", None),
    ):
        record = a_record(call_id)
        await store.write(Write(f"k-{call_id}", replace(record, caller=replace(record.caller, number=number)), 0))
    assert sorted(await store.calls_of("+15550100001")) == ["one", "two"]
    assert list(await store.calls_of("+15550100003")) == []


async def test_an_erased_call_is_gone_and_stays_gone(store: CallStore) -> None:
    """Record, events, lists; and a writer that comes late with its old snapshot or with all it has is not heard."""
    record = replace(RECORD, recording=Recording("required"), caller=replace(RECORD.caller, number="+15550100001"))
    other = a_record("other")
    await store.write(Write("k1", record, 0, [spoke(RECORD, 1)]))
    await store.write(Write("k2", other, 0, [spoke(other, 1)]))
    assert await store.erased(CALL) is False
    assert await store.erase(CALL, "+15550100001") is True
    assert (await store.erased(CALL), await store.erased("other")) == (True, False)
    assert await store.erase(CALL) is False
    assert await store.write(Write("k3", record.evolve(turns=3), 1, [spoke(RECORD, 2)])) == 2
    assert await store.write(Write("k4", record, 0, [spoke(RECORD, 1)])) == 1
    assert (await store.record(CALL), await seqs(store)) == (None, [])
    assert list(await store.open_calls()) == ["other"]
    assert list(await store.unsettled_calls()) == []
    assert list(await store.recorded_calls()) == []
    assert list(await store.calls_of("+15550100001")) == []
    assert [event.seq for event in await store.events("other")] == [1]


async def test_an_erased_call_leaves_no_lease(bench: Bench) -> None:
    """A lease has the room's name, and that the caller's number."""
    await bench.store.renew(Lease(CALL, 1, "call_+15550100001_x", "agent", "worker", "line", "persona"), 30.0)
    await bench.store.erase(CALL)
    assert list(await bench.store.held(60.0)) == []


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
    await breakable.break_it()
    assert not await breakable.store.ready()
    for question in (breakable.store.record("unseen"), breakable.store.events("unseen"), breakable.store.open_calls()):
        with pytest.raises(StoreDown):
            await question


async def test_failed_write_may_be_repeated(breakable: Bench) -> None:
    """After StoreDown the same write under the same key is applied once, and nothing of the failed one shows."""
    first = Write("k1", RECORD, 0, [spoke(RECORD, 1)])
    second = Write("k2", RECORD.evolve(turns=2), 1, [spoke(RECORD, 2), spoke(RECORD, 3)])
    await breakable.store.write(first)
    await breakable.break_it()
    for _ in range(2):
        with pytest.raises(StoreDown):
            await breakable.store.write(second)
    await breakable.mend()
    assert await breakable.store.ready()
    assert await breakable.store.record(CALL) == RECORD
    assert await breakable.store.write(second) == 2
    assert await breakable.store.write(second) == 2
    assert await seqs(breakable.store) == [1, 2, 3]


async def test_a_thousand_events_in_one_write(store: CallStore) -> None:
    """What gathered while the store was away arrives in one piece, and is read in one order."""
    events = [spoke(RECORD, seq) for seq in range(1, 1001)]
    assert await store.write(Write("k1", RECORD, 0, events)) == 1
    assert list(await store.events(CALL)) == events
    assert await seqs(store, after=990) == list(range(991, 1001))


@pytest.mark.parametrize(
    "text", ["Grüße 你好 👩‍👩‍👧 \u202e", 'nul \0 cr \r\n quote " back \\ {}[]', "\x7f\x80\xff", "'; FLUSHALL\r\n", ""]
)
async def test_any_text_comes_back(store: CallStore, text: str) -> None:
    """A caller may say, and a recogniser may write, whatever it likes: it is data to every layer below."""
    record = replace(RECORD, message=text, data={text: [text]})
    await store.write(Write(f"k{text}", record, 0, [spoke(RECORD, 1, text)]))
    assert await store.record(CALL) == record
    assert list(await store.events(CALL)) == [spoke(RECORD, 1, text)]
    assert await store.write(Write(f"k{text}", record, 0, [spoke(RECORD, 1, text)])) == 1


@pytest.mark.parametrize("call_id", ["a:b", "*", "a*", "", "../x", "a b", "é", "x" * 65, "{a}"])
async def test_an_id_that_could_leave_its_place_is_refused(store: CallStore, call_id: str) -> None:
    """An id becomes a key and a file's name: one that could name another's is nobody's."""
    with pytest.raises(ValueError, match="call's id"):
        await store.write(Write("k1", a_record(call_id), 0))
    with pytest.raises(ValueError, match="call's id"):
        await store.record(call_id)
    with pytest.raises(ValueError, match="call's id"):
        await store.events(call_id)


async def test_a_store_that_came_back_empty_is_told_apart(remote: Bench) -> None:
    """Version 0 where the writer expects its own tells it to bring everything again."""
    await remote.store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1)]))
    await remote.forget()
    with pytest.raises(VersionConflict) as caught:
        await remote.store.write(Write("k2", RECORD.evolve(), 1, [spoke(RECORD, 2)]))
    assert caught.value.stored == 0
    assert await remote.store.record(CALL) is None
    again = Write("k3", RECORD.evolve(), 0, [spoke(RECORD, 1), spoke(RECORD, 2)])
    assert await remote.store.write(again) == 2
    assert await seqs(remote.store) == [1, 2]
