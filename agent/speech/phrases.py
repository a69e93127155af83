"""Words that are said as they stand (greeting, failures), rendered ahead: they start at once and outlive the server."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

from livekit import rtc
from livekit.agents import APIConnectOptions, APIError

from agent.speech import bundled_phrases, phrase_file
from agent.speech.speech_request import SAMPLE_RATE
from agent.speech.spoken import spoken
from agent.speech.tts import SpeechTTS
from ops import logging
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

_FRAME_SAMPLES = SAMPLE_RATE // 50
_ONE_TRY = APIConnectOptions(max_retry=0)


class PhraseBook:
    """One voice's phrases in `cache_dir`, a file for each text and voice; several processes may share the folder.

    Not rendered yet or unreadable: the bundled audio of the same words, where there is one (bundled_phrases.py).
    """

    def __init__(
        self, cache_dir: Path, *, base_url: str, model: str, voice: str, language: str, speed: float = 1.0
    ) -> None:
        self._dir = cache_dir
        self._identity = (base_url.rstrip("/"), model, voice, language, speed)
        self._bundled = bundled_phrases.by_words(language)
        self._loaded: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"<PhraseBook {self._identity[2]} {len(self._loaded)} loaded>"

    async def prepare(self, texts: Iterable[str], tts: SpeechTTS, deadline_s: float) -> bool:
        """Render what is missing or corrupted. True when all is there; False on an error or after `deadline_s`."""
        try:
            async with deadline(deadline_s, "phrases"):
                for text in dict.fromkeys(texts):
                    await self._prepare(text, tts)
        except (APIError, DeadlineExceeded, OSError) as error:
            _log.warning("phrases not rendered", error_type=type(error).__name__)
            return False
        return True

    async def hold(self, texts: Iterable[str], tts: SpeechTTS, deadline_s: float) -> None:
        """As `prepare`, for words of one call only: in memory, gone with the call. What is not there is said slower."""
        try:
            async with deadline(deadline_s, "phrases"):
                for text in dict.fromkeys(filter(None, texts)):
                    if self.frames(text) is None and (pcm := await self._rendered(text, tts)):
                        self._loaded[text] = pcm
        except (APIError, DeadlineExceeded, OSError) as error:
            _log.warning("phrases not rendered", error_type=type(error).__name__)

    def frames(self, text: str) -> AsyncGenerator[rtc.AudioFrame, None] | None:
        """20 ms frames, 24 kHz mono, with at most 20 ms of silence first; None if these words have no audio."""
        if text in self._loaded or text in self._bundled or self._path(text).is_file():
            return self._frames(text)
        return None

    async def _frames(self, text: str) -> AsyncGenerator[rtc.AudioFrame, None]:
        pcm = self._loaded.get(text)
        if pcm is None:
            pcm = await asyncio.to_thread(self._read, text)
        for start in range(0, len(pcm), 2 * _FRAME_SAMPLES):
            piece = pcm[start : start + 2 * _FRAME_SAMPLES]
            yield rtc.AudioFrame(piece, SAMPLE_RATE, 1, len(piece) // 2)

    def _read(self, text: str) -> bytes:
        own = phrase_file.read(self._path(text))
        if own is not None:
            self._loaded[text] = own
            return own
        bundled = self._bundled.get(text)
        pcm = None if bundled is None else phrase_file.read(bundled)
        if pcm is None:
            _log.error("phrase has no readable audio", bytes=0)
        return pcm or b""

    async def _prepare(self, text: str, tts: SpeechTTS) -> None:
        path = self._path(text)
        if await asyncio.to_thread(phrase_file.read, path) is not None:
            return
        pcm = await self._rendered(text, tts)
        if not pcm:
            raise APIError("the speech server sent silence for a phrase")
        await asyncio.to_thread(phrase_file.write, path, pcm, SAMPLE_RATE)

    async def _rendered(self, text: str, tts: SpeechTTS) -> bytes:
        async with tts.synthesize(spoken(text, self._identity[3]), conn_options=_ONE_TRY) as stream:
            frame = await stream.collect()
        return phrase_file.trimmed(bytes(frame.data), SAMPLE_RATE)

    def _path(self, text: str) -> Path:
        key = json.dumps([*self._identity, text], ensure_ascii=False)
        return self._dir / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.wav"
