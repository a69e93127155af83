"""Who answered is found out by pauses and tones too: a recogniser that broke must not take these along."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, APIStatusError, stt, vad

from agent.outbound.ears import TrackEars

RATE, FRAME = 16_000, 320


class Broken(stt.RecognizeStream):
    """Livekit's own, whose recogniser refuses at once."""

    async def _run(self) -> None:
        raise APIStatusError("no", status_code=400, retryable=False)


class Silent(stt.STT[Any]):
    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))

    async def _recognize_impl(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


class Voices:
    def __init__(self) -> None:
        self.frames = 0

    def push_frame(self, _: rtc.AudioFrame) -> None:
        self.frames += 1


async def tone_and_quiet(frames: int) -> AsyncIterator[Any]:
    """A second of 1 kHz, then nothing, 20 ms a frame."""
    for number in range(frames):
        at = (np.arange(FRAME) + number * FRAME) / RATE
        sound = np.sin(2 * np.pi * 1000 * at) * 8000 if number < 50 else np.zeros(FRAME)
        await asyncio.sleep(0)
        yield SimpleNamespace(frame=rtc.AudioFrame(sound.astype(np.int16).tobytes(), RATE, 1, FRAME))


async def test_a_recogniser_that_broke_leaves_the_pauses_and_the_tone() -> None:
    """It takes no more frames, and says so with an exception: the whole ear went deaf by that, and a machine's tone
    was waited for in vain."""
    ears, voices = TrackEars(), Voices()
    words = Broken(stt=Silent(), conn_options=APIConnectOptions(max_retry=0))
    await ears.words(words)
    await ears.hear(cast(rtc.AudioStream, tone_and_quiet(75)), cast(vad.VADStream, voices), words)
    assert voices.frames == 75
    assert (await ears.next()).beeped
    await words.aclose()
