"""eSpeak NG: many languages, instant, robotic, truly streaming. GPLv3, hence always in a process of its own.

The system's `espeak-ng` where there is one, else espeak_child.py over the library of the package espeakng-loader: the
same arguments, the same WAV on stdout. Options: espeak-ng(1) of 1.51. Speed limits: espeakRATE_MINIMUM and _MAXIMUM in
espeak-ng's src/include/espeak-ng/speak_lib.h, read in November 2026.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

from tts_server.engines.espeak_voices import read_voices
from tts_server.engines.port import SpeechRequest, Voice
from tts_server.engines.process import ask, child
from tts_server.engines.wav_stream import WavStream
from tts_server.errors import SpeechError

_NAME = "espeak"
_RATE = 22_050
_WPM = 175  # the pace of speed 1.0
_CHUNK = 8_192  # bytes
_CHILD = Path(__file__).parent / "espeak_child.py"


class Espeak:
    """Made by `find`. `command` is what speaks; holds no state beside it and the list of voices."""

    name = _NAME
    sample_rate = _RATE
    native_speed = (80 / _WPM, 450 / _WPM)

    def __init__(self, command: Sequence[str], voices: Sequence[Voice]) -> None:
        self._command, self._voices = tuple(command), tuple(voices)

    def __repr__(self) -> str:
        return f"<Espeak {len(self._voices)} voices, {Path(self._command[-1]).name}>"

    def voices(self) -> Sequence[Voice]:
        return self._voices

    async def synthesize(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        wpm = round(_WPM * request.speed)
        options = ["-v", request.voice.name, "-s", str(wpm), "-b", "1", "-z", "--stdout", "--stdin"]
        text = re.sub(r"\[(?=\[)", "[ ", request.text)  # two brackets would switch espeak to phoneme names
        wav = WavStream(_NAME, _RATE)
        async with child(_NAME, [*self._command, *options], text) as stdout:
            while data := await stdout.read(_CHUNK):
                if samples := wav.feed(data):
                    yield samples

    async def ready(self) -> bool:
        request = SpeechRequest("ready", "ok", self._voices[0], 1.0, self._voices[0].languages[0])
        try:
            async with aclosing(self.synthesize(request)) as chunks:
                return bool(await anext(chunks, b""))
        except SpeechError:
            return False

    async def aclose(self) -> None:
        """Nothing to stop: each request owns its process."""


def find() -> Espeak | None:
    """The system's espeak-ng, else the package's library, else None."""
    return find_system() or find_package()


def find_system() -> Espeak | None:
    binary = shutil.which("espeak-ng")
    if binary is None:
        return None
    data = re.search(r"Data at: (.+)", ask([binary, "--version"]))
    voices = read_voices(_NAME, Path(data[1].strip())) if data else ()
    return Espeak([binary], voices) if voices else None


def find_package() -> Espeak | None:
    package = importlib.util.find_spec("espeakng_loader")  # found, never imported: GPL code stays in the child
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    library = folder / ("libespeak-ng.dylib" if sys.platform == "darwin" else "libespeak-ng.so")
    voices = read_voices(_NAME, folder / "espeak-ng-data")
    if not library.exists() or not voices:
        return None
    return Espeak([sys.executable, "-I", "-S", str(_CHILD), str(library), str(folder)], voices)
