"""The journal's disk: what a worker that is killed leaves there, and who brings it to the store."""

from __future__ import annotations

import asyncio
import io
import threading
from pathlib import Path

import pytest

from calls.events import Event
from calls.journal import Journal
from calls.replay import Replay
from calls.spill import Left, Spill
from tests.support.a_journal import CALL, Talk, numbers
from tests.support.virtual_time import virtual_time


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
    await talk.clock.sleep(0.81)
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
async def test_what_another_is_bringing_just_now_is_waited_for(tmp_path: Path) -> None:
    """The worker's parent had the file in hand when the resumed call asked: it read the store too early, and the agent
    knew nothing of the last minutes. Who holds it for ever costs the time given, and no more."""
    dead = Talk(tmp_path)
    dead.store.down(3600.0)
    dead.says(5)
    await dead.journal.aclose(0.5)
    new = Talk(tmp_path)
    new.store.slow_s = 0.1
    parent = Replay(new.store, tmp_path, new.clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(parent.once())
        await new.clock.sleep(0.05)
        assert await new.journal.recover(CALL, 0.5)
        assert new.store.seqs(CALL) == numbers(5)
    assert (parent.replayed, new.journal.state.replayed) == (5, 0)
    hung = Spill(tmp_path)
    hung.append(new.record, [])
    before = new.clock.monotonic()
    assert await new.journal.recover(CALL, 0.5)
    assert new.clock.monotonic() - before == 0.5
    hung.close()
    await new.journal.aclose(1.0)


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
async def test_one_file_that_the_store_refuses_keeps_no_other_back(tmp_path: Path) -> None:
    """A call of a newer version lies among the dead: the others' files are brought, and its own stays."""
    for call_id in ("a-newer", "b-plain"):
        dead = Talk(tmp_path, call_id=call_id)
        dead.store.down(3600.0)
        dead.says(2)
        await dead.journal.aclose(0.5)
    alive = Talk(tmp_path)
    alive.store.unreadable.add("a-newer")
    assert not await alive.journal.replay()
    assert alive.store.seqs("b-plain") == [1, 2]
    assert set(files(tmp_path)) == {"a-newer.jsonl"}
    await alive.journal.aclose(1.0)
