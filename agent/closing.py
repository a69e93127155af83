"""The end of a call, step by step: whatever fails, the record is closed, the room is gone and the job ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import aiohttp
from livekit import api
from livekit.agents import AgentSession, JobContext

from agent import metrics
from agent.chronicle import Chronicle
from agent.endings import Ending
from agent.keeping import Keeping
from agent.metering import Meter, count_cost
from agent.recording.assemble import Kept
from agent.recording.parts import over
from agent.speech.voice_track import VoiceTrack
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

_SESSION_S = 5.0
_ROOM_S = 3.0
_PART_S = 2.0
_LAST_WORD_S = 0.4  # what has left the worker is heard up to this much later: transport and the phone's jitter buffer
# The call goes on, with another worker: its record stays open, its room stays, and nothing more is said.
SUPERSEDED = "superseded"  # another has it already
HANDED_OVER = "handed_over"  # this worker stops, and whoever watches gives the call to another
_GOES_ON = (SUPERSEDED, HANDED_OVER)
_NOBODY_LISTENS = (
    "caller_hung_up",
    "line_lost",
    "connection_lost",
    "room_closed",
    "caller_never_came",
    "room_out_of_reach",
    "transferred",
    "handed_off",
    *_GOES_ON,
)


class Closing:
    """Closes what a call has opened so far. What it opens is set here as it comes to be."""

    def __init__(self, ctx: JobContext, keeping: Keeping, clock: Clock) -> None:
        self._ctx, self._keeping, self._clock = ctx, keeping, clock
        self._left = False
        self.chronicle: Chronicle | None = None
        self.session: AgentSession[None] | None = None
        self.track: VoiceTrack | None = None
        self.meter: Meter | None = None
        self.recording: Kept | None = None

    async def finish(self, ending: Ending) -> None:
        """In the order in which it matters to the caller: silence, the record, the end of the room and of the job."""
        if self.recording is not None:
            self.recording.wind_up()
        try:
            if ending.reason not in _NOBODY_LISTENS:
                await self._clock.sleep(_LAST_WORD_S)
            if self.session is not None:
                await _within(_SESSION_S, "session close", self.session.aclose())
        finally:
            try:
                await self._end(ending)
            finally:
                self._ctx.shutdown(ending.reason)

    async def release(self, cut_off: Ending) -> None:
        """The job ends. A call that is still open was cut off by us; then everything it held is let go."""
        if self.chronicle is not None and not self.chronicle.record.closed and not self._left:
            await self._end(cut_off)
        parts: list[Awaitable[object]] = []
        if self.track is not None:
            parts.append(_within(_PART_S, "track", self.track.aclose()))
        if self.session is not None:
            models = (self.session.stt, self.session.llm, self.session.tts)
            parts += [_within(_PART_S, "model close", model.aclose()) for model in models if model is not None]
        await asyncio.gather(*parts)
        await self._keeping.aclose()

    async def _end(self, ending: Ending) -> None:
        """The record, the lease, the room: in this order, so that nobody takes over a call that is over."""
        goes_on = ending.reason in _GOES_ON
        if self.recording is not None:
            self.recording.close()
        if goes_on:
            self._leave(ending)
        else:
            self.close_record(ending)
        await self._keeping.end(goes_on=ending.reason == HANDED_OVER)
        if not goes_on:
            await self._delete_room()
        if self.recording is not None:
            await _within(_SESSION_S, "recording close", self.recording.aclose())

    def close_record(self, ending: Ending) -> None:
        """Write the end and what the call cost, once."""
        if self.chronicle is not None and self.meter is not None:
            self.chronicle.change(**self.meter.bill())
        if self.chronicle is not None:
            over(self.chronicle)
        if self.chronicle is None or not self.chronicle.close(ending.outcome, ending.reason, ending.failure):
            return
        record = self.chronicle.record
        self._count_down()
        count_cost(record)
        metrics.CALLS.labels(line=record.line, outcome=ending.outcome.value).inc()
        _log.info(
            "call closed",
            outcome=ending.outcome.value,
            reason=ending.reason,
            turns=record.turns,
            duration_s=round((record.ended_at or 0.0) - record.started_at, 3),
        )

    def _leave(self, ending: Ending) -> None:
        self._left = True
        self._count_down()
        _log.info("call left to another worker", reason=ending.reason)

    def _count_down(self) -> None:
        if self.chronicle is not None:
            metrics.LIVE_CALLS.labels(line=self.chronicle.record.line).dec()

    async def _delete_room(self) -> None:
        """No room stays behind: the phone gets its BYE from this."""
        if self._ctx.is_fake_job():
            return
        request = api.DeleteRoomRequest(room=self._ctx.job.room.name)
        await _within(_ROOM_S, "livekit delete_room", self._ctx.api.room.delete_room(request))


async def _within(seconds: float, what: str, step: Awaitable[object]) -> None:
    """One step of the end: late or broken, it is logged, and the steps after it are taken."""
    try:
        async with deadline(seconds, what):
            await step
    except DeadlineExceeded:
        _log.error("closing took too long", what=what, timeout_s=seconds)
    except (api.TwirpError, aiohttp.ClientError, OSError, RuntimeError) as error:
        _log.warning("closing failed", what=what, error_type=type(error).__name__)
