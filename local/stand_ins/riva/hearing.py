"""One stream's ear: audio in, results out."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from local.stand_ins.riva.audio import RATE, Pcm
from local.stand_ins.riva.endpoint import FRAME, FRAME_MS, Endpointer, Endpointing, Mark
from local.stand_ins.riva.lanes import Lane, Lanes
from local.stand_ins.riva.recogniser import Word

_PRE_ROLL_FRAMES = 25  # 500 ms before the mark of a start: the window that decided it, and the soft onset before
_DECODE_SAMPLES = RATE // 10
# A word that has stood unchanged for this long is told with high stability, as Riva tells its words once they are out
# of the window that its decoder may still change.
_SETTLED_S = 0.3
_LONGEST_UTTERANCE_S = 30.0
STABLE, UNSTABLE, PROBABLY_FINAL = 0.9, 0.1, 1.0


@dataclass(frozen=True)
class Piece:
    """A part of the words so far and how likely it is to stay, 0 to 1."""

    text: str
    stability: float


@dataclass(frozen=True)
class Heard:
    """One result: a final one (`words`) or an interim one (`pieces`). Times count from the stream's first sample."""

    audio_s: float
    pieces: tuple[Piece, ...] = ()
    words: tuple[Word, ...] = ()

    @property
    def final(self) -> bool:
        """Whether these words will not change any more."""
        return bool(self.words)


class Hearing:
    """Hears one stream at 16 kHz. In silence it keeps half a second of audio, in speech what waits for the decoder.

    `hear` and `end` raise DecoderLost or TimeoutError (no decoder free); it is then of no more use but to `close`.
    """

    def __init__(self, lanes: Lanes, endpointing: Endpointing, *, interim: bool) -> None:
        self._lanes = lanes
        self._endpointer = Endpointer(endpointing)
        self._interim = interim
        self._samples = 0
        self._rest: Pcm = np.zeros(0, np.int16)
        self._pre_roll: deque[Pcm] = deque(maxlen=_PRE_ROLL_FRAMES)
        self._lane: Lane | None = None
        self._waiting: list[Pcm] = []
        self._begin_s = 0.0
        self._settling: list[tuple[str, float]] = []  # each word so far and when it was first heard there
        self._told: tuple[Piece, ...] = ()

    @property
    def audio_s(self) -> float:
        """Seconds of audio that have been marked."""
        return self._samples / RATE

    async def hear(self, pcm: Pcm) -> list[Heard]:
        """More audio of any length; the results that it brings."""
        pcm = np.concatenate([self._rest, pcm])
        whole = pcm.size - pcm.size % FRAME
        self._rest = pcm[whole:]
        results: list[Heard] = []
        for at in range(0, whole, FRAME):
            results += await self._frame(pcm[at : at + FRAME])
        return results

    async def end(self) -> list[Heard]:
        """No more audio: the final result of what is pending."""
        if self._lane is None:
            return []
        if self._rest.size:
            self._waiting.append(self._rest)
        return await self._finish()

    async def close(self) -> None:
        """Gives the decoder back."""
        if self._lane is not None:
            self._lanes.give_back(self._lane)
            self._lane = None

    async def _frame(self, frame: Pcm) -> list[Heard]:
        mark = self._endpointer.mark(frame)
        self._samples += frame.size
        if self._lane is None:
            self._pre_roll.append(frame)
            if mark is Mark.START:
                await self._begin()
            return []
        self._waiting.append(frame)
        if mark is Mark.END or self.audio_s - self._begin_s >= _LONGEST_UTTERANCE_S:
            self._endpointer.close()
            return await self._finish()
        results = []
        if len(self._waiting) * FRAME >= _DECODE_SAMPLES:
            results += await self._decode()
        if mark is Mark.PROBABLE_END:
            results += self._probably_final()
        return results

    async def _begin(self) -> None:
        self._lane = await self._lanes.take()
        await self._lane.start()
        self._waiting = list(self._pre_roll)
        self._pre_roll.clear()
        self._begin_s = self.audio_s - len(self._waiting) * FRAME_MS / 1000
        self._settling, self._told = [], ()

    async def _decode(self) -> list[Heard]:
        assert self._lane is not None  # noqa: S101 - only called within an utterance
        pcm = np.concatenate(self._waiting)
        self._waiting = []
        words = (await self._lane.feed(pcm)).split()
        if not self._interim:
            return []
        known = self._settling
        for n, word in enumerate(words):
            if n >= len(known) or known[n][0] != word:
                known[n:] = [(later, self.audio_s) for later in words[n:]]
                break
        del known[len(words) :]
        settled = next((n for n, (_, since) in enumerate(known) if self.audio_s - since < _SETTLED_S), len(known))
        parts = ((words[:settled], STABLE), (words[settled:], UNSTABLE))
        return self._tell(tuple(Piece(" ".join(part), stability) for part, stability in parts if part))

    def _probably_final(self) -> list[Heard]:
        text = " ".join(word for word, _ in self._settling)
        return self._tell((Piece(text, PROBABLY_FINAL),)) if text and self._interim else []

    def _tell(self, pieces: tuple[Piece, ...]) -> list[Heard]:
        if not pieces or pieces == self._told:
            return []
        self._told = pieces
        return [Heard(self.audio_s, pieces=pieces)]

    async def _finish(self) -> list[Heard]:
        assert self._lane is not None  # noqa: S101 - only called within an utterance
        if self._waiting:
            await self._lane.feed(np.concatenate(self._waiting))
        self._waiting = []
        words = await self._lane.finish()
        await self.close()
        begin = self._begin_s
        moved = tuple(Word(word.text, begin + word.start_s, begin + word.end_s) for word in words)
        return [Heard(self.audio_s, words=moved)] if moved else []
