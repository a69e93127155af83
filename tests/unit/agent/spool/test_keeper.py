"""What a worker's parent does about the spools on its disk: what may be needed lands in the bucket within 10 s of the
call's end, what is not is deleted, and nothing is lost by outages and restarts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.spool.place import KEEP_S
from calls.recording import RecordingState
from tests.fakes.clock import EPOCH
from tests.support.a_disk import BACKUP, Disk, counted
from tests.support.a_spool import CALL, a_beside, names
from tests.support.virtual_time import virtual_time

_UPLOAD_S = 10.0  # the figure
_DAY_S = 24 * 3600.0


@virtual_time
async def test_a_call_without_proof_of_its_recording_has_its_backup_in_the_bucket_within_ten_seconds(
    tmp_path: Path,
) -> None:
    """While the call lasts nothing happens, though its writer is gone; then it lies under the call's own name, marked
    as whose it is and from when, and the disk is empty."""
    disk, before = Disk(tmp_path), counted("brought")
    disk.spool()
    await disk.say(RecordingState.RUNNING, ended=False)
    disk.keeper.start()
    await disk.clock.sleep(120.0)
    assert disk.bucket.names == []
    await disk.say(RecordingState.ENDED)
    await disk.clock.sleep(_UPLOAD_S)
    assert disk.bucket.names == [BACKUP]
    about = disk.bucket.kept[BACKUP].about
    assert about.content_type == "audio/ogg"
    assert about.metadata["call-id"] == CALL
    assert about.metadata["started-at"] == f"{EPOCH:.3f}"
    assert about.delete_at == disk.clock.now() - _UPLOAD_S + 90 * _DAY_S
    assert disk.files == []
    assert counted("brought") == before + 1
    await disk.keeper.aclose()
    assert disk.store.closed
    assert disk.bucket.closed


@virtual_time
async def test_a_spool_whose_writer_lives_is_left_alone(tmp_path: Path) -> None:
    """The call is over, the job process writes the last sounds: what is uploaded before its end is not all of it."""
    disk = Disk(tmp_path)
    writer = disk.spool(living=True)
    await disk.say(RecordingState.MISSING)
    disk.keeper.start()
    await disk.clock.sleep(60.0)
    assert disk.bucket.names == []
    writer.close()  # type: ignore[attr-defined]
    await disk.clock.sleep(2.0)
    assert disk.bucket.names == [BACKUP]
    await disk.keeper.aclose()


@pytest.mark.parametrize(
    ("state", "names_there"),
    [
        (RecordingState.PROVEN, []),
        (RecordingState.DECLINED, []),
        (RecordingState.NOT_BEGUN, []),
        (RecordingState.MISSING, [BACKUP]),
        (RecordingState.LOST, [BACKUP]),
        (RecordingState.BACKUP, [BACKUP]),
    ],
)
def test_what_is_known_of_the_recording_decides_at_once(
    tmp_path: Path, state: RecordingState, names_there: list[str]
) -> None:
    """Also of the spool of a worker that had the call before: there may be a backup already, of the other half."""

    @virtual_time
    async def decide() -> None:
        disk = Disk(tmp_path)
        disk.spool()
        await disk.say(state)
        disk.keeper.start()
        await disk.clock.sleep(2.0)
        assert disk.bucket.names == names_there
        assert disk.files == []
        await disk.keeper.aclose()

    decide()


@virtual_time
async def test_a_recording_that_is_proven_in_time_has_no_backup_in_the_bucket(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.ENDED)
    disk.keeper.start()
    await disk.clock.sleep(3.0)
    assert disk.files
    await disk.say(RecordingState.PROVEN)
    await disk.clock.sleep(_UPLOAD_S)
    assert (disk.bucket.asked, disk.files) == ([], [])
    await disk.keeper.aclose()


@virtual_time
async def test_what_was_declined_is_deleted_before_control_has_written_so(tmp_path: Path) -> None:
    """The worker died in between, and could not throw it away itself: it must not be brought after 4 s."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.ENDED, consent="declined")
    disk.keeper.start()
    await disk.clock.sleep(60.0)
    assert (disk.bucket.asked, disk.files) == ([], [])
    await disk.keeper.aclose()


@virtual_time
async def test_a_call_that_two_workers_had_has_the_tracks_of_both(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.spool(1)
    disk.spool(2)
    await disk.say(RecordingState.MISSING)
    disk.keeper.start()
    await disk.clock.sleep(2.0)
    assert disk.bucket.names == sorted([BACKUP, names().backup(2)])
    await disk.keeper.aclose()


@virtual_time
async def test_a_bucket_that_is_down_gets_it_when_it_is_back(tmp_path: Path) -> None:
    """Down for an hour, then without permission, then full: it stays on disk, and is there a minute later."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.MISSING)
    disk.bucket.down = True
    disk.keeper.start()
    await disk.clock.sleep(3600.0)
    assert len(disk.bucket.asked) < 100  # less and less often
    disk.bucket.down, disk.bucket.refuses = False, "no_permission"
    await disk.clock.sleep(600.0)
    disk.bucket.refuses = "quota"
    await disk.clock.sleep(600.0)
    assert len(disk.files) == 2
    disk.bucket.refuses = None
    await disk.clock.sleep(61.0)
    assert (disk.bucket.names, disk.files) == ([BACKUP], [])
    await disk.keeper.aclose()


@virtual_time
async def test_an_answer_that_was_lost_makes_no_second_object(tmp_path: Path) -> None:
    """Written, and not said: the next try finds its own, and marks it."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.MISSING)
    disk.bucket.lost_replies = 2
    disk.keeper.start()
    await disk.clock.sleep(_UPLOAD_S)
    assert (disk.bucket.names, disk.files) == ([BACKUP], [])
    assert disk.bucket.kept[BACKUP].about.metadata["call-id"] == CALL
    await disk.keeper.aclose()


@virtual_time
async def test_a_backup_is_never_seen_without_its_beginning(tmp_path: Path) -> None:
    """Control looks between upload and marks too: without the first sample's time no word has a place in it."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.MISSING)
    disk.bucket.down_after = 1
    await disk.keeper.aclose()
    assert float(disk.bucket.kept[BACKUP].about.metadata["started-at"]) > 0


@virtual_time
async def test_what_lies_under_its_name_is_not_overwritten(tmp_path: Path) -> None:
    """Whoever put it there: it stays as it is, and so does the spool."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.MISSING)
    disk.bucket.put(BACKUP, b"another's")
    disk.keeper.start()
    await disk.clock.sleep(60.0)
    assert disk.bucket.kept[BACKUP].data == b"another's"
    assert len(disk.files) == 2
    await disk.keeper.aclose()


@virtual_time
async def test_a_worker_that_stops_brings_what_may_be_needed_first(tmp_path: Path) -> None:
    """Its disk may go with it. What was declined is not brought; a call that another worker goes on with is."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.RUNNING, ended=False)
    disk.keeper.start()
    await disk.clock.sleep(5.0)
    assert disk.bucket.names == []
    await disk.keeper.aclose()
    assert (disk.bucket.names, disk.files) == ([BACKUP], [])
    second = Disk(tmp_path / "second")
    second.spool()
    await second.say(RecordingState.DECLINED)
    await second.keeper.aclose()
    assert (second.bucket.names, second.files) == ([], [])


@virtual_time
async def test_a_worker_that_stops_does_not_wait_for_a_bucket_that_is_down(tmp_path: Path) -> None:
    """It stays on disk, for the next worker there: which brings it."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.MISSING)
    disk.bucket.down = True
    disk.keeper.start()
    await disk.clock.sleep(5.0)
    before = disk.clock.monotonic()
    await disk.keeper.aclose()
    assert disk.clock.monotonic() - before <= 10.0
    disk.bucket.down = False
    next_one = disk.another()
    next_one.start()
    await disk.clock.sleep(2.0)
    assert (disk.bucket.names, disk.files) == ([BACKUP], [])
    await next_one.aclose()


@virtual_time
async def test_what_could_not_be_brought_for_a_week_is_deleted_and_a_clock_that_is_set_deletes_nothing(
    tmp_path: Path,
) -> None:
    """What callers said does not lie about for ever. A clock that is a year wrong for some minutes is no year."""
    disk, before = Disk(tmp_path, every_s=300.0), counted("expired")
    disk.spool()
    await disk.say(RecordingState.MISSING)
    disk.bucket.down = True
    disk.keeper.start()
    await disk.clock.sleep(60.0)
    disk.clock.jump(365 * _DAY_S)
    await disk.clock.sleep(300.0)
    disk.clock.jump(-365 * _DAY_S)
    await disk.clock.sleep(6.9 * _DAY_S)
    assert len(disk.files) == 2
    await disk.clock.sleep(0.2 * _DAY_S)
    assert disk.files == []
    assert counted("expired") == before + 1
    await disk.keeper.aclose()


@virtual_time
async def test_a_spool_without_sound_is_not_brought(tmp_path: Path) -> None:
    """Its worker was killed as it began."""
    disk = Disk(tmp_path)
    disk.spool(seconds=0.0)
    (tmp_path / f"{CALL}.1.ogg").write_bytes(b"")
    await disk.say(RecordingState.MISSING)
    disk.keeper.start()
    await disk.clock.sleep(_UPLOAD_S)
    assert (disk.bucket.names, disk.files) == ([], [])
    await disk.keeper.aclose()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"version": 1}',
        a_beside().encode().replace(f"/{CALL}".encode(), b"/0198c2d0-0000-7000-8000-000000000002"),
    ],
)
def test_a_json_that_is_none_sends_nothing_anywhere(tmp_path: Path, content: bytes) -> None:
    """It says where the sound goes: what cannot be read is set aside for a person, and the others are brought. Nobody's
    voice lies there for ever: a week later it is gone."""

    @virtual_time
    async def keep() -> None:
        disk = Disk(tmp_path)
        disk.spool(1)
        disk.spool(2)
        (tmp_path / f"{CALL}.1.json").write_bytes(content)
        await disk.say(RecordingState.MISSING)
        disk.keeper.start()
        await disk.clock.sleep(_UPLOAD_S)
        assert disk.bucket.names == [names().backup(2)]
        assert disk.files == [f"{CALL}.1.json", f"{CALL}.1.unreadable"]
        old = disk.clock.now() - KEEP_S
        os.utime(tmp_path / f"{CALL}.1.unreadable", (old, old))
        await disk.clock.sleep(_UPLOAD_S)
        assert disk.files == []
        await disk.keeper.aclose()

    keep()
