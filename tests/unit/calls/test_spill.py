"""The spill file: what a crash, a full disk and another process do to it."""

from __future__ import annotations

import fcntl
import io
import os
from pathlib import Path

import pytest

from calls.spill import Left, Spill
from tests.support.a_call import a_record, spoke

RECORD = a_record(version=3)
CALL = RECORD.call_id


def left_in(directory: Path) -> Left:
    """The one file, taken over from a dead process."""
    spill = Spill(directory)
    (path,) = spill.files()
    left = spill.take(path)
    assert left is not None
    return left


def spilled(directory: Path, *seqs: int) -> Path:
    spill = Spill(directory)
    spill.append(RECORD, [spoke(RECORD, seq) for seq in seqs])
    spill.close()
    return directory / f"{CALL}.jsonl"


def test_what_was_appended_is_read_again_in_order_and_once(tmp_path: Path) -> None:
    """Lines may repeat each other: an event counts once."""
    spilled(tmp_path, 3, 1)
    spilled(tmp_path, 1, 2)
    left = left_in(tmp_path)
    record, events, bad = left.read()
    assert (record, [event.seq for event in events], bad) == (RECORD, [1, 2, 3], 0)
    left.done()
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_line_is_not_there(tmp_path: Path) -> None:
    """The process died in the middle of a write; the next owner goes on after the last whole line."""
    path = spilled(tmp_path, 1)
    with path.open("ab") as file:
        file.write(b'{"record": {"kind": "rec')
    left = left_in(tmp_path)
    assert [event.seq for event in left.read()[1]] == [1]
    assert left.read()[2] == 0
    left.let_go()
    spilled(tmp_path, 2)
    left = left_in(tmp_path)
    assert [event.seq for event in left.read()[1]] == [1, 2]
    left.let_go()


def test_a_broken_line_costs_itself_only(tmp_path: Path) -> None:
    """A power cut left zeros in the middle: the rest is read, and the file can be kept for a person."""
    path = spilled(tmp_path, 1)
    with path.open("ab") as file:
        file.write(b"\0\0\0\0\n[]\n")
    spilled(tmp_path, 2)
    left = left_in(tmp_path)
    record, events, bad = left.read()
    assert (record, [event.seq for event in events], bad) == (RECORD, [1, 2], 2)
    left.set_aside()
    assert [each.suffix for each in tmp_path.iterdir()] == [".unreadable"]
    assert Spill(tmp_path).files() == []


def test_a_full_disk_leaves_whole_lines_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that did not fit is taken back, and the next one finds a whole file."""
    spill = Spill(tmp_path)
    spill.append(RECORD, [spoke(RECORD, 1)])
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _full)
        with pytest.raises(OSError, match="No space"):
            spill.append(RECORD, [spoke(RECORD, 2)])
    spill.append(RECORD, [spoke(RECORD, 3)])
    spill.close()
    left = left_in(tmp_path)
    assert [event.seq for event in left.read()[1]] == [1, 3]
    left.let_go()


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_files_of_the_living_are_theirs(tmp_path: Path) -> None:
    """A file is taken from a dead process only; two processes of one call have a file each."""
    ours, theirs = Spill(tmp_path), Spill(tmp_path)
    ours.append(RECORD, [spoke(RECORD, 1)])
    theirs.append(RECORD, [spoke(RECORD, 2)])
    assert [path.name for path in theirs.files(CALL)] == [f"{CALL}.1.jsonl", f"{CALL}.jsonl"]
    assert [theirs.take(path) for path in theirs.files()] == [None, None]
    ours.close()
    left = theirs.take(tmp_path / f"{CALL}.jsonl")
    assert left is not None
    left.let_go()
    assert theirs.take(tmp_path / f"{CALL}.1.jsonl") is None
    theirs.forget(CALL)
    assert [path.name for path in ours.files()] == [f"{CALL}.jsonl"]
    theirs.close()


def test_files_are_for_their_owner_only_and_names_stay_in_the_folder(tmp_path: Path) -> None:
    """They hold what callers said; a call's id comes from outside."""
    path = spilled(tmp_path / "spill", 1)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with pytest.raises(OSError, match="call's id"):
        Spill(tmp_path).append(a_record("../../outside"), [])


def test_only_the_asked_calls_files(tmp_path: Path) -> None:
    """Recovering one call does not wait for the others."""
    spilled(tmp_path, 1)
    assert Spill(tmp_path).files("other") == []
    assert len(Spill(tmp_path).files(CALL)) == 1


def test_a_file_that_was_set_aside_while_we_waited_for_its_lock_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process renames it between our open and our lock: what we appended there nobody would ever replay."""
    spilled(tmp_path, 1)
    lock = fcntl.flock

    def after_another(file: io.FileIO, how: int) -> None:
        if (path := tmp_path / f"{CALL}.jsonl").exists() and file.name == path:
            path.replace(path.with_suffix(".unreadable"))
        lock(file, how)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", after_another)
        spilled(tmp_path, 2)
    left = left_in(tmp_path)
    assert [event.seq for event in left.read()[1]] == [2]
    left.let_go()
