"""Voice names: the engines' own, and OpenAI's, so that a client written for OpenAI speaks here unchanged."""

from __future__ import annotations

from collections.abc import Sequence

from tts_server.engines.port import Engine, Voice
from tts_server.errors import UnknownVoice, WrongLanguage

# OpenAI's names (openai-python 3.52.0, types/audio/speech_create_params.py) -> our voices, best first: the first that
# this machine has is used.
OPENAI_NAMES: dict[str, tuple[str, ...]] = {
    "alloy": ("flite:slt", "espeak:en-us+f3"),
    "ash": ("flite:rms", "espeak:en-us+m3"),
    "ballad": ("flite:awb", "espeak:en-gb+m3"),
    "coral": ("flite:slt", "espeak:en-us+f2"),
    "echo": ("flite:rms", "espeak:en-us+m1"),
    "fable": ("flite:awb", "espeak:en-gb"),
    "onyx": ("flite:kal16", "espeak:en-us+m7"),
    "nova": ("flite:slt", "espeak:en-us+f4"),
    "sage": ("flite:slt", "espeak:en-gb+f3"),
    "shimmer": ("flite:slt", "espeak:en-gb+f2"),
    "verse": ("flite:rms", "espeak:en-us"),
    "marin": ("flite:slt", "espeak:en-gb+f4"),
    "cedar": ("flite:rms", "espeak:en-gb+m7"),
}


class Voices:
    """Every voice of every engine, by every name it answers to: its id, OpenAI's names, and its own short name
    ("rms") where it is not another's too."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self.all: tuple[Voice, ...] = tuple(voice for engine in engines for voice in engine.voices())
        self._engines = {engine.name: engine for engine in engines}
        by_id = {voice.id: voice for voice in self.all}
        self.openai_names = {
            name: by_id[next((voice_id for voice_id in ids if voice_id in by_id), self.all[0].id)]
            for name, ids in OPENAI_NAMES.items()
        }
        short: dict[str, list[Voice]] = {}
        for voice in self.all:
            short.setdefault(voice.id.partition(":")[2], []).append(voice)
        self._by_name = {name: voices[0] for name, voices in short.items() if len(voices) == 1}
        self._by_name |= self.openai_names | by_id

    @property
    def names(self) -> list[str]:
        """Every name that `find` knows."""
        return sorted(self._by_name)

    def find(self, name: str) -> Voice:
        """The voice called `name`, letter case apart. Raises UnknownVoice."""
        voice = self._by_name.get(name) or self._by_name.get(name.strip().lower())
        if voice is None:
            plain = [voice.id for voice in self.all if "+" not in voice.id]
            raise UnknownVoice((*self.openai_names, *plain))
        return voice

    def engine_of(self, voice: Voice) -> Engine:
        return self._engines[voice.engine]


def language_for(voice: Voice, wanted: str | None) -> str:
    """The BCP 47 tag to speak in: the voice's own where none is wanted. Raises WrongLanguage."""
    if wanted is None:
        return voice.languages[0]
    for language in voice.languages:
        if language == wanted.lower() or language.split("-")[0] == wanted.lower():
            return language
    raise WrongLanguage(voice.id, voice.languages)
