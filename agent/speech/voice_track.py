"""The agent's voice in the room: a track that is published at once, pauses within a frame, and forgets no sound.

The framework's own output publishes only when the caller is there, plays out what it has queued when the caller
interrupts, and throws that away where it was no interruption. Here the track is there before the caller (a phone stops
ringing when it hears of one), a pause takes back what has not been played, and going on begins with exactly that.

Contract: livekit.agents.voice.io.AudioOutput (1.8.9): one playback_started and one playback_finished for each segment,
a segment being what is captured up to a flush.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from livekit import rtc
from livekit.agents.voice import io

from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

SAMPLE_RATE = 24_000
QUEUE_S = 0.2  # what the native source may hold
_AHEAD_S = 0.12  # what we let it hold: enough to bridge a late event loop, short enough to be asked again soon
_SUBSCRIBED_S = 20.0


class Source(Protocol):
    """What is needed of rtc.AudioSource."""

    @property
    def queued_duration(self) -> float: ...
    def clear_queue(self) -> None: ...
    async def capture_frame(self, frame: rtc.AudioFrame) -> None: ...
    async def aclose(self) -> None: ...


class Listener(Protocol):
    """Is told what the room will hear, and when."""

    def said(self, frame: rtc.AudioFrame, ahead_s: float) -> None: ...
    def unsaid(self) -> None: ...


class VoiceTrack(io.AudioOutput):
    """Plays 24 kHz mono into `source`. `publish` puts it into a room; frames wait until somebody listens."""

    def __init__(self, source: Source, clock: Clock) -> None:
        super().__init__(
            label="VoiceTrack", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=SAMPLE_RATE
        )
        self._source, self._clock = source, clock
        self.sid = ""  # the track's, once it is published
        self.spool: Listener | None = None  # the worker's own track of the call
        self._tasks = TaskSet("voice track")
        self._listened_to = asyncio.Event()
        self._unplayed: deque[rtc.AudioFrame] = deque()
        self._played: deque[rtc.AudioFrame] = deque()  # given to the source, newest last; as much as it may still hold
        self._given_s = 0.0  # of this segment to the source, what was taken back not counted
        self._paused = self._capturing = self._flushed = self._dropping = self._started = False
        self._wake, self._finished = asyncio.Event(), asyncio.Event()
        self._tasks.spawn(self._play(), name="play")

    @classmethod
    def native(cls, clock: Clock) -> tuple[VoiceTrack, rtc.AudioSource]:
        source = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=int(QUEUE_S * 1000))
        return cls(source, clock), source

    async def publish(self, room: rtc.Room, source: rtc.AudioSource) -> None:
        """Publish in `room` and learn when somebody listens; after 20 s without or an error, speak all the same: frames
        that wait for ever would keep the call from ending. Raises rtc.participant.PublishTrackError.
        """
        track = rtc.LocalAudioTrack.create_audio_track("agent", source)
        try:
            async with deadline(_SUBSCRIBED_S, "a listener to the agent's track"):
                options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                publication = await room.local_participant.publish_track(track, options)
                self.sid = publication.sid
                await publication.wait_for_subscription()
        except DeadlineExceeded as error:
            _log.warning("nobody listens to the agent's track", timeout_s=error.seconds)
        finally:
            self.listened_to()

    def listened_to(self) -> None:
        """Somebody listens: frames may play."""
        self._listened_to.set()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await self._listened_to.wait()
        while self._flushed:  # the segment before is still playing
            await self._finished.wait()
        await super().capture_frame(frame)
        self._capturing = True
        if not self._dropping:
            self._unplayed.append(frame)
            self._wake.set()

    def flush(self) -> None:
        super().flush()
        if self._capturing and not self._dropping:
            self._flushed = True
            self._finished.clear()
            self._wake.set()
        self._capturing = self._dropping = False

    def clear_buffer(self) -> None:
        """Interrupted: what has not been played never will be."""
        if not (self._capturing or self._flushed) or self._dropping:
            return
        self._given_s -= self._source.queued_duration
        self._clear_source()
        self._dropping = self._capturing  # frames of this segment may still come, up to its flush
        self._finish(interrupted=True)

    def pause(self) -> None:
        """Silence from now on. What the source has not played comes back to the head of the queue."""
        super().pause()
        if self._paused:
            return
        self._paused = True
        back_s = min(self._source.queued_duration, self._given_s)
        self._clear_source()
        self._given_s -= back_s
        while back_s > 0.001 and self._played:
            frame = self._played.pop()
            if frame.duration > back_s:
                frame = _tail(frame, back_s)
            back_s -= frame.duration
            self._unplayed.appendleft(frame)
        self._played.clear()

    def resume(self) -> None:
        super().resume()
        self._paused = False
        self._wake.set()

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self._source.aclose()  # no deadline: rtc.AudioSource lets go of its handle and waits for nothing

    async def _play(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unplayed and not self._paused:
                await self._give()
            if self._flushed and not self._paused:
                await self._drain()

    async def _give(self) -> None:
        """One frame to the source, or a wait until it has room."""
        ahead_s = self._source.queued_duration
        if ahead_s > _AHEAD_S:
            await self._clock.sleep(ahead_s - _AHEAD_S)
            return
        frame = self._unplayed.popleft()
        if not self._started:
            self._started = True
            self.on_playback_started(created_at=self._clock.now())
        self._given_s += frame.duration
        self._played.append(frame)
        while len(self._played) > 1 and sum(f.duration for f in self._played) - self._played[0].duration > QUEUE_S:
            self._played.popleft()
        if self.spool is not None:
            self.spool.said(frame, ahead_s)
        await self._source.capture_frame(frame)

    def _clear_source(self) -> None:
        self._source.clear_queue()
        if self.spool is not None:
            self.spool.unsaid()

    async def _drain(self) -> None:
        """The segment is complete: it is finished once the source has played it, unless something happens before."""
        while self._flushed and not self._paused and not self._unplayed:
            if (left_s := self._source.queued_duration) <= 0:
                self._finish(interrupted=False)
                return
            await self._clock.sleep(left_s)

    def _finish(self, *, interrupted: bool) -> None:
        position_s, self._given_s = max(0.0, self._given_s), 0.0
        self._unplayed.clear()
        self._played.clear()
        self._flushed = self._started = False
        self._finished.set()
        self.on_playback_finished(playback_position=position_s, interrupted=interrupted)


def _tail(frame: rtc.AudioFrame, seconds: float) -> rtc.AudioFrame:
    """The last `seconds` of a frame."""
    samples = min(frame.samples_per_channel, max(1, round(seconds * frame.sample_rate)))
    data = bytes(frame.data)[-2 * samples * frame.num_channels :]
    return rtc.AudioFrame(data, frame.sample_rate, frame.num_channels, samples)
