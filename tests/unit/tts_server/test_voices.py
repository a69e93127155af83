"""Names that lead to voices."""

from __future__ import annotations

import pytest

from tests.fakes.tts_engine import FakeEngine
from tts_server.engines import espeak, flite
from tts_server.engines.port import Engine, Voice
from tts_server.errors import UnknownVoice, WrongLanguage
from tts_server.voices import OPENAI_NAMES, Voices, language_for

# openai-python 3.52.0, types/audio/speech_create_params.py
_OPENAI = [
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
]


class _Named(FakeEngine):
    """A second engine with voices of its own."""

    def __init__(self, name: str, *voices: str) -> None:
        super().__init__()
        self.name = name
        self._named = [Voice(f"{name}:{voice}", name, voice, ("de",)) for voice in voices]

    def voices(self) -> list[Voice]:
        return self._named


def test_every_openai_name_leads_somewhere_whatever_is_installed() -> None:
    """A client written for OpenAI must not meet a 400 because flite is missing."""
    for engines in ([FakeEngine()], [_Named("espeak", "en-us")], [_Named("flite", "slt"), FakeEngine()]):
        voices = Voices(engines)
        assert {voices.find(name).engine for name in _OPENAI} == {engines[0].name}


def test_the_table_names_only_voices_that_the_engines_have() -> None:
    """A typing mistake in the table would fall back silently."""
    found: list[Engine | None] = [espeak.find(), flite.find()]
    known = {voice.id for engine in found if engine is not None for voice in engine.voices()}
    known |= {"flite:rms", "flite:slt", "flite:awb", "flite:kal16"}
    assert {voice_id for ids in OPENAI_NAMES.values() for voice_id in ids} <= known
    assert list(OPENAI_NAMES) == _OPENAI


def test_a_voice_answers_to_its_id_and_its_short_name() -> None:
    voices = Voices([_Named("one", "anna", "bert"), _Named("two", "bert")])
    assert voices.find("two:bert").engine == "two"
    assert voices.find("anna").id == "one:anna"
    assert voices.find("ANNA").id == "one:anna"
    with pytest.raises(UnknownVoice):
        voices.find("bert")  # whose?


def test_an_unknown_voice_names_the_known() -> None:
    with pytest.raises(UnknownVoice) as unknown:
        Voices([FakeEngine()]).find("siri")
    assert {"alloy", "fake:440"} <= set(unknown.value.known)


def test_a_language_is_the_voices_own_unless_one_of_its_others_is_wanted() -> None:
    voice = Voice("e:v", "e", "v", ("en-us", "de"))
    assert language_for(voice, None) == "en-us"
    assert language_for(voice, "DE") == "de"
    assert language_for(voice, "en") == "en-us"
    with pytest.raises(WrongLanguage):
        language_for(voice, "fr")
