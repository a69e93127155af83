"""The files that the memory store leaves: what other programs read while and after a call."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from calls.outcome import Outcome
from calls.ports import StoreDown, VersionConflict, Write
from calls.stores.memory import MemoryStore
from tests.support.a_call import a_record, spoke

RECORD = a_record()
CALL = RECORD.call_id


def modes(directory: Path) -> dict[str, int]:
    paths = {path.name: path for path in directory.iterdir()} | {".": directory}
    return {name: path.stat().st_mode & 0o777 for name, path in paths.items()}


def lines(directory: Path) -> list[int]:
    return [json.loads(line)["seq"] for line in (directory / f"{CALL}.jsonl").read_text().splitlines()]


def tear(directory: Path) -> None:
    with (directory / f"{CALL}.jsonl").open("a") as file:
        file.write('{"v": 1, "kind": "caller_spoke", "text": "' + "x" * 500)


async def test_files_are_private_and_hold_the_wire_form(tmp_path: Path) -> None:
    """What callers say is readable by this user only; each line and the snapshot are JSON of the wire form."""
    directory = tmp_path / "deep" / "records"
    store = MemoryStore(directory)
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1)]))
    await store.write(Write("k2", RECORD.evolve(turns=1), 1, [spoke(RECORD, 2)]))
    assert modes(directory) == {f"{CALL}.json": 0o600, f"{CALL}.jsonl": 0o600, ".": 0o700}
    assert lines(directory) == [1, 2]
    snapshot = json.loads((directory / f"{CALL}.json").read_text())
    assert (snapshot["kind"], snapshot["turns"], snapshot["outcome"]) == ("record", 1, None)
    await store.aclose()


async def test_the_next_process_finds_the_call(tmp_path: Path) -> None:
    """A call of a dead process is known to the next one: record, events, version and open calls."""
    first = MemoryStore(tmp_path)
    await first.write(Write("k1", RECORD, 0, [spoke(RECORD, 1)]))
    await first.aclose()
    tear(tmp_path)
    second = MemoryStore(tmp_path)
    assert await second.open_calls() == [CALL]
    assert await second.record(CALL) == RECORD
    with pytest.raises(VersionConflict):
        await second.write(Write("k1b", RECORD, 0))
    await second.write(Write("k2", RECORD.evolve(), 1, [spoke(RECORD, 1), spoke(RECORD, 2)]))
    assert lines(tmp_path) == [1, 2]
    await second.aclose()


async def test_what_a_failed_attempt_left_is_overwritten(tmp_path: Path) -> None:
    """Events that reached the file although the write failed do not appear twice after the repeat."""
    store = MemoryStore(tmp_path)
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1)]))
    in_the_way = tmp_path / f"{CALL}.json.partial"
    in_the_way.mkdir()
    write = Write("k2", RECORD.evolve(), 1, [spoke(RECORD, 2)])
    with pytest.raises(StoreDown):
        await store.write(write)
    assert lines(tmp_path) == [1, 2]
    in_the_way.rmdir()
    await store.write(write)
    assert lines(tmp_path) == [1, 2]
    await store.aclose()


async def test_no_file_is_touched_in_the_loops_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk stalls a thread of its own, never the audio."""
    store = MemoryStore(tmp_path)
    threads: list[threading.Thread] = []
    real = store._files.write  # type: ignore[union-attr]

    def watched(*args: object) -> int:
        threads.append(threading.current_thread())
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store._files, "write", watched)
    await store.write(Write("k1", RECORD, 0, [spoke(RECORD, 1)]))
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    await store.aclose()


async def test_a_foreign_or_broken_record_is_down_not_absent(tmp_path: Path) -> None:
    """A record that cannot be read is not "no such call": else a resumed call would start from nothing over it."""
    (tmp_path / f"{CALL}.json").write_text("{")
    store = MemoryStore(tmp_path)
    with pytest.raises(StoreDown):
        await store.record(CALL)
    assert await store.open_calls() == []
    await store.aclose()


async def test_memory_forgets_the_oldest_closed_call_first(tmp_path: Path) -> None:
    """A process that serves calls for weeks does not grow; with a directory the forgotten are still found."""
    for store, found in ((MemoryStore(keep=3), 4), (MemoryStore(tmp_path, keep=3), 10)):
        await store.write(Write("open", RECORD, 0))
        records = [a_record(f"call-{n}").close(1.0, Outcome.RESOLVED) for n in range(9)]
        for record in records:
            await store.write(Write(record.call_id, record, 0))
        seen = [await store.record(call_id) for call_id in (CALL, *(record.call_id for record in records))]
        assert len([record for record in seen if record]) == found
        assert len(store._calls) == 4
        await store.aclose()


async def test_an_id_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    """No id can name a file outside the directory."""
    store = MemoryStore(tmp_path / "records")
    evil = a_record("../evil")
    with pytest.raises(ValueError, match="letters, digits"):
        await store.write(Write("k", evil, 0))
    assert not (tmp_path / "evil.json").exists()
    await store.aclose()
