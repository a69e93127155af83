"""The promise every speech engine keeps. An engine is one file in this folder and one line in registry.py.

Ready for engines that batch on a GPU: a request is immutable and carries its own voice, so that many can be in one
batch; nothing is kept between requests; closing the iterator is the cancellation, and frees the request's slot.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Voice:
    """`id` is what callers say ("flite:rms"); `name` is what the engine calls it; `languages` are BCP 47 tags, the
    voice's own first."""

    id: str
    engine: str
    name: str
    languages: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """`text`: cleaned and speakable (text.py). `speed`: within the engine's `native_speed`, 1.0 the voice's own."""

    request_id: str
    text: str
    voice: Voice
    speed: float
    language: str


class Engine(Protocol):
    """Turns text into sound. Raises EngineFull and EngineBroken only."""

    @property
    def name(self) -> str:
        """The part before the colon in its voices' ids."""
        ...

    @property
    def sample_rate(self) -> int:
        """Hz, the same for every voice."""
        ...

    @property
    def native_speed(self) -> tuple[float, float]:
        """Slowest and fastest pace the engine makes itself; speaking.py stretches the audio for the rest."""
        ...

    def voices(self) -> Sequence[Voice]:
        """Every voice, known since the engine was built."""
        ...

    def synthesize(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Mono s16le chunks of whole samples, each yielded as soon as it exists.

        Closing the generator stops the synthesis and gives back all it held (process, batch slot, voice memory) before
        `aclose` returns. Waits for the consumer: no more than a few seconds of audio are made ahead.
        """
        ...

    async def ready(self) -> bool:
        """Can it speak now? Asked often: answers in well under a second. Never raises."""
        ...

    async def aclose(self) -> None:
        """Stop everything; a second call does nothing."""
        ...
