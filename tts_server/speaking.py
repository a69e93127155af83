"""A request becomes sound: engine -> pace -> 24 kHz -> silence trimmed, a tenth of a second at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

from ops.deadline import deadline
from tts_server.audio.encode import SAMPLE_RATE
from tts_server.audio.frames import SAMPLE_BYTES
from tts_server.audio.resample import Resample
from tts_server.audio.stage import Stage
from tts_server.audio.stretch import Stretch
from tts_server.audio.trim import Trim
from tts_server.engines.port import Engine, SpeechRequest
from tts_server.errors import EngineBroken, NothingSpoken
from tts_server.settings import Limits
from tts_server.text import speakable

_SLICE = SAMPLE_RATE // 10 * SAMPLE_BYTES  # bounds the work between two looks at the event loop
_PAUSE = bytes(_SLICE)  # what "..." sounds like
_SAME_PACE = 0.01  # nobody hears 1 %


async def speak(engine: Engine, request: SpeechRequest, limits: Limits) -> AsyncGenerator[bytes, None]:
    """Mono s16le at SAMPLE_RATE, sent as the engine makes it. `request.speed` may be beyond what the engine can do.

    Text without a letter or digit is a tenth of a second of silence: a language model's "..." is no failure.
    Raises EngineFull, EngineBroken, NothingSpoken. Closing the generator closes the engine's.
    """
    if not speakable(request.text):
        yield _PAUSE
        return
    slowest, fastest = engine.native_speed
    native = min(max(request.speed, slowest), fastest)
    stages = _stages(engine.sample_rate, request.speed / native)
    heard = False
    async with aclosing(engine.synthesize(replace(request, speed=native))) as chunks:
        while chunk := await _next(engine.name, chunks, limits.next_audio_s if heard else limits.first_audio_s):
            for piece in _slices(chunk, stages):
                heard = True
                yield piece
                await asyncio.sleep(0)  # the others' turn: encoding a slice takes up to a millisecond
    rest = b""
    for stage in stages:
        rest = stage.feed(rest) + stage.finish()
    if not heard and not rest:
        raise NothingSpoken(request.voice.id)
    for piece in _slices(rest, []):
        yield piece


async def _next(engine: str, chunks: AsyncGenerator[bytes, None], seconds: float) -> bytes:
    """The next chunk that is not empty; b"" at the end."""
    try:
        async with deadline(seconds, engine):
            async for chunk in chunks:
                if chunk:
                    return chunk
    except TimeoutError as error:
        raise EngineBroken(engine, f"no audio within {seconds:g} s") from error
    return b""


def _stages(sample_rate: int, stretch: float) -> list[Stage]:
    stages: list[Stage] = []
    if abs(stretch - 1) > _SAME_PACE:
        stages.append(Stretch(sample_rate, stretch))
    if sample_rate != SAMPLE_RATE:
        stages.append(Resample(sample_rate, SAMPLE_RATE))
    return [*stages, Trim(SAMPLE_RATE)]


def _slices(pcm: bytes, stages: list[Stage]) -> Iterator[bytes]:
    for at in range(0, len(pcm), _SLICE):
        piece = pcm[at : at + _SLICE]
        for stage in stages:
            piece = stage.feed(piece)
        if piece:
            yield piece
