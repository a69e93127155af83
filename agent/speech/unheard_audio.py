"""The caller's audio that no final transcript covers yet: what a restarted Riva must be given again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

import numpy as np

_QUIET_RMS = 150.0  # -47 dBFS: below it nobody speaks, on a telephone either (comfort noise is near -60)
_OVER_THE_FLOOR = 3.0  # ~10 dB: speech stands out of a steady noise by more
_FLOOR_RISE_PER_S = (
    1.05  # a noise that stays becomes the floor in about half a minute; a pause in speech lowers it at once
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """16 bit mono PCM; positions are samples since the stream began."""

    start: int
    pcm: bytes
    voiced: bool

    @property
    def end(self) -> int:
        return self.start + len(self.pcm) // 2


class UnheardAudio:
    """Holds at most `keep_s` seconds, the newest; while nothing in it is voiced, only the last `quiet_s`.

    One writer (`append`, `flush`, `end`), one reader at a time (`segment`). Nothing blocks and nothing raises.
    """

    def __init__(self, sample_rate: int, keep_s: float = 30.0, quiet_s: float = 1.0) -> None:
        self._rate = sample_rate
        self._keep, self._quiet = int(keep_s * sample_rate), int(quiet_s * sample_rate)
        self._chunks: OrderedDict[int, Chunk] = OrderedDict()
        self._voiced = 0
        self._flushes: deque[int] = deque()
        self._floor = _QUIET_RMS
        self._changed = asyncio.Event()
        self.position = 0
        self.ended = False

    def __repr__(self) -> str:
        return f"<UnheardAudio {self.held_s:.1f} s held at {self.position / self._rate:.1f} s>"

    @property
    def begin(self) -> int:
        """Position of the oldest sample held; the current position when none is."""
        return next(iter(self._chunks), self.position)

    @property
    def held_s(self) -> float:
        return (self.position - self.begin) / self._rate

    @property
    def voiced(self) -> bool:
        return self._voiced > 0

    def append(self, pcm: bytes) -> None:
        if not pcm:
            return
        chunk = Chunk(self.position, pcm, self._is_voiced(pcm))
        self._chunks[chunk.start] = chunk
        self._voiced += chunk.voiced
        self.position = chunk.end
        limit = self._keep if self._voiced else self._quiet
        while self.position - self.begin > limit:
            self._drop_oldest()
        self._forget_flushes(self.begin)
        self._changed.set()

    def flush(self) -> bool:
        """The segment ends here. A flush with no audio since the last one is none; False if no segment is unheard."""
        if self.position > max(self.begin, self._flushes[-1] if self._flushes else 0):
            self._flushes.append(self.position)
            self._changed.set()
        return bool(self._flushes)

    def end(self) -> None:
        """No more audio will come."""
        self.flush()
        self.ended = True
        self._changed.set()

    def heard(self, position: int) -> None:
        """Everything before `position` is covered by a final transcript, or given up."""
        while self._chunks and next(iter(self._chunks.values())).end <= position:
            self._drop_oldest()
        self._forget_flushes(max(self.begin, position))

    @property
    def finished(self) -> bool:
        """The input has ended and everything in it is covered."""
        return self.ended and not self._chunks

    async def segment(self, over: Callable[[], bool] = lambda: False) -> AsyncGenerator[Chunk, None]:
        """The oldest segment from its first sample; waits for audio to come, and returns at its flush or at the end, or
        when its reader is `over` (to be told by `wake`)."""
        position = self.begin
        while not over():
            position = max(position, self.begin)
            if self._flushes and position >= self._flushes[0]:
                return
            chunk = self._chunks.get(position)
            if chunk is not None:
                yield chunk
                position = chunk.end
            elif self.ended:
                return
            else:
                self._changed.clear()
                await self._changed.wait()

    def wake(self) -> None:
        """A reader is over."""
        self._changed.set()

    def _forget_flushes(self, position: int) -> None:
        while self._flushes and self._flushes[0] <= position:
            self._flushes.popleft()

    def _drop_oldest(self) -> None:
        _, chunk = self._chunks.popitem(last=False)
        self._voiced -= chunk.voiced

    def _is_voiced(self, pcm: bytes) -> bool:
        samples = np.frombuffer(pcm, dtype=np.int16).astype(np.float32)
        rms = float(np.sqrt(np.mean(samples * samples)))
        seconds = len(samples) / self._rate
        self._floor = max(1.0, min(rms, self._floor * _FLOOR_RISE_PER_S**seconds))
        return rms > max(_QUIET_RMS, self._floor * _OVER_THE_FLOOR)
