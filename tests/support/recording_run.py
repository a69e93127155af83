"""A few calls at once with one way of losing their recordings, and what became of words, record and alarm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from local.caller.errors import CallerError
from local.caller.outcome import settled_record
from local.caller.recorder import Recorder
from local.caller.sound import Pcm
from local.caller.voice import speak
from local.follow import LogLines
from local.records import reading
from ops.clock import SystemClock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet
from recording.names import Names
from tests.support.calls import PATIENCE_S, Call, answers, ring
from tests.support.recorded_place import RecordedPlace
from tests.support.recording_faults import RecordingFault
from tests.support.recording_heard import compare

QUESTION = "What are your opening hours?"
ANSWER = "We are open from Monday to Friday, from eight until six."
ALARM_S, BACKUP_S, GAP_S = 60.0, 10.0, 1.0
"""What is promised: an alarm of what was lost, the worker's own track in the bucket, and a recording after the notice.
"""

_SETTLED_S = 120.0
_TIDY_S = 45.0
_ALARMS = ("recording broke", "recording is not there", "recording is the worker's own")
_CLOCK = SystemClock()


@dataclass
class Finding:
    """Of one call. Seconds: `lost_s` of what was said, `alarm_s` from what broke (at the latest the call's end) to
    somebody being told, `backup_s` from the end to the worker's own track in the bucket, `gap_s` from the notice to the
    recording by the record and `heard_gap_s` by the sound; None: there was none. `disturbed`: the machine was too busy
    for the call itself, so that nobody can say what was lost of it."""

    fault: RecordingFault
    call_id: str = ""
    state: str = "none"
    trouble: str = ""
    lost_s: float | None = None
    disturbed: bool = False
    alarm_s: float | None = None
    backup_s: float | None = None
    gap_s: float | None = None
    heard_gap_s: float | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        figures = (
            ("lost", self.lost_s),
            ("alarm", self.alarm_s),
            ("backup", self.backup_s),
            ("gap", self.gap_s),
            ("gap heard", self.heard_gap_s),
        )
        told = [f"{name} {value:.2f} s" for name, value in figures if value is not None]
        told += ["disturbed"] if self.disturbed else []
        return "; ".join((f"{self.fault.name}: {self.state} {self.trouble}".rstrip(), *told, *self.wrong, self.call_id))


@dataclass
class _Talked:
    finding: Finding
    record: dict[str, Any] = field(default_factory=dict)
    heard: Recorder | None = None


class Batch:
    """Calls of the same fault. `talk` is over when they have been hung up and the fault is mended; `settle` then takes
    as long as it takes, beside the next batch."""

    def __init__(self, fault: RecordingFault, place: RecordedPlace, callers: Sequence[str]) -> None:
        self._fault, self._place = fault, place
        self._talked = [_Talked(Finding(fault)) for _ in callers]
        self._callers = callers
        self._calls: list[Call] = []
        self._met: dict[str, asyncio.Barrier] = {}

    async def talk(self) -> None:
        """Raises nothing of the calls: it is in the findings."""
        fault, place = self._fault, self._place
        await place.mended()
        await answers(place.stack, {"text": ANSWER})
        await fault.before(place, ())
        question = await speak(QUESTION)
        self._met = {point: asyncio.Barrier(len(self._callers)) for point in ("during", "at_end")}
        await asyncio.gather(
            *(self._one(caller, each, question) for caller, each in zip(self._callers, self._talked, strict=True))
        )
        ended = [each.record["ended_at"] for each in self._talked if each.record]
        if ended:
            await asyncio.sleep(max(ended) + fault.back_s - _CLOCK.now())
        await place.mended()

    async def settle(self) -> list[Finding]:
        await asyncio.gather(*(self._settled(each) for each in self._talked if each.record))
        return [each.finding for each in self._talked]

    async def _one(self, caller: str, talked: _Talked, question: Pcm) -> None:
        try:
            async with ring(self._place.stack, caller=caller) as call:
                try:
                    await self._talk(call, question)
                except BaseException:
                    for barrier in self._met.values():
                        await barrier.abort()
                    raise
            talked.record = call.record
        except (AssertionError, CallerError, DeadlineExceeded, asyncio.BrokenBarrierError) as error:
            talked.finding.wrong.append(f"{type(error).__name__}: {error}".splitlines()[0])
        else:
            talked.finding.call_id, talked.heard = call.call_id, call.leg.recorder

    async def _talk(self, call: Call, question: Pcm) -> None:
        await call.greeting()
        self._calls.append(call)
        await call.learn_id()
        asked = await call.talk.say(question, QUESTION)
        assert asked.said is not None
        async with deadline(PATIENCE_S, "the answer"):
            while call.leg.handset.agent.onset_after(asked.said.end_s) is None:
                await call.leg.handset.agent.more()
        await self._together("during", self._fault.during)
        await call.talk.heard_answer(PATIENCE_S, finished_s=1.5)
        await self._together("at_end", self._fault.at_end)

    async def _together(self, point: str, act: Any) -> None:
        """Once, when all calls are there."""
        async with deadline(PATIENCE_S, "the other calls"):
            if await self._met[point].wait() == 0:
                await act(self._place, [call.call_id for call in self._calls])

    # -- afterwards ----------------------------------------------------------------------------------------------

    async def _settled(self, talked: _Talked) -> None:
        finding, place = talked.finding, self._place
        async with reading(place.stack.info.state_url) as records, self._watching(talked):
            record = await settled_record(records, finding.call_id, _CLOCK, _SETTLED_S) or talked.record
            # One that is missing has been told of, and is still looked for.
            with suppress(DeadlineExceeded):
                async with deadline(_SETTLED_S, "the recording"):
                    while record["recording"]["state"] == "missing":
                        await asyncio.sleep(0.25)
                        record = dict(await records.record(finding.call_id) or record)
            await self._tidied(finding)
        talked.record = record
        recording = record["recording"]
        finding.state, finding.trouble = recording["state"], recording["trouble"]
        if finding.state not in self._fault.states:
            finding.wrong.append(f"the record says {finding.state}, it should be {' or '.join(self._fault.states)}")
        self._gap(finding, recording)
        self._alarm(finding, record)
        await self._words(talked, recording)

    @asynccontextmanager
    async def _watching(self, talked: _Talked) -> AsyncIterator[None]:
        """The worker's own track may be there for some seconds only: it is deleted once the recording is proven."""
        watching = TaskSet("backup")
        watching.spawn(self._watch(talked), name="backup")
        try:
            yield
        finally:
            await watching.aclose()
            await self._look(talked)
        promised = talked.finding.backup_s
        if promised is not None and promised > BACKUP_S + self._fault.back_s:
            talked.finding.wrong.append(f"the worker's own track came {promised:.1f} s after the end")

    async def _watch(self, talked: _Talked) -> None:
        while talked.finding.backup_s is None:
            await self._look(talked)
            await asyncio.sleep(0.25)

    async def _look(self, talked: _Talked) -> None:
        record, finding = talked.record, talked.finding
        for each in await self._place.objects(_names(record).stem):
            if ".backup" in each["name"] and finding.backup_s is None:
                finding.backup_s = _at(each["timeCreated"]) - record["ended_at"]

    async def _tidied(self, finding: Finding) -> None:
        try:
            async with deadline(_TIDY_S, "the spool to go"):
                while self._place.spools(finding.call_id):
                    await asyncio.sleep(0.25)
        except DeadlineExceeded:
            finding.wrong.append("a spool stays on disk")

    def _gap(self, finding: Finding, recording: Mapping[str, Any]) -> None:
        began = [part["started_at"] for part in recording["parts"] if part["started_at"] is not None]
        if began and recording["notice_at"] is not None:
            finding.gap_s = min(began) - recording["notice_at"]

    def _alarm(self, finding: Finding, record: Mapping[str, Any]) -> None:
        told = [
            _at(line["timestamp"])
            for line in LogLines(self._place.process("control").log).new()
            if line.get("call_id") == finding.call_id and line.get("event") in _ALARMS
        ]
        broke = [part["ended_at"] for part in record["recording"]["parts"] if part["trouble"] and part["ended_at"]]
        since = min([record["ended_at"], *broke])
        if told:
            finding.alarm_s = max(0.0, min(told) - since)
        if self._fault.alarmed and (finding.alarm_s is None or finding.alarm_s > ALARM_S):
            finding.wrong.append("nobody was told" if finding.alarm_s is None else "it was told late")

    async def _words(self, talked: _Talked, recording: Mapping[str, Any]) -> None:
        finding, names = talked.finding, _names(talked.record)
        try:
            beside = json.loads(await self._place.content(names.sidecar))
            files = [each for each in beside["audio"] if each["started_at"] is not None]
            sounds = [(each["started_at"], await self._place.content(each["name"])) for each in files]
        except aiohttp.ClientError as error:
            finding.wrong.append(f"no sidecar, or not what it says: {type(error).__name__}")
            return
        if beside["state"] != finding.state:
            finding.wrong.append(f"the sidecar says {beside['state']}")
        mains = [sound for each, (_, sound) in zip(files, sounds, strict=True) if each["proven"]]
        assert talked.heard is not None
        # Whatever came after a first part that broke does not begin at the notice.
        first = mains[0] if mains and recording["parts"][0]["proven"] else None
        heard = self._place.stack.info.data_dir.parent / "heard" / f"{finding.call_id}.wav"
        await asyncio.to_thread(talked.heard.write, heard)
        loop = asyncio.get_running_loop()
        compared = await loop.run_in_executor(self._place.measuring, compare, heard, sounds, first)
        finding.disturbed, finding.heard_gap_s = compared.disturbed, compared.gap
        if not compared.disturbed:
            finding.lost_s = compared.lost
        if finding.lost_s:
            finding.wrong.append(f"{finding.lost_s:.1f} s of what was said are on no file")
        else:
            heard.unlink()


def _names(record: Mapping[str, Any]) -> Names:
    return Names("recordings", record["started_at"], record["line"], record["call_id"])


def _at(text: str) -> float:
    """UTC epoch seconds of an RFC 3339 time."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
