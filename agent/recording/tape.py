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
from recording.names import part_number

_log = logging.get(__name__)

_POLL_S = 0.25  # while something is to change
_BEGINS_POLL_S = 0.1  # while it begins: a caller may wait for it
_WATCH_S = 5.0  # while nothing is: a recording that breaks is seen that late
_AGAIN_S, _AGAIN_AT_MOST_S = 30.0, 300.0  # after tries that failed, where the call goes on without
_TRIES = 2
_PAUSED_S = 8.0  # the real one stops within a second, a start that is under way is waited for
# The server gives a start up after 21 to 23 s: one that was not answered may come true until then.
_UNSURE_S, _UNSURE_POLL_S = 25.0, 1.0
_BLIND_S = 30.0  # without an answer whether it still runs: somebody should know
_RECORDS = (EgressStatus.STARTING, EgressStatus.ACTIVE)
ASKED = "asked"
"""Why it is paused: the caller does not want to be recorded. For the rest of the call, stopped or not."""


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
        self._began = self._closed = self._took_over = self._ends = False
        self._held: set[str] = set()  # the reasons for which nothing is recorded at the moment
        self._wanted_at = self._again_at = self._unsure_until = 0.0
        self._seen_at, self._blind = clock.monotonic(), False
        self._again_s = _AGAIN_S
        self._egress: Egress | None = None
        self._silent, self._wake = asyncio.Event(), asyncio.Event()
        self.running = asyncio.Event()  # from when this worker has first seen it run
        self._silent.set()
        self._runner: asyncio.Task[None] | None = None

    @property
    def is_held(self) -> bool:
        """Is it paused, for whatever reason?"""
        return bool(self._held)

    @property
    def _wanted(self) -> bool:
        return self._began and not self._held and not self._parts.recording.settled

    @property
    def _is_due(self) -> bool:
        """A new file is to be begun, now or as soon as another try is worth it."""
        return self._wanted and not self._ends and self._egress is None

    @property
    def runs(self) -> bool:
        return self._parts.recording.state is RecordingState.RUNNING

    def begin(self) -> None:
        """The notice was heard: record from now on."""
        self._began = True
        for reason in self._held:
            self._parts.pausing(reason)
        if self._wanted:
            self._want()

    def took_over(self) -> None:
        """Another worker had the call: something of its may record, whatever the record says."""
        self._took_over = True

    def adopt(self) -> None:
        """Another worker saw to it until it died: go on with what it had begun, or begin again."""
        self._took_over = self._began = True
        if self._parts.gap == ASKED:
            self._held.add(ASKED)
        self._start()

    def keep_paused(self, reason: str) -> None:
        """What is adopted, or begun, is paused from its beginning. `pause` or `resume` follows."""
        self._held.add(reason)

    async def pause(self, reason: str) -> bool:
        """True: nothing is recorded any more; seen, not believed. False: it could not be stopped, and goes on.

        Who asked not to be recorded is not, whatever other pause comes and goes: what cannot be stopped for them is
        asked to stop until it does, and nothing is begun after it.
        """
        before = self._parts.recording
        self._held.add(reason)
        begins = self._began and not before.settled and self._parts.gap not in (ASKED, reason)
        if begins:
            self._parts.pausing(reason)
        self._wake.set()
        if await self._silence() and reason in self._held:  # another's, for the same reason, may have failed meanwhile
            if begins:
                self._parts.paused(reason)
            return True
        self._trouble("not_paused")
        if reason == ASKED:
            if begins and not self._parts.recording.settled:
                self._parts.not_yet(RecordingState.RUNNING if self._egress is not None else before.state)
            return False
        self._held.discard(reason)
        if begins and not self._held and not self._parts.recording.settled:
            self._parts.unpaused(before.state)
        return False

    def resume(self, reason: str) -> None:
        """The pause for this `reason` is over; one for another is not."""
        if reason not in self._held:
            return
        self._held.discard(reason)
        if self._wanted:
            self._want()

    def give_up(self, reason: str, consent: str = "") -> None:
        """This call is not to be recorded after all."""
        if not self._parts.recording.settled:
            self._began = False
            self._parts.declined(reason, consent)
            self._wake.set()
        if self._took_over:
            self._start()

    def wind_up(self) -> None:
        """The call ends: no more files are begun, for they would join a room that is gone. What runs goes on."""
        self._ends = True

    def close(self) -> None:
        """The call is over, or another worker's: hands off. What still runs ends with the room."""
        self._closed = True
        if self._runner is not None:
            self._runner.cancel()

    # -- the one task --------------------------------------------------------------------------------------------

    def _want(self) -> None:
        self._wanted_at = self._again_at = self._seen_at = self._clock.monotonic()
        self._again_s = _AGAIN_S
        self._wake.set()
        self._start()

    def _start(self) -> None:
        if self._runner is not None or self._closed:
            return
        if self._took_over:
            self._silent.clear()
        self._runner = self._tasks.spawn(self._run(), name="recording")

    async def _adopted(self) -> None:
        """What a worker before us has begun goes on, in the same file."""
        until = self._clock.monotonic() + self._start_s
        while (listed := await self._listed()) is None and (not self._wanted or self._clock.monotonic() < until):
            await self._clock.sleep(_UNSURE_POLL_S)
        at_work = [each for each in listed or () if each.status in _RECORDS]
        if not at_work:
            self._silent.set()
            return
        egress = max(at_work, key=lambda each: (each.status is EgressStatus.ACTIVE, part_number(each.name)))
        if reason := await self._comes(egress.name, egress, self._clock.monotonic() + self._start_s):
            self._trouble(reason)

    async def _run(self) -> None:
        if self._took_over:
            await self._adopted()
        while True:
            self._wake.clear()
            if self._is_due and self._clock.monotonic() >= self._again_at:
                await self._begun()
            if not self._wanted:
                if self._egress is not None:
                    await self._stop(self._egress)
                else:
                    self._silent.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s()):
                    await self._wake.wait()
            await self._look()

    def _rest_s(self) -> float:
        """Until something is to be done, or looked at."""
        now = self._clock.monotonic()
        rest_s = _UNSURE_POLL_S if now < self._unsure_until else _WATCH_S
        return min(rest_s, max(0.0, self._again_at - now)) if self._is_due else rest_s

    async def _silence(self) -> bool:
        """Wait for nothing of ours to record any more. False: it does, or nobody can say."""
        try:
            async with deadline(_PAUSED_S, "recording to stop"):
                await self._silent.wait()
                while not await self._nothing_records():
                    await self._clock.sleep(_POLL_S)
        except DeadlineExceeded:
            return False
        return True

    async def _nothing_records(self) -> bool:
        """Seen; or believed, where nobody can say and there is no start of which nobody knows what became of it."""
        if (listed := await self._listed()) is None:
            return self._clock.monotonic() >= self._unsure_until
        at_work = [each for each in listed if each.status in _RECORDS]
        for each in at_work:
            await self._stopped(each)
        return not at_work

    async def _begun(self) -> None:
        self._silent.clear()
        try:
            for _ in range(_TRIES):
                if not self._is_due or not (reason := await self._try()):
                    return
                self._trouble(reason)
            self._again_at = self._clock.monotonic() + self._again_s
            self._again_s = min(2 * self._again_s, _AGAIN_AT_MOST_S)
            self._failed()
        finally:
            if self._egress is None:
                self._silent.set()

    async def _try(self) -> str:
        """One new file. Why it does not run; "": it does, or is not wanted any more."""
        name, until = self._parts.asked(), self._clock.monotonic() + self._start_s
        reason, egress = await self._asked(name)
        if egress is None:
            self._unsure_until = self._clock.monotonic() + _UNSURE_S
        return await self._comes(name, egress, until, reason)

    async def _comes(self, name: str, egress: Egress | None, until: float, reason: str = "") -> str:
        """See `_try`; `until` is monotonic."""
        while egress is not None and self._wanted:
            self._egress = egress
            if egress.status is EgressStatus.ACTIVE:
                self._runs(egress)
                self._again_s = _AGAIN_S
                metrics.RECORDING_BEGINS.observe(self._clock.monotonic() - self._wanted_at)
                return ""
            if egress.status not in _RECORDS:
                reason = _word(egress.status)
                break
            if self._clock.monotonic() >= until:
                reason = "not_started"
                break
            await self._clock.sleep(_BEGINS_POLL_S)
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
        late = self._clock.monotonic() + _PAUSED_S
        while seen is not None and seen.status in _RECORDS:
            if self._wanted:
                return
            await self._stopped(egress)
            seen = await self._seen(egress)
            if seen is not None and seen.status in _RECORDS:
                await self._clock.sleep(_POLL_S if self._clock.monotonic() < late else _UNSURE_POLL_S)
        self._parts.stopped(seen or egress)
        self._egress = None
        self._silent.set()

    async def _look(self) -> None:
        """Does it still run, and does nothing else that nobody knows of?"""
        if (listed := await self._listed()) is None:
            if self._wanted and not self._blind and self._clock.monotonic() - self._seen_at > _BLIND_S:
                self._blind = True
                self._trouble("unseen")
            return
        own = self._egress
        if own is not None:
            seen = next((egress for egress in listed if egress.egress_id == own.egress_id), None)
            if seen is None or seen.status not in _RECORDS:
                self._egress = None
                self._ended(seen or own, _word(seen.status) if seen else "gone")
        for egress in listed:
            if egress.status not in _RECORDS or (self._egress and egress.egress_id == self._egress.egress_id):
                continue
            if self._egress is None and self._wanted:  # a start that comes true after it was given up
                if egress.status is EgressStatus.ACTIVE:
                    self._egress = egress
                    self._silent.clear()
                    self._runs(egress)
                continue
            _log.warning("a recording that nobody waits for is stopped", kind="egress")
            await self._stopped(egress)

    def _runs(self, egress: Egress) -> None:
        self._parts.runs(egress)
        self.running.set()

    def _ended(self, egress: Egress, reason: str) -> None:
        """It records no more, and nobody here has stopped it."""
        if not self._wanted:
            self._parts.stopped(egress)
            return
        self._parts.broke(egress, reason)
        self._wanted_at = self._again_at = self._clock.monotonic()
        self._trouble(reason)

    async def _listed(self) -> list[Egress] | None:
        """This call's in the room. None: nobody can say."""
        try:
            found = [each for each in await self._recorder.of_room(self._room) if self._parts.is_ours(each)]
        except RecorderDown as error:
            _log.warning("egress cannot be asked", reason=error.reason)
            return None
        for egress in found:
            self._parts.seen(egress)
        self._seen_at, self._blind = self._clock.monotonic(), False
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
