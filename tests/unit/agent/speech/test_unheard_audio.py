"""The audio that would be lost if Riva died now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np

from agent.speech.unheard_audio import Chunk, UnheardAudio
from ops.tasks import TaskSet

_RATE = 16_000


def pcm(seconds: float, level: int = 0) -> bytes:
    return np.full(int(seconds * _RATE), level, np.int16).tobytes()


def speak(audio: UnheardAudio, seconds: float, level: int = 3000) -> None:
    for _ in range(round(seconds * 20)):
        audio.append(pcm(0.05, level))


async def _next(chunks: AsyncGenerator[Chunk, None]) -> Chunk | None:
    return await anext(chunks, None)


async def segment(audio: UnheardAudio) -> float:
    """Seconds of the oldest segment."""
    async with aclosing(audio.segment()) as chunks:
        return round(sum([c.end - c.start async for c in chunks]) / _RATE, 2)


def test_voiced_audio_is_kept_up_to_the_bound() -> None:
    """Half a minute at most, the newest: a long outage must not grow the process."""
    audio = UnheardAudio(_RATE, keep_s=3)
    speak(audio, 2)
    assert audio.held_s == 2
    speak(audio, 5)
    assert 2.9 < audio.held_s <= 3
    assert audio.position == 7 * _RATE


def test_silence_is_not_hoarded() -> None:
    """Replaying half a minute of silence would make the next words late."""
    audio = UnheardAudio(_RATE, quiet_s=1)
    speak(audio, 20, level=0)
    assert audio.held_s <= 1
    speak(audio, 0.5)
    speak(audio, 2, level=0)
    assert audio.held_s > 2.5  # what was said stays, with what follows, until it is heard


def test_a_steady_noise_becomes_silence() -> None:
    """A fan is no voice: it would be replayed, and a Riva that rightly says nothing would pass for hung."""
    audio = UnheardAudio(_RATE)
    speak(audio, 60, level=400)
    assert not audio.voiced
    speak(audio, 0.1, level=3000)
    assert audio.voiced


def test_what_is_heard_is_dropped() -> None:
    """Only whole chunks: what a final covers half is sent again rather than lost."""
    audio = UnheardAudio(_RATE)
    speak(audio, 1)
    audio.heard(int(0.52 * _RATE))
    assert audio.begin == int(0.5 * _RATE)
    audio.heard(audio.position)
    assert audio.held_s == 0
    assert not audio.voiced


async def test_a_segment_ends_at_its_flush_and_the_next_begins_there() -> None:
    """Also when the flush came long before anybody read."""
    audio = UnheardAudio(_RATE)
    speak(audio, 0.5)
    audio.flush()
    audio.flush()
    speak(audio, 0.3)
    audio.end()
    assert await segment(audio) == 0.5
    assert await segment(audio) == 0.5  # again, as long as nobody says that it was heard
    audio.heard(int(0.5 * _RATE))
    assert await segment(audio) == 0.3
    audio.heard(audio.position)
    assert audio.finished


async def test_a_reader_waits_for_audio_to_come() -> None:
    """And gets it when it comes."""
    audio = UnheardAudio(_RATE)
    async with aclosing(audio.segment()) as chunks:
        asyncio.get_running_loop().call_soon(speak, audio, 0.05)
        assert (await asyncio.wait_for(anext(chunks), 5)).voiced


def test_a_flush_without_audio_is_none() -> None:
    """The framework may flush twice: that must not open a call for nothing."""
    audio = UnheardAudio(_RATE)
    audio.flush()
    speak(audio, 0.1)
    audio.flush()
    audio.heard(audio.position)
    audio.flush()
    audio.end()
    assert audio.finished


async def test_a_reader_that_is_over_does_not_wait_for_audio() -> None:
    """A call that Riva refused left its sending task behind, waiting for a caller who had hung up."""
    audio = UnheardAudio(_RATE)
    over, tasks = asyncio.Event(), TaskSet("test")
    async with aclosing(audio.segment(over.is_set)) as chunks:
        reading = tasks.spawn(_next(chunks), name="read")
        await asyncio.sleep(0)
        assert not reading.done()
        over.set()
        audio.wake()
        async with asyncio.timeout(5):
            assert await reading is None
