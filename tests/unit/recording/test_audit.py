"""`audit` finds each planted gap, and nothing else; in bounded memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from calls.ids import new_call_id
from calls.outcome import Outcome
from calls.ports import Write
from calls.record import Caller, CallRecord, Direction, Leg
from calls.recording import Part, Recording, RecordingState
from recording.audit import Audit, Finding
from recording.bucket import BucketDown, Object
from recording.commands.audit import line
from recording.names import Names
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import EPOCH, FakeClock
from tests.fakes.store import FakeStore

_HOUR_S, _DAY_S = 3600.0, 24 * 3600.0
NOW = EPOCH + 10 * _DAY_S


class _House:
    """Calls that were recorded, most of them well."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.store, self.bucket = FakeStore(self.clock), FakeBucket(self.clock)

    async def call(
        self,
        state: RecordingState | None = RecordingState.PROVEN,
        *,
        ago_s: float = _HOUR_S,
        files: bool = True,
        known: bool = True,
        backup: bool = False,
        long_s: float | None = 60.0,
    ) -> str:
        """`ago_s`: since it began; None for a state: its line records nothing; for `long_s`: it goes on."""
        at = NOW - ago_s
        call_id = new_call_id(FakeClock(at))
        names = Names("recordings", at, "main", call_id)
        name = names.backup(1) if backup else names.part(1)
        if files:
            self.bucket.put(name, b"sound")
        part = Part(names.part(1), at, proven=state is RecordingState.PROVEN)
        backups = (name,) if backup else ()
        record = CallRecord(
            call_id=call_id,
            room="room",
            line="main",
            persona="ada",
            direction=Direction.INBOUND,
            caller=Caller(Leg.SIP, "caller"),
            started_at=at,
            version=1,
            recording=None if state is None else Recording("required", state, (part,), backups=backups, trouble="why"),
        )
        if long_s is not None:
            record = replace(record, ended_at=at + long_s, outcome=Outcome.RESOLVED)
        if known:
            await self.store.write(Write(call_id, record, 0))
        return call_id

    async def audit(self, since_s: float = _DAY_S) -> tuple[list[Finding], Audit]:
        audit = Audit(self.bucket, self.store, "recordings", NOW - since_s, NOW)
        return [finding async for finding in audit.run()], audit


async def test_a_house_in_order_has_no_findings() -> None:
    """Proven, on the backup, declined, never begun, going on, just ended, of a line without: all as they should be."""
    house = _House()
    await house.call()
    await house.call(RecordingState.BACKUP, backup=True)
    await house.call(RecordingState.DECLINED, files=False)
    await house.call(RecordingState.NOT_BEGUN, files=False)
    await house.call(RecordingState.RUNNING, long_s=None)
    await house.call(RecordingState.ENDED, ago_s=100.0, files=False)
    await house.call(None, files=False)
    await house.call(known=False, ago_s=60.0)  # its record is on its way
    house.bucket.put("recordings/2026/10/01/main/EG_x.json", b"{}", "application/json")
    found, audit = await house.audit()
    assert found == []
    assert audit.states == {"proven": 1, "backup": 1, "declined": 1, "not_begun": 1, "ended": 1}


@pytest.mark.parametrize(
    ("what", "planted"),
    [
        ("missing", {"state": RecordingState.MISSING, "files": False}),
        ("lost", {"state": RecordingState.LOST, "files": False}),
        ("unsettled", {"state": RecordingState.ENDED}),
        ("gone", {"state": RecordingState.PROVEN, "files": False}),
        ("gone", {"state": RecordingState.BACKUP, "files": False, "backup": True}),
        ("unwanted", {"state": RecordingState.DECLINED}),
        ("unwanted", {"state": RecordingState.NOT_BEGUN}),
        ("unwanted", {"state": None}),
        ("no_call", {"known": False}),
        ("no_call", {"known": False, "backup": True}),
    ],
)
async def test_a_planted_gap_is_found(what: str, planted: dict[str, bool]) -> None:
    """Among fifty calls that are in order; in a line that says which call, and what."""
    house = _House()
    for hour in range(1, 23):
        await house.call(ago_s=hour * _HOUR_S)
    call_id = await house.call(ago_s=5.5 * _HOUR_S, **planted)  # type: ignore[arg-type]
    found, _ = await house.audit()
    assert [(each.what, each.call_id) for each in found] == [(what, call_id)]
    assert call_id in line(found[0])


async def test_a_record_that_cannot_be_read_and_a_file_of_nobody_are_told() -> None:
    """Somebody's own export among the recordings; a record that a newer version wrote."""
    house = _House()
    unreadable = await house.call()
    house.store.unreadable.add(unreadable)
    name = Names("recordings", NOW, "main", "x").part(1).replace("x.ogg", "export of may.mp4")
    house.bucket.put(name, b"")
    found, _ = await house.audit()
    assert [(each.what, each.call_id, each.name) for each in found] == [
        ("foreign", "", name),
        ("unreadable", unreadable, ""),
    ]


async def test_what_is_older_is_not_asked_about() -> None:
    """A call of two days ago; one that began before and ended within counts."""
    house = _House()
    await house.call(RecordingState.LOST, ago_s=2 * _DAY_S, files=False)
    await house.call(known=False, ago_s=2 * _DAY_S)
    long = await house.call(RecordingState.MISSING, ago_s=_DAY_S + _HOUR_S, long_s=2 * _HOUR_S, files=False)
    found, _ = await house.audit()
    assert [each.call_id for each in found] == [long]
    assert len((await house.audit(3 * _DAY_S))[0]) == 3


async def test_a_file_that_came_while_the_bucket_was_read_is_not_gone() -> None:
    """Proven between the two readings: it is looked for once more."""
    house = _House()
    call_id = await house.call(files=False)

    class Late(FakeBucket):
        async def list(self, prefix: str, *, versions: bool = False) -> AsyncIterator[Object]:
            async for each in super().list(prefix, versions=versions):
                yield each
            self.put(Names("recordings", NOW - _HOUR_S, "main", call_id).part(1), b"sound")

    house.bucket = Late(house.clock)
    assert (await house.audit())[0] == []


async def test_a_bucket_that_is_down_is_no_finding() -> None:
    """It is an error: half an audit is none."""
    house = _House()
    await house.call()
    house.bucket.down = True
    with pytest.raises(BucketDown):
        await house.audit()


class _Crowd:
    """Objects that are made as they are asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def list(self, prefix: str, *, versions: bool = False) -> AsyncIterator[Object]:
        clock = FakeClock(NOW - _HOUR_S)
        if Names("recordings", clock.now(), "main", "x").stem.startswith(prefix):
            for _ in range(self._count):
                name = Names("recordings", clock.now(), "main", new_call_id(clock)).part(1)
                yield Object(name, 1, 1)


async def test_a_hundred_thousand_recordings_take_some_tens_of_megabytes() -> None:
    """A day of a large house, seen by a tenth of it. Each is told as one without a call."""
    audit = Audit(_Crowd(10_000), _House().store, "recordings", NOW - _DAY_S, NOW)  # type: ignore[arg-type]
    tracemalloc.start()
    count = 0
    async for finding in audit.run():
        count += finding.what == "no_call"
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert most < 2 * 1024 * 1024


async def test_a_recording_that_was_replaced_is_found() -> None:
    """Proven, and overwritten since by somebody who may write to the bucket. An honest one beside it is not told."""
    house = _House()
    replaced, honest = await house.call(), await house.call()
    for call_id in (replaced, honest):
        record = await house.store.record(call_id)
        assert record is not None
        assert record.recording is not None
        (part,) = record.recording.parts
        part = replace(part, md5=house.bucket.kept[part.name].about.md5)
        house.store._records[call_id] = replace(record, recording=record.recording.with_part(part))
        if call_id == replaced:
            house.bucket.put(part.name, b"another sound")
    audit = Audit(house.bucket, house.store, "recordings", NOW - _DAY_S, NOW)
    assert [(each.what, each.call_id) async for each in audit.run()] == [("changed", replaced)]
