"""The diary is shared by every call on the machine and outlives all of them: one slot has one appointment, an act
repeated is one act, and what was answered is on the disk."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agent.diary import file, names
from agent.diary.diary import Diary
from agent.diary.entries import DiaryDown, Gone, SlotTaken, TooMany, Visitor
from agent.diary.ledger import MAX_BOOKED, MAX_MESSAGES

ANNA = Visitor("call-1", "+15550100099", "Anna Smith")
BEN = Visitor("call-2", "+15550100098", "Ben Jones")
TEN, ELEVEN = 1_780_000_200, 1_780_003_800


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path / "state" / "diary.sqlite3")


async def test_a_slot_has_one_appointment(diary: Diary) -> None:
    """The second caller is refused, and the first one's booking stays."""
    await diary.book(ANNA, TEN, "cough", 0)
    with pytest.raises(SlotTaken):
        await diary.book(BEN, TEN, "", 0)
    assert [(a.starts_at, a.name, a.reason) for a in await diary.appointments()] == [(TEN, "Anna Smith", "cough")]


async def test_the_first_two_callers_of_a_new_diary_both_have_it(tmp_path: Path) -> None:
    """One in ten pairs was told that the diary is broken: SQLite waits for no lock where a file becomes a database."""
    for attempt in range(30):
        diary = Diary(tmp_path / f"{attempt}.sqlite3")
        await asyncio.gather(diary.book(ANNA, TEN, "", 0), diary.book(BEN, ELEVEN, "", 0))
        assert len(await diary.appointments()) == 2


async def test_a_repeated_booking_is_the_same_booking(diary: Diary) -> None:
    """The model retries, or the caller rings again from the same telephone: one row. The same name from elsewhere is
    somebody else."""
    first = await diary.book(ANNA, TEN, "cough", 0)
    assert await diary.book(ANNA, TEN, "other words", 1) == first
    assert await diary.book(Visitor("call-9", ANNA.number, "Mrs. anna SMITH"), TEN, "", 2) == first
    with pytest.raises(SlotTaken):
        await diary.book(Visitor("call-9", None, "Anna Smith"), TEN, "", 3)
    assert len(await diary.appointments()) == 1


async def test_of_many_bookings_at_once_one_wins(diary: Diary) -> None:
    """Eight calls want the last slot in the same moment: one row, seven refusals, no error of the file."""
    visitors = [Visitor(f"call-{i}", f"+1555010010{i}", f"Caller {'abcdefgh'[i]}") for i in range(8)]
    results = await asyncio.gather(*(diary.book(v, TEN, "", 0) for v in visitors), return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Done"] + ["SlotTaken"] * 7
    assert len(await diary.appointments()) == 1


async def test_a_move_is_all_or_nothing(diary: Diary) -> None:
    """To a taken slot: both appointments stay. To a free one: the old slot is free. From where it is not: Gone."""
    held = (await diary.book(ANNA, TEN, "", 0)).appointment
    await diary.book(BEN, ELEVEN, "", 0)
    with pytest.raises(SlotTaken):
        await diary.move("call-1", "m", held, ELEVEN)
    assert await diary.taken(0, 2**40) == {TEN, ELEVEN}
    await diary.move("call-1", "m", held, TEN + 1800)
    assert await diary.taken(0, 2**40) == {TEN + 1800, ELEVEN}
    with pytest.raises(Gone):
        await diary.move("call-1", "m2", held, TEN + 3600)


async def test_a_repeat_is_recognised_only_while_it_stands(diary: Diary) -> None:
    """Cancelled, booked anew, cancelled again: the second cancelling is an act of its own, no echo of the first."""
    held = (await diary.book(ANNA, TEN, "", 0)).appointment
    done = await diary.cancel("call-1", "anna", held)
    assert await diary.repeated("call-1", "cancel", "anna") == done
    assert await diary.repeated("call-2", "cancel", "anna") is None
    assert await diary.repeated("call-1", "cancel", "ben") is None
    await diary.book(ANNA, TEN, "", 0)
    assert await diary.repeated("call-1", "cancel", "anna") is None
    with pytest.raises(Gone):
        await diary.cancel("call-1", "anna", held)


async def test_found_are_only_appointments_that_number_or_call_vouch_for(diary: Diary) -> None:
    """The name alone finds nothing; with the number, a name that was heard slightly wrong does."""
    await diary.book(ANNA, TEN, "", 0)
    assert [a.starts_at for a in await diary.find(Visitor("call-9", ANNA.number, "Ana Smith"), 0)] == [TEN]
    assert [a.starts_at for a in await diary.find(Visitor("call-1", None, "Anna Smith"), 0)] == [TEN]
    assert await diary.find(Visitor("call-9", None, "Anna Smith"), 0) == []
    assert await diary.find(Visitor("call-9", BEN.number, "Anna Smith"), 0) == []
    assert await diary.find(Visitor("call-9", ANNA.number, "Bob Smithers"), 0) == []
    assert await diary.find(ANNA, TEN) == []


async def test_one_call_cannot_fill_the_diary(diary: Diary) -> None:
    """A caller who talks the model into booking the week gets MAX_BOOKED appointments, and so many messages."""
    for i in range(MAX_BOOKED):
        await diary.book(ANNA, TEN + 1800 * i, "", 0)
    with pytest.raises(TooMany):
        await diary.book(ANNA, TEN + 1800 * MAX_BOOKED, "", 0)
    for i in range(MAX_MESSAGES):
        await diary.leave_message(ANNA, f"message {i}", 0)
    with pytest.raises(TooMany):
        await diary.leave_message(ANNA, "one more", 0)
    assert (await diary.leave_message(ANNA, "Message  0", 5)).id == 1


async def test_what_was_answered_survives_a_killed_worker(tmp_path: Path) -> None:
    """kill -9 between two bookings, the second one's transaction open: the first is there, the second is not, and the
    next worker books at once."""
    path = tmp_path / "diary.sqlite3"
    code = f"""
import asyncio, pathlib, sys
from agent.diary import ledger
from agent.diary.diary import Diary
from agent.diary.entries import Visitor
from agent.diary.file import transaction
path = pathlib.Path({str(path)!r})
asyncio.run(Diary(path).book(Visitor("c", None, "Anna Smith"), {TEN}, "", 0))
with transaction(path) as db:
    ledger.book(db, Visitor("c", None, "Ben Jones"), {ELEVEN}, "", 0)
    print("open", flush=True)
    sys.stdin.read()
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        assert await process.stdout.readline() == b"open\n"
        os.kill(process.pid, signal.SIGKILL)
        await process.communicate()
    diary = Diary(path)
    assert await diary.taken(0, 2**40) == {TEN}
    await diary.book(BEN, ELEVEN, "", 0)
    assert await diary.taken(0, 2**40) == {TEN, ELEVEN}


async def test_the_file_is_for_this_user_only(diary: Diary, tmp_path: Path) -> None:
    """It holds names and reasons: 0600 in a folder of 0700, its write-ahead log likewise."""
    await diary.book(ANNA, TEN, "", 0)
    folder = tmp_path / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_a_broken_file_is_a_diary_that_is_down(tmp_path: Path) -> None:
    """Not a database, a folder, a file of the future: DiaryDown, never "no appointments"."""
    (tmp_path / "text").write_text("this is no database " * 100)
    (tmp_path / "folder").mkdir()
    with sqlite3.connect(tmp_path / "future") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    for name in ("text", "folder", "future", "text/below"):
        with pytest.raises(DiaryDown):
            await Diary(tmp_path / name).appointments()


async def test_a_diary_locked_by_another_is_down_before_the_deadline(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that never ends costs the caller file.BUSY_S, not the call."""
    await diary.appointments()
    monkeypatch.setattr(file, "BUSY_S", 0.05)
    other = sqlite3.connect(diary._path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DiaryDown):
        await diary.book(ANNA, TEN, "", 0)
    other.close()
    await diary.book(ANNA, TEN, "", 0)


def test_names_are_compared_as_they_are_heard() -> None:
    """Titles, accents, case and punctuation don't count; a title alone stays a name."""
    assert names.key("Mrs. Zoë O'Brien-Núñez") == "zoe obriennunez"
    assert names.key("Miss") == "miss"
    assert names.key("123 !?") == ""
    assert names.sounds_like("Jon Smith", "john smith")
    assert names.sounds_like("Smith", "john smith")
    assert not names.sounds_like("Joan Baker", "john smith")
    assert not names.sounds_like("", "john smith")
