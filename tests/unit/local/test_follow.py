"""The live view follows calls while they are written down, and the log of who looks after them."""

from __future__ import annotations

from pathlib import Path

from local.follow import Follower, LogLines
from tests.fakes.call_records import CallRecords


async def _told(follower: Follower) -> list[tuple[str, int]]:
    return [(event["call_id"], event["seq"]) async for event in follower.new()]


async def test_events_are_told_once_as_they_come() -> None:
    records = CallRecords()
    follower = Follower(records)
    records.add("c1", 1)
    assert await _told(follower) == [("c1", 1)]
    records.add("c1", 2, 3)
    assert await _told(follower) == [("c1", 2), ("c1", 3)]
    assert await _told(follower) == []


async def test_two_calls_do_not_hide_each_others_events() -> None:
    records = CallRecords()
    follower = Follower(records)
    records.add("c1", 1)
    records.add("c2", 1)
    assert await _told(follower) == [("c1", 1), ("c2", 1)]


async def test_the_end_of_a_call_is_told_though_it_is_no_open_call_any_more() -> None:
    records = CallRecords()
    follower = Follower(records)
    records.add("c1", 1)
    await _told(follower)
    records.add("c1", 2, kind="call_ended")
    assert await _told(follower) == [("c1", 2)]


async def test_a_call_that_was_over_before_it_was_first_written_is_told() -> None:
    """A caller who hangs up at once: opened and closed in one write."""
    records = CallRecords()
    follower = Follower(records)
    records.add("c1", 1, kind="call_ended")
    assert [told for _ in range(10) for told in await _told(follower)] == [("c1", 1)]


async def test_calls_of_yesterday_are_not_told() -> None:
    """Those that are over, and those that their worker left open when the stack was killed."""
    records = CallRecords()
    records.add("over", 1, 2, kind="call_ended")
    records.add("left", 1)
    follower = Follower(records)
    await follower.skip()
    assert [told for _ in range(10) for told in await _told(follower)] == []
    records.add("left", 2)
    assert await _told(follower) == [("left", 2)]


async def test_the_events_of_a_second_worker_are_told_though_their_numbers_are_used_again() -> None:
    """It goes on after what it could read; the dead one may have written more."""
    records = CallRecords()
    follower = Follower(records)
    records.add("c1", 1, 2)
    await _told(follower)
    records.add("c1", 2, epoch=2)
    assert await _told(follower) == [("c1", 2)]


async def test_while_the_store_is_down_nothing_is_lost() -> None:
    records = CallRecords()
    follower = Follower(records)
    records.add("c1", 1)
    records.down = True
    assert await _told(follower) == []
    records.down = False
    assert await _told(follower) == [("c1", 1)]


def test_a_log_is_told_line_by_line(tmp_path: Path) -> None:
    """Half a line waits for its other half; what is no JSON object is somebody else's."""
    log = tmp_path / "control.log"
    lines = LogLines(log)
    assert list(lines.new()) == []
    log.write_text('Traceback\n[]\n{"event": "one"}\n{"event": "t')
    assert [line["event"] for line in lines.new()] == ["one"]
    with log.open("a") as more:
        more.write('wo"}\n')
    assert [line["event"] for line in lines.new()] == ["two"]
