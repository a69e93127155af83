"""From an engine's chunks to even slices of 24 kHz audio. Time is virtual."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.fakes.tts_engine import FakeEngine, silence, tone
from tests.support.tts_audio import of_pcm
from tests.support.virtual_time import virtual_time
from tts_server.engines.port import SpeechRequest
from tts_server.errors import EngineBroken, NothingSpoken
from tts_server.settings import Limits
from tts_server.speaking import speak


async def _pieces(engine: FakeEngine, text: str = "hi", speed: float = 1.0) -> list[bytes]:
    request = SpeechRequest("req", text, engine.voices()[0], speed, "en")
    async with aclosing(speak(engine, request, Limits(first_audio_s=3, next_audio_s=2))) as pieces:
        return [piece async for piece in pieces]


@virtual_time
async def test_a_large_chunk_is_handed_on_in_small_slices() -> None:
    """An engine that gives ten seconds at once must not keep the event loop from everyone else."""
    pieces = await _pieces(FakeEngine([tone(440, 10.0, 16_000)], sample_rate=16_000))
    assert max(len(piece) for piece in pieces) <= 2 * 24_000 // 10 * 2
    assert of_pcm(b"".join(pieces)).seconds == pytest.approx(10, abs=0.01)


@virtual_time
async def test_the_engine_does_what_it_can_of_the_pace_and_the_rest_is_stretched() -> None:
    """espeak ends at 80 words a minute, a neural engine knows one pace only: callers get the whole range."""
    engine = FakeEngine(native_speed=(0.8, 1.25))
    heard = of_pcm(b"".join(await _pieces(engine, speed=2.5)))
    assert engine.requests[0].speed == 1.25
    assert heard.seconds == pytest.approx(0.5 / 2, abs=0.05)  # the script is half a second at any pace


@virtual_time
async def test_a_silent_engine_breaks_after_its_deadline_first_and_later() -> None:
    loop = asyncio.get_running_loop()
    for script, seconds in ([asyncio.Event()], 3), ([tone(440, 0.3), asyncio.Event()], 2):
        engine, began = FakeEngine(script), loop.time()  # type: ignore[arg-type]
        with pytest.raises(EngineBroken, match=f"no audio within {seconds} s"):
            await _pieces(engine)
        assert loop.time() - began == pytest.approx(seconds)
        assert engine.active == 0


@virtual_time
async def test_a_slow_listener_is_not_the_engines_fault() -> None:
    """The deadline runs while the engine is waited for, not while the listener takes its time."""
    engine = FakeEngine([tone(440, 0.1)] * 5)
    request = SpeechRequest("req", "hi", engine.voices()[0], 1.0, "en")
    async with aclosing(speak(engine, request, Limits(next_audio_s=0.5))) as pieces:
        async for _ in pieces:
            await asyncio.sleep(60)


@virtual_time
async def test_closing_closes_the_engine() -> None:
    engine = FakeEngine([tone(440, 0.3), asyncio.Event()])
    request = SpeechRequest("req", "hi", engine.voices()[0], 1.0, "en")
    pieces = speak(engine, request, Limits())
    await anext(pieces)
    assert engine.active == 1
    await pieces.aclose()
    assert engine.active == 0


@virtual_time
async def test_silence_for_words_is_told_from_a_pause() -> None:
    """ "..." is a tenth of a second of silence; words that make no sound are an error."""
    engine = FakeEngine([silence(1.0), b""])
    assert await _pieces(engine, "...") == [bytes(4_800)]
    with pytest.raises(NothingSpoken):
        await _pieces(engine, "你好")
    with pytest.raises(NothingSpoken):
        await _pieces(FakeEngine([]), "你好")


@virtual_time
async def test_a_word_shorter_than_a_slice_is_heard() -> None:
    """All of it may come only when the stages are emptied."""
    heard = of_pcm(b"".join(await _pieces(FakeEngine([tone(440, 0.03, 16_000)], sample_rate=16_000))))
    assert heard.seconds == pytest.approx(0.03, abs=0.003)
