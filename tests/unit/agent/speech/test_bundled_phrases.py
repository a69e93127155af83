"""The audio shipped for failures says what the table says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from agent.speech import bundled_phrases, phrase_file
from config.phrases.english import ENGLISH
from config.phrases.german import GERMAN
from config.phrases.table import BY_LANGUAGE


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_every_phrase_of_the_table_is_bundled_with_its_words(language: str) -> None:
    """Changed words need new audio: python -m agent.speech.render <a speech server's base URL> --language <it>."""
    index = json.loads((bundled_phrases.own_folder(language) / bundled_phrases.INDEX).read_text(encoding="utf-8"))
    assert index == BY_LANGUAGE[language].failures, "python -m agent.speech.render http://127.0.0.1:8200/v1"


@pytest.mark.parametrize("language", BY_LANGUAGE)
@pytest.mark.parametrize("key", sorted(ENGLISH.failures))
def test_bundled_audio_is_sound(key: str, language: str) -> None:
    """It starts within 20 ms, is loud enough and about as long as its words take (6 to 30 characters a second)."""
    words = BY_LANGUAGE[language].failures[key]
    pcm = phrase_file.read(bundled_phrases.by_words(language)[words])
    assert pcm is not None
    samples = np.abs(np.frombuffer(pcm, np.int16).astype(np.int32))
    assert int(np.argmax(samples > 200)) <= 480
    assert samples.max() > 3000
    assert len(words) / 30 < len(samples) / 24_000 < len(words) / 6


def test_a_language_without_audio_of_its_own_speaks_english() -> None:
    """Words the caller may not understand are better than silence."""
    assert bundled_phrases.by_words("xx-XX") == bundled_phrases.by_words("en-US")


def test_words_without_audio_of_their_own_are_said_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table may be there before anybody has rendered it: what breaks is not silent meanwhile."""
    shutil.copytree(bundled_phrases.own_folder("en"), tmp_path / "en")
    monkeypatch.setattr(bundled_phrases, "_BUNDLED", tmp_path)
    found = bundled_phrases.by_words("de-DE")
    assert found[GERMAN.failures["llm_slow"]] == tmp_path / "en/llm_slow.wav"
