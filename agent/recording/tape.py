"""Keeps a call's recording as it is wanted: begun, seen to run, begun again where it breaks, stopped for a pause.

LiveKit's egress cannot pause: a pause is the end of one file, and going on begins the next. One task sees to all of
it, beside the talk, which waits for nothing here but for a pause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from agent import metrics
from agent.recording.parts import Parts
from calls.ports import Egress, EgressStatus, Recorder, RecorderDown
from calls.recording import RecordingState
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

_POLL_S = 0.25  # while something is to change
_WATCH_S = 5.0  # while nothing is: a recording that breaks is seen that late
_AGAIN_S = 30.0  # after tries that failed, where the call goes on without
_TRIES = 2
_PAUSED_S = 8.0  # the real one stops within a second, a start that is under way is waited for
_RECORDS = (EgressStatus.STARTING, EgressStatus.ACTIVE)


class Tape:
    """One per call. `failed` is told each time that what is wanted could not be had.

    `start_s`: how long one try may take to be seen running; there are two.
    """

    def __init__(
        self,
        recorder: Recorder,
        room: str,
        parts: Parts,
        start_s: float,
        clock: Clock,
        tasks: TaskSet,
        failed: Callable[[], None],
    ) -> None:
        self._recorder, self._room, self._parts = recorder, room, parts
        self._start_s, self._clock, self._tasks, self._failed = start_s, clock, tasks, failed
        self._wanted = self._closed = False
        self._wanted_at = self._again_at = 0.0
        self._egress: Egress | None = None
        self._silent, self._wake = asyncio.Event(), asyncio.Event()
        self._silent.set()
        self._runner: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        return self._parts.recording.state is RecordingState.RUNNING

    def begin(self) -> None:
        """The notice was heard: record from now on."""
        if self._parts.gap is None and not self._parts.recording.settled:
            self._want()

    def adopt(self) -> None:
        """Another worker saw to it until it died: go on with what it had begun, or begin again."""
        self._wanted = self._parts.gap != "asked"
        self._silent.clear()
        self._start(self._adopted())

    async def pause(self, reason: str) -> bool:
        """True: nothing is recorded any more; seen, not believed. False: it could not be stopped, and goes on."""
        if self._parts.gap == reason or self._parts.recording.settled:
            return True
        was = self._wanted
        self._wanted = False
        self._parts.pausing(reason)
        self._wake.set()
        try:
            async with deadline(_PAUSED_S, "recording to stop"):
                await self._silent.wait()
        except DeadlineExceeded:
            self._trouble("not_paused")
            self._parts.unpaused()
            self._wanted = was
            return False
        self._parts.paused(reason)
        return True

    def resume(self, reason: str) -> None:
        """The pause for this `reason` is over; one for another is not."""
        if self._parts.gap == reason and self._parts.recording.notice_at is not None:
            self._want()

    def give_up(self, reason: str, consent: str = "") -> None:
        """This call is not to be recorded after all."""
        if not self._parts.recording.settled:
            self._wanted = False
            self._parts.declined(reason, consent)
            self._wake.set()

    def close(self) -> None:
        """The call is over, or another worker's: hands off. What still runs ends with the room."""
        self._closed = True
        if self._runner is not None:
            self._runner.cancel()

    # -- the one task --------------------------------------------------------------------------------------------

    def _want(self) -> None:
        self._wanted, self._wanted_at, self._again_at = True, self._clock.monotonic(), 0.0
        self._wake.set()
        if self._runner is None and not self._closed:
            self._start(self._run())

    def _start(self, work: object) -> None:
        self._runner = self._tasks.spawn(work, name="recording")  # type: ignore[arg-type]

    async def _adopted(self) -> None:
        for egress in await self._listed() or ():
            if egress.status in _RECORDS:
                self._egress = egress
        if self._egress is not None and self._wanted:
            self._parts.runs(self._egress)
        elif self._egress is None:
            self._silent.set()
        await self._run()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            is_due = self._clock.monotonic() >= self._again_at
            if self._wanted and self._egress is None and is_due and not await self._begun():
                self._again_at = self._clock.monotonic() + _AGAIN_S
            if not self._wanted and self._egress is not None:
                await self._stop(self._egress)
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_S):
                    await self._wake.wait()
            await self._look()

    async def _begun(self) -> bool:
        self._silent.clear()
        reason = ""
        try:
            for _ in range(_TRIES):
                if not self._wanted or not (reason := await self._try()):
                    return True
                self._trouble(reason)
            self._failed()
            return False
        finally:
            if self._egress is None:
                self._silent.set()

    async def _try(self) -> str:
        """One new file. Why it does not run; "": it does, or is not wanted any more."""
        name, until = self._parts.asked(), self._clock.monotonic() + self._start_s
        reason, egress = await self._asked(name)
        while egress is not None and self._wanted:
            self._egress = egress
            if egress.status is EgressStatus.ACTIVE:
                self._parts.runs(egress)
                metrics.RECORDING_BEGINS.observe(self._clock.monotonic() - self._wanted_at)
                return ""
            if egress.status not in _RECORDS:
                reason = _word(egress.status)
                break
            if self._clock.monotonic() >= until:
                reason = "not_started"
                break
            await self._clock.sleep(_POLL_S)
            egress = await self._seen(egress)
        if not self._wanted and egress is not None:
            self._egress = egress
            return ""
        self._egress = None
        self._parts.failed(name, reason or "gone", egress)
        if egress is not None and egress.status in _RECORDS:
            self._tasks.spawn(self._stopped(egress), name="stop egress")
        return reason or "gone"

    async def _asked(self, name: str) -> tuple[str, Egress | None]:
        try:
            async with deadline(self._start_s, "start egress"):
                return "", await self._recorder.start(self._room, name)
        except (RecorderDown, DeadlineExceeded) as error:
            found = [egress for egress in await self._listed() or () if egress.name == name]
            reason = error.reason if isinstance(error, RecorderDown) else "timeout"
            return reason, found[0] if found else None

    async def _stop(self, egress: Egress) -> None:
        """Until it is seen to record no more, or is wanted again."""
        seen: Egress | None = egress
        while seen is not None and seen.status in _RECORDS:
            if self._wanted:
                return
            await self._stopped(egress)
            seen = await self._seen(egress)
            if seen is not None and seen.status in _RECORDS:
                await self._clock.sleep(_POLL_S)
        self._parts.stopped(seen or egress)
        self._egress = None
        self._silent.set()

    async def _look(self) -> None:
        """Does it still run, and does nothing else that nobody knows of?"""
        if (listed := await self._listed()) is None:
            return
        own = self._egress
        if own is not None:
            seen = next((egress for egress in listed if egress.egress_id == own.egress_id), None)
            if seen is None or seen.status not in _RECORDS:
                reason = _word(seen.status) if seen else "gone"
                self._egress = None
                self._parts.broke(seen or own, reason)
                self._wanted_at, self._again_at = self._clock.monotonic(), 0.0
                self._trouble(reason)
        for egress in listed:
            if egress.status is EgressStatus.ACTIVE and self._egress is None and self._wanted:
                self._egress = egress  # a start that came true after it was given up
                self._silent.clear()
                self._parts.runs(egress)
            elif egress.status in _RECORDS and (self._egress is None or egress.egress_id != self._egress.egress_id):
                _log.warning("a recording that nobody waits for is stopped", kind="egress")
                await self._stopped(egress)

    async def _listed(self) -> list[Egress] | None:
        """This call's in the room. None: nobody can say."""
        try:
            found = [each for each in await self._recorder.of_room(self._room) if self._parts.is_ours(each)]
        except RecorderDown as error:
            _log.warning("egress cannot be asked", reason=error.reason)
            return None
        for egress in found:
            self._parts.seen(egress)
        return found

    async def _seen(self, egress: Egress) -> Egress | None:
        try:
            return await self._recorder.of_id(egress.egress_id)
        except RecorderDown:
            return egress

    async def _stopped(self, egress: Egress) -> None:
        try:
            await self._recorder.stop(egress.egress_id)
        except RecorderDown as error:
            _log.warning("a recording does not stop", reason=error.reason)

    def _trouble(self, reason: str) -> None:
        metrics.RECORDING_TROUBLES.labels(line=self._parts.line, trouble=reason).inc()
        _log.error("the recording is in trouble", reason=reason)


def _word(status: EgressStatus) -> str:
    return status.value.removeprefix("egress_")
