"""An engine that plays a script. Keeps what it was asked, and whether each request was closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import numpy as np

from tts_server.engines.port import SpeechRequest, Voice

Step = bytes | asyncio.Event | Exception


def tone(hz: float, seconds: float, rate: int = 24_000, level: int = 8_000) -> bytes:
    """A sine as mono s16le."""
    at = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def silence(seconds: float, rate: int = 24_000) -> bytes:
    return bytes(2 * round(seconds * rate))


class FakeEngine:
    """Bytes are yielded, events awaited, exceptions raised. Without a script each voice is half a second of its own
    tone: `fake:440` sounds 440 Hz."""

    name = "fake"

    def __init__(
        self,
        script: Sequence[Step] | None = None,
        *,
        sample_rate: int = 24_000,
        native_speed: tuple[float, float] = (0.25, 4.0),
        tones: Sequence[int] = (440, 660, 880, 1100),
    ) -> None:
        self.sample_rate, self.native_speed = sample_rate, native_speed
        self.requests: list[SpeechRequest] = []
        self.active = 0
        self.closed = asyncio.Event()
        self.is_ready = True
        self._script, self._tones = script, tones

    def voices(self) -> Sequence[Voice]:
        return [Voice(f"fake:{hz}", self.name, str(hz), ("en-us", "en")) for hz in self._tones]

    async def synthesize(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.requests.append(request)
        self.active += 1
        try:
            for step in self._steps(request):
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        finally:
            self.active -= 1
            self.closed.set()

    async def ready(self) -> bool:
        return self.is_ready

    async def aclose(self) -> None:
        pass

    def _steps(self, request: SpeechRequest) -> Sequence[Step]:
        if self._script is not None:
            return self._script
        whole = tone(int(request.voice.name), 0.5, self.sample_rate)
        return [whole[at : at + 4_800] for at in range(0, len(whole), 4_800)]
