"""The agent's track: heard from its first sample, silent at once when interrupted, and nothing lost by a cough."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.voice import io
from livekit.rtc.participant import PublishTrackError

from agent.speech.voice_track import SAMPLE_RATE, VoiceTrack
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time

FRAME_S = 0.04


class Speaker:
    """A source that plays in (virtual) real time and remembers every sample that was audible."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._queue = np.zeros(0, np.int16)
        self._since = 0.0
        self.heard = np.zeros(0, np.int16)

    def play(self) -> None:
        now = self._clock.monotonic()
        samples = min(len(self._queue), round((now - self._since) * SAMPLE_RATE))
        self.heard = np.concatenate([self.heard, self._queue[:samples]])
        self._queue = self._queue[samples:]
        self._since = now

    @property
    def queued_duration(self) -> float:
        self.play()
        return len(self._queue) / SAMPLE_RATE

    def clear_queue(self) -> None:
        self.play()
        self._queue = self._queue[:0]

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        self.play()
        self._queue = np.concatenate([self._queue, np.frombuffer(frame.data, np.int16)])

    async def aclose(self) -> None: ...


class Stage:
    """A track with a speaker, and what it reported."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.speaker = Speaker(self.clock)
        self.track = VoiceTrack(self.speaker, self.clock)
        self.started: list[float] = []
        self.finished: list[io.PlaybackFinishedEvent] = []
        self.track.on("playback_started", lambda _: self.started.append(self.clock.monotonic()))
        self.track.on("playback_finished", self.finished.append)
        self.track.listened_to()

    async def speak(self, samples: np.ndarray) -> None:
        """A whole segment, given faster than real time."""
        size = round(FRAME_S * SAMPLE_RATE)
        for start in range(0, len(samples), size):
            piece = samples[start : start + size].astype(np.int16)
            await self.track.capture_frame(rtc.AudioFrame(piece.tobytes(), SAMPLE_RATE, 1, len(piece)))
        self.track.flush()


def speech(seconds: float) -> np.ndarray:
    """Every sample different from its neighbours, so that a lost, doubled or moved one is noticed."""
    return (np.arange(round(seconds * SAMPLE_RATE)) % 30_000 + 1).astype(np.int16)


@virtual_time
async def test_a_segment_is_heard_whole_and_reported_once() -> None:
    stage = Stage()
    await stage.speak(speech(1.0))
    await asyncio.sleep(2)
    stage.speaker.play()
    assert np.array_equal(stage.speaker.heard, speech(1.0))
    assert stage.started == [0.0]
    assert [(round(e.playback_position, 3), e.interrupted) for e in stage.finished] == [(1.0, False)]
    await stage.track.aclose()


@virtual_time
async def test_nothing_plays_before_somebody_listens() -> None:
    """The first words would be lost: a phone that has not picked up yet hears nothing."""
    stage = Stage()
    tasks = TaskSet("test")
    stage.track._listened_to.clear()
    task = tasks.spawn(stage.speak(speech(0.2)), name="speak")
    await asyncio.sleep(1)
    assert not stage.started
    stage.track.listened_to()
    await asyncio.sleep(1)
    assert stage.started == [1.0]
    await task
    await stage.track.aclose()


class ClosedRoom:
    """Its connection is gone: nothing can be published."""

    local_participant: Any

    def __init__(self) -> None:
        self.local_participant = self

    async def publish_track(self, *_: object) -> None:
        raise PublishTrackError("the room is gone")


@virtual_time
async def test_a_track_that_cannot_be_published_holds_nobody_up() -> None:
    """The greeting waited for a listener for ever, and with it the end of the call."""
    clock = FakeClock()
    track, source = VoiceTrack.native(clock)
    with pytest.raises(PublishTrackError):
        await track.publish(ClosedRoom(), source)  # type: ignore[arg-type]
    piece = speech(FRAME_S)
    async with asyncio.timeout(1):
        await track.capture_frame(rtc.AudioFrame(piece.tobytes(), SAMPLE_RATE, 1, len(piece)))
    await track.aclose()


@virtual_time
async def test_an_interruption_is_silence_at_once() -> None:
    """What was queued is not played out, and the position is what was heard: the record must not hold unheard words."""
    stage = Stage()
    await stage.speak(speech(3.0))
    await asyncio.sleep(0.5)
    stage.track.clear_buffer()
    await asyncio.sleep(2)
    stage.speaker.play()
    assert abs(len(stage.speaker.heard) / SAMPLE_RATE - 0.5) < 0.02
    assert [(round(e.playback_position, 2), e.interrupted) for e in stage.finished] == [(0.5, True)]
    await stage.track.aclose()


@virtual_time
async def test_a_false_interruption_loses_and_doubles_no_sample() -> None:
    """A cough pauses the agent; it goes on at the very sample where it fell silent."""
    stage = Stage()
    await stage.speak(speech(2.0))
    await asyncio.sleep(0.51)
    stage.track.pause()
    stage.track.pause()
    stage.speaker.play()
    silent_from = len(stage.speaker.heard)
    await asyncio.sleep(1)
    stage.speaker.play()
    assert len(stage.speaker.heard) == silent_from
    stage.track.resume()
    await asyncio.sleep(3)
    stage.speaker.play()
    assert abs(len(stage.speaker.heard) - 2.0 * SAMPLE_RATE) <= 2
    assert np.count_nonzero(np.diff(stage.speaker.heard.astype(int)) != 1) <= 2  # the seam, and speech()'s own wrap
    assert [(round(e.playback_position, 2), e.interrupted) for e in stage.finished] == [(2.0, False)]
    await stage.track.aclose()


@virtual_time
async def test_an_interruption_while_paused_ends_the_segment() -> None:
    """The usual way of a barge-in: paused at the first sound, given up when words come."""
    stage = Stage()
    await stage.speak(speech(2.0))
    await asyncio.sleep(0.5)
    stage.track.pause()
    await asyncio.sleep(0.3)
    stage.track.clear_buffer()
    stage.track.resume()
    await stage.speak(speech(0.4))
    await asyncio.sleep(1)
    assert [(round(e.playback_position, 2), e.interrupted) for e in stage.finished] == [(0.5, True), (0.4, False)]
    assert len(stage.started) == 2
    await stage.track.aclose()


@virtual_time
async def test_late_frames_of_an_interrupted_segment_are_not_heard() -> None:
    """The speech server goes on for a moment after the interruption: its sound belongs to nobody."""
    stage = Stage()
    frame = speech(FRAME_S)
    await stage.track.capture_frame(rtc.AudioFrame(frame.tobytes(), SAMPLE_RATE, 1, len(frame)))
    await asyncio.sleep(1)
    stage.track.clear_buffer()
    await stage.track.capture_frame(rtc.AudioFrame(frame.tobytes(), SAMPLE_RATE, 1, len(frame)))
    stage.track.flush()
    await asyncio.sleep(1)
    stage.speaker.play()
    assert len(stage.speaker.heard) == len(frame)
    assert len(stage.finished) == 1
    await stage.speak(speech(0.2))
    await asyncio.sleep(1)
    assert [e.interrupted for e in stage.finished] == [True, False]
    await stage.track.aclose()
