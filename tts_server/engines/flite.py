"""Flite 2.2 (CMU; BSD-style licence): the system's binary, one process a sentence. English; clear over a telephone.

A process gives its audio when it is done (34-70 ms a sentence on one CPU core), so the text goes in sentence by
sentence and the first is heard while the rest is still text.
"""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from tts_server.engines.port import SpeechRequest, Voice
from tts_server.engines.process import ask, child
from tts_server.engines.sentences import sentences
from tts_server.engines.wav_stream import WavStream
from tts_server.errors import SpeechError

_NAME = "flite"
_RATE = 16_000  # of the four voices below; kal (8 kHz) is left out
_LONGEST = 160  # characters in one process: bounds the wait for the first audio
_CHUNK = 8_192  # bytes: a quarter of a second
_VOICES = {
    "rms": "a man, US English; the most intelligible",
    "slt": "a woman, US English",
    "awb": "a man, Scottish English",
    "kal16": "a man, US English; diphones, fastest",
}
_LANGUAGES = {"awb": ("en-gb", "en")}
_ASCII = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": ", ", "—": ", ", "…": "...", "£": " pounds ", "€": " euros "}
)


class Flite:
    """Made by `find`. Holds no state but the path of the binary and its voices."""

    name = _NAME
    sample_rate = _RATE
    native_speed = (0.25, 4.0)

    def __init__(self, binary: str, names: Sequence[str]) -> None:
        self._binary = binary
        self._voices = tuple(
            Voice(f"{_NAME}:{name}", _NAME, name, _LANGUAGES.get(name, ("en-us", "en")), _VOICES[name])
            for name in names
        )

    def __repr__(self) -> str:
        return f"<Flite {' '.join(voice.name for voice in self._voices)}>"

    def voices(self) -> Sequence[Voice]:
        return self._voices

    async def synthesize(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        for sentence in _pieces(request.text):
            audio = await self._speak(sentence, request.voice.name, request.speed)
            for at in range(0, len(audio), _CHUNK):
                yield audio[at : at + _CHUNK]

    async def _speak(self, sentence: str, voice: str, speed: float) -> bytes:
        # Flite writes its WAV by seeking: a pipe would do for one utterance only. The file has no name on disk.
        with tempfile.TemporaryFile(buffering=0) as file:
            output = f"/dev/fd/{file.fileno()}"
            stretch = f"duration_stretch={1 / speed:.4f}"
            command = [self._binary, "-voice", voice, "--setf", stretch, "-f", "/dev/stdin", "-o", output]
            async with child(_NAME, command, sentence + "\n", (file.fileno(),)) as stdout:
                await stdout.read()
            file.seek(0)
            return WavStream(_NAME, _RATE).feed(file.read())

    async def ready(self) -> bool:
        request = SpeechRequest("ready", "ok", self._voices[-1], 1.0, "en")
        try:
            async with aclosing(self.synthesize(request)) as chunks:
                return bool(await anext(chunks, b""))
        except SpeechError:
            return False

    async def aclose(self) -> None:
        """Nothing to stop: each request owns its processes."""


def _pieces(text: str) -> list[str]:
    """What flite can read: ASCII, accents dropped."""
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII)).encode("ascii", "ignore").decode()
    return [piece for piece in sentences(plain, _LONGEST) if any(letter.isalnum() for letter in piece)]


def find() -> Flite | None:
    """Flite, where its binary is on PATH and has a voice we know."""
    binary = shutil.which("flite")
    if binary is None:
        return None
    there = ask([binary, "-lv"]).split()
    names = [name for name in _VOICES if name in there]
    return Flite(binary, names) if names else None
