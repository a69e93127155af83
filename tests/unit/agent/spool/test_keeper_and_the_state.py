"""What a worker's parent does with spools whose call the state does not tell of, or not yet, or not any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calls.recording import RecordingState
from recording.bucket import BucketRefused, Object
from tests.fakes.clock import EPOCH
from tests.support.a_disk import BACKUP, Disk, troubles
from tests.support.a_spool import CALL
from tests.support.virtual_time import virtual_time

_UPLOAD_S = 10.0  # the figure


@virtual_time
async def test_a_state_that_is_down_delays_the_decision_and_takes_nothing(tmp_path: Path) -> None:
    """The caller may have declined: that is not known before it answers."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.DECLINED)
    disk.store.down(600.0)
    disk.keeper.start()
    await disk.clock.sleep(599.0)
    assert (disk.bucket.names, len(disk.files)) == ([], 2)
    await disk.clock.sleep(10.0)
    assert (disk.bucket.names, disk.files) == ([], [])
    await disk.keeper.aclose()


@virtual_time
async def test_a_record_that_cannot_be_read_takes_nothing_and_is_told_of(tmp_path: Path) -> None:
    """A newer version wrote it, or it is broken. A week later the sound would go: somebody must know before."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.DECLINED)
    disk.store.unreadable.add(CALL)
    before = troubles("unreadable")
    disk.keeper.start()
    await disk.clock.sleep(700.0)
    assert (disk.bucket.names, len(disk.files)) == ([], 2)
    assert before < troubles("unreadable") < before + 20  # less and less often
    disk.store.unreadable.clear()
    await disk.clock.sleep(61.0)
    assert (disk.bucket.names, disk.files) == ([], [])
    await disk.keeper.aclose()


@virtual_time
async def test_a_call_that_the_state_lost_keeps_its_sound(tmp_path: Path) -> None:
    """Its events may still come; ten minutes later it is brought, for the audit to find."""
    disk = Disk(tmp_path)
    disk.spool()
    disk.keeper.start()
    await disk.clock.sleep(590.0)
    assert disk.bucket.names == []
    await disk.clock.sleep(20.0)
    assert disk.bucket.names == [BACKUP]
    await disk.keeper.aclose()


@virtual_time
async def test_a_call_that_its_caller_had_deleted_is_not_brought(tmp_path: Path) -> None:
    """The worker was away while it was deleted: nothing of it may come back from its disk."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.ENDED)
    await disk.store.erase(CALL)
    disk.keeper.start()
    await disk.clock.sleep(700.0)
    assert (disk.bucket.names, disk.files) == ([], [])
    await disk.keeper.aclose()


@pytest.mark.parametrize("may_delete", [True, False])
@virtual_time
async def test_a_call_that_is_deleted_while_its_track_is_on_its_way_keeps_none(
    tmp_path: Path, may_delete: bool
) -> None:
    """A recording that was lost can be deleted while the track is still tried; the deletion had looked already when it
    came. A worker's account may have no right to delete: then it is at its end, and the lifecycle's."""
    disk = Disk(tmp_path)
    disk.spool()
    await disk.say(RecordingState.LOST)
    write = disk.bucket.write

    async def slow(name: str, *about: Any, **more: Any) -> Object:
        made = await write(name, *about, **more)
        await disk.store.erase(CALL)
        return made

    async def refuse(name: str, generation: int) -> bool:
        raise BucketRefused("no_permission")

    disk.bucket.write = slow  # type: ignore[method-assign]
    if not may_delete:
        disk.bucket.delete = refuse  # type: ignore[method-assign]
    disk.keeper.start()
    await disk.clock.sleep(_UPLOAD_S)
    assert disk.files == []
    ends = [each.about.delete_at for each in disk.bucket.kept.values()]
    assert ends == ([] if may_delete else [EPOCH])
    await disk.keeper.aclose()


@virtual_time
async def test_without_a_shared_state_every_track_is_brought(tmp_path: Path) -> None:
    """Nobody proves anything there: what nobody writes any more is over."""
    disk = Disk(tmp_path, known=False)
    disk.spool()
    disk.keeper.start()
    await disk.clock.sleep(_UPLOAD_S)
    assert (disk.bucket.names, disk.files) == ([BACKUP], [])
    await disk.keeper.aclose()
