"""What a dead job process spilled comes to the store though no call comes to this worker any more."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from agent import settings
from agent.build import build
from agent.leftovers import Leftovers
from calls.spill import Spill
from ops import logging
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record, spoke
from tests.support.virtual_time import virtual_time

RECORD = a_record(version=3)
CALL = RECORD.call_id


def spilled(directory: Path, *seqs: int) -> Spill:
    """By a process that lives until its Spill is closed."""
    spill = Spill(directory)
    spill.append(RECORD, [spoke(RECORD, seq) for seq in seqs])
    return spill


def files(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def replayed() -> float:
    return REGISTRY.get_sample_value("switchboard_journal_replayed_events_total") or 0.0


@virtual_time
async def test_the_dead_ones_file_is_brought_at_the_start_and_the_living_ones_once_it_is_dead(tmp_path: Path) -> None:
    """No call, no journal: the parent alone, which counts what it brought as a journal does."""
    clock, before = FakeClock(), replayed()
    store = FakeStore(clock)
    spilled(tmp_path, 1, 2).close()
    leftovers = Leftovers([store], tmp_path, clock)
    leftovers.start()
    await clock.sleep(1.0)
    assert (store.seqs(CALL), files(tmp_path)) == ([1, 2], [])
    living = spilled(tmp_path, 3)
    await clock.sleep(60.0)
    assert store.seqs(CALL) == [1, 2]
    living.close()
    await clock.sleep(11.0)
    assert (store.seqs(CALL), files(tmp_path)) == ([1, 2, 3], [])
    assert replayed() - before == 3
    await leftovers.aclose()
    assert store.closed


@virtual_time
async def test_two_workers_on_one_folder_bring_each_event_once(tmp_path: Path) -> None:
    """Both parents look at the same instant, at a slow store: a file is one's at a time."""
    clock = FakeClock()
    store = FakeStore(clock)
    store.slow_s = 0.5
    spilled(tmp_path, *range(1, 31)).close()
    both = [Leftovers([store], tmp_path, clock) for _ in range(2)]
    for leftovers in both:
        leftovers.start()
    await clock.sleep(30.0)
    assert store.seqs(CALL) == list(range(1, 31))
    assert sum(len(write.events) for write in store.writes) == 30
    for leftovers in both:
        await leftovers.aclose()


@virtual_time
async def test_a_store_that_is_down_is_asked_again_and_told_of_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Meanwhile the file is free: a job that resumes the call may bring it by another way."""
    logging.configure("json", stream=sys.stderr)
    clock = FakeClock()
    store = FakeStore(clock)
    store.down(100.0)
    spilled(tmp_path, 1).close()
    leftovers = Leftovers([store], tmp_path, clock)
    leftovers.start()
    await clock.sleep(95.0)
    (path,) = Spill(tmp_path).files()
    taken = Spill(tmp_path).take(path)
    assert taken is not None
    taken.let_go()
    assert store.attempts == 0
    await clock.sleep(20.0)
    assert store.seqs(CALL) == [1]
    assert capsys.readouterr().err.count("spilled events wait for a store") == 1
    await leftovers.aclose()


@virtual_time
async def test_where_one_way_to_the_state_is_down_the_other_is_taken(tmp_path: Path) -> None:
    """STATE_URL may be the gateway that is broken, while the flags send every call past it."""
    clock = FakeClock()
    gateway, redis = FakeStore(clock), FakeStore(clock)
    gateway.down(1000.0)
    spilled(tmp_path, 1).close()
    leftovers = Leftovers([gateway, redis], tmp_path, clock)
    assert await leftovers.once()
    assert (gateway.attempts, redis.seqs(CALL)) == (0, [1])
    await leftovers.aclose()
    assert gateway.closed
    assert redis.closed


@virtual_time
async def test_torn_and_broken_lines_cost_themselves_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A crash tears the last line, a power cut leaves zeros: the rest is brought, and the broken file is kept aside."""
    logging.configure("json", stream=sys.stderr)
    clock = FakeClock()
    store = FakeStore(clock)
    spilled(tmp_path, 1).close()
    with (tmp_path / f"{CALL}.jsonl").open("ab") as file:
        file.write(b"\0\0\0\n")
    spilled(tmp_path, 2).close()
    with (tmp_path / f"{CALL}.jsonl").open("ab") as file:
        file.write(b'{"record": {"kind": "rec')
    leftovers = Leftovers([store], tmp_path, clock)
    leftovers.start()
    await clock.sleep(60.0)
    assert store.seqs(CALL) == [1, 2]
    assert files(tmp_path) == [f"{CALL}.unreadable"]
    assert capsys.readouterr().err.count("set aside") == 1
    await leftovers.aclose()


@virtual_time
async def test_a_file_that_cannot_be_brought_is_told_of_once_and_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is tried again every ten seconds, for years: the log has one line of it."""
    logging.configure("json", stream=sys.stderr)
    clock = FakeClock()
    store = FakeStore(clock)
    (tmp_path / "0-folder.jsonl").mkdir()
    spilled(tmp_path, 1).close()
    leftovers = Leftovers([store], tmp_path, clock)
    leftovers.start()
    await clock.sleep(300.0)
    assert store.seqs(CALL) == [1]
    assert capsys.readouterr().err.count("spill file unreadable") == 1
    await leftovers.aclose()


def test_a_state_of_this_process_alone_gets_no_others_calls(tmp_path: Path) -> None:
    """memory:// would take the file's events, confirm them, and forget them at its end."""

    def ways(url: str) -> int:
        made = {
            name: model.model_validate({"STATE_URL": url, "AGENT_STATE_DIR": str(tmp_path)})
            for name, model in settings.MODELS.items()
        }
        return len(build(settings.Settings(**made)).stores())  # type: ignore[arg-type]

    assert [ways("memory://"), ways(f"memory://{tmp_path}"), ways("redis://127.0.0.1:1")] == [0, 0, 1]
