"""What comes from the callee before the talk begins: voice or none, the words so far, the tone of a machine.

Beside the session, which hears nothing meanwhile: a word said to nobody must start no turn, and cost no answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from livekit import rtc
from livekit.agents import APIError, stt, vad

from agent.outbound.beep import BeepDetector
from ops import logging
from ops.tasks import TaskSet

_log = logging.get(__name__)

_RATE = 16_000
_FRAME_MS = 20
_VOICED = 0.5  # the detector's probability: its own threshold
_MOST_S = 0.1  # of waiting for a sound: time passes in a silent line too


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard since the last. `words` is everything said so far, None where nothing new was understood."""

    voiced: bool = False
    beeped: bool = False
    words: str | None = None


class Ears(Protocol):
    async def next(self) -> Heard:
        """The next thing heard, after 0.1 s at the latest."""
        ...

    def forget(self) -> None:
        """The words so far do not count any more."""


class Transcript:
    """The words so far: what is final, and the present state of what is not."""

    def __init__(self) -> None:
        self._final: list[str] = []
        self._interim = ""

    def take(self, event: stt.SpeechEvent) -> str | None:
        """All words with this event's; None where it says nothing new."""
        text = event.alternatives[0].text.strip() if event.alternatives else ""
        if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
            self._final.append(text)
            self._interim = ""
        elif event.type in (stt.SpeechEventType.INTERIM_TRANSCRIPT, stt.SpeechEventType.PREFLIGHT_TRANSCRIPT):
            self._interim = text
        else:
            return None
        return " ".join(filter(None, [*self._final, self._interim]))

    def forget(self) -> None:
        self._final, self._interim = [], ""


class TrackEars:
    """Ears on a participant's audio: made by `listening`."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._transcript = Transcript()

    async def next(self) -> Heard:
        try:
            async with asyncio.timeout(_MOST_S):
                return await self._heard.get()
        except TimeoutError:
            return Heard()

    def forget(self) -> None:
        self._transcript.forget()

    async def hear(self, audio: rtc.AudioStream, voices: vad.VADStream, words: stt.RecognizeStream) -> None:
        """Hand each frame on, and look for the tone in it."""
        detector = BeepDetector(_RATE)
        async for event in audio:
            voices.push_frame(event.frame)
            with suppress(RuntimeError):  # it broke, and takes no more: `words` says so
                words.push_frame(event.frame)
            if detector.heard(np.frombuffer(event.frame.data, dtype=np.int16)):
                self._heard.put_nowait(Heard(beeped=True))

    async def voices(self, stream: vad.VADStream) -> None:
        async for event in stream:
            if event.type is vad.VADEventType.INFERENCE_DONE:
                self._heard.put_nowait(Heard(voiced=event.probability >= _VOICED))

    async def words(self, stream: stt.RecognizeStream) -> None:
        """A recogniser that breaks leaves the pauses and the tone to decide by."""
        try:
            async for event in stream:
                if (text := self._transcript.take(event)) is not None:
                    self._heard.put_nowait(Heard(words=text))
        except APIError as error:
            _log.warning("nothing understood of who answered", error_type=type(error).__name__)


@asynccontextmanager
async def listening(
    room: rtc.Room, participant: rtc.RemoteParticipant, voices: vad.VAD, words: stt.STT[Any]
) -> AsyncIterator[TrackEars]:
    """Ears on `participant` until the block ends, from the moment their track is there."""
    ears, tasks = TrackEars(), TaskSet("ears")
    tasks.spawn(_follow(room, participant, voices, words, ears), name="follow")
    try:
        yield ears
    finally:
        await tasks.aclose()


async def _follow(
    room: rtc.Room, participant: rtc.RemoteParticipant, voices: vad.VAD, words: stt.STT[Any], ears: TrackEars
) -> None:
    track = await _audio_of(room, participant)
    audio = rtc.AudioStream.from_track(track=track, sample_rate=_RATE, num_channels=1, frame_size_ms=_FRAME_MS)
    voice_stream, word_stream = voices.stream(), words.stream()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(ears.voices(voice_stream), name="voices")
            group.create_task(ears.words(word_stream), name="words")
            await ears.hear(audio, voice_stream, word_stream)
            voice_stream.end_input()
            with suppress(RuntimeError):
                word_stream.end_input()
    finally:
        await audio.aclose()
        await voice_stream.aclose()
        await word_stream.aclose()


async def _audio_of(room: rtc.Room, participant: rtc.RemoteParticipant) -> rtc.Track:
    """Their audio track, as soon as it is subscribed."""
    found: asyncio.Future[rtc.Track] = asyncio.get_running_loop().create_future()

    def subscribed(track: rtc.Track, _: object, owner: rtc.RemoteParticipant) -> None:
        if owner.identity == participant.identity and track.kind == rtc.TrackKind.KIND_AUDIO and not found.done():
            found.set_result(track)

    room.on("track_subscribed", subscribed)
    try:
        for publication in participant.track_publications.values():
            if publication.track is not None and publication.kind == rtc.TrackKind.KIND_AUDIO:
                return publication.track
        return await found
    finally:
        room.off("track_subscribed", subscribed)
