"""The worker's own track of one call: what its recording is made good with, should that be missing.

Nothing is kept before `begin`: what is recorded was announced. Whoever decides that calls it, agent/recording; what
becomes of the file when the call is over is the keeper's to decide (agent/spool/keeper.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from agent.speech.voice_track import VoiceTrack
from agent.spool.beside import Beside
from agent.spool.ears import Ears, Room, Stream, stream_of
from agent.spool.place import Place
from agent.spool.track import Track
from agent.spool.writer import Writer, Writing
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet
from recording.names import Names

_log = logging.get(__name__)

_BEAT_S = 0.2
_CLOSE_S = 3.0  # for a disk that is slow; the rest of the call's end waits no longer


class Spool:
    """One per call and worker; every method is for the event loop, and none but `aclose` and `discard` waits.

    `voice` is the agent's track, None where it has none (the console).
    """

    def __init__(
        self,
        room: Room,
        voice: VoiceTrack | None,
        place: Place,
        clock: Clock,
        stream: Callable[[Any], Stream] = stream_of,
    ) -> None:
        self._room, self._voice, self._place, self._clock = room, voice, place, clock
        self._stream = stream
        self._tasks = TaskSet("spool")
        self._track: Track | None = None
        self._ears: Ears | None = None
        self._writing: Writing | None = None
        self._writer: Writer | None = None
        self._beside: Beside | None = None
        self._begun_at = 0.0
        self._is_paused = False

    @property
    def began(self) -> bool:
        return self._track is not None

    def begin(self, names: Names, epoch: int, started_at: float) -> None:
        """Keep what is heard from now on, which is `started_at` in UTC epoch seconds. Begun again it goes on as it is;
        begun while paused it is silent until `resume`."""
        if self._track is not None:
            return
        self._track = track = Track(self._clock)
        self._begun_at = track.alive_at
        self._beside = Beside(names.call_id, epoch, names.line, names.backup(epoch), started_at)
        self._writing = Writing(track, self._place, self._beside, self._begun_at)
        self._writer = Writer(track, self._writing)
        if self._is_paused:
            self._mark_pause()
        self._ears = Ears(self._room, track, self._tasks, self._stream)
        self._ears.open()
        if self._voice is not None:
            self._voice.spool = track
        self._tasks.spawn(self._beat(track), name="beat")
        self._writer.start()

    def pause(self) -> None:
        """Silence from now on, until `resume`: a card's digits, or on request."""
        if not self._is_paused:
            self._is_paused = True
            self._mark_pause()

    def resume(self) -> None:
        if not self._is_paused:
            return
        self._is_paused = False
        if self._track is not None and self._beside is not None:
            self._describe(self._beside.resumed(self._track.resume() - self._begun_at))

    async def aclose(self) -> None:
        """The call is over, or this worker's part in it: the file is complete, and the keeper's. Never raises."""
        if self._writer is not None:
            self._writer.stop(self._clock.monotonic())
        await self._end()

    async def discard(self) -> None:
        """The caller asked that nothing be kept: as if it had never begun. Never raises."""
        if self._writer is not None:
            self._writer.discard()
        await self._end()
        if self._writing is not None:
            with suppress(OSError, DeadlineExceeded):
                async with deadline(_CLOSE_S, "spool"):
                    await asyncio.to_thread(self._writing.remove)

    async def _end(self) -> None:
        if self._voice is not None:
            self._voice.spool = None
        if self._ears is not None:
            self._ears.close()
            self._ears = None
        await self._tasks.aclose()
        if self._writer is not None:
            try:
                async with deadline(_CLOSE_S, "spool"):
                    await self._writer.ended.wait()
            except DeadlineExceeded as error:
                _log.error("closing took too long", what=error.what, timeout_s=error.seconds)

    def _mark_pause(self) -> None:
        if self._track is not None and self._beside is not None:
            self._describe(self._beside.paused(self._track.pause() - self._begun_at))

    def _describe(self, beside: Beside) -> None:
        self._beside = beside
        if self._writer is not None:
            self._writer.describe(beside)

    async def _beat(self, track: Track) -> None:
        while True:
            track.beat()
            await self._clock.sleep(_BEAT_S)
