"""The audio shipped for failures says what the table says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agent import failures
from agent.speech import bundled_phrases, phrase_file


def test_every_phrase_of_the_table_is_bundled_with_its_words() -> None:
    """Changed words need new audio: python -m agent.speech.render <a speech server's base URL>."""
    index = json.loads((bundled_phrases.folder("en") / bundled_phrases.INDEX).read_text(encoding="utf-8"))
    assert index == failures.phrases(), "run: python -m agent.speech.render http://127.0.0.1:8200/v1"


@pytest.mark.parametrize("key", sorted(failures.phrases()))
def test_bundled_audio_is_sound(key: str) -> None:
    """It starts within 20 ms, is loud enough and about as long as its words take (6 to 30 characters a second)."""
    words = failures.phrases()[key]
    pcm = phrase_file.read(bundled_phrases.by_words("en-US")[words])
    assert pcm is not None
    samples = np.abs(np.frombuffer(pcm, np.int16).astype(np.int32))
    assert int(np.argmax(samples > 200)) <= 480
    assert samples.max() > 3000
    assert len(words) / 30 < len(samples) / 24_000 < len(words) / 6


def test_a_language_without_audio_of_its_own_speaks_english() -> None:
    """Words the caller may not understand are better than silence."""
    assert bundled_phrases.by_words("xx-XX") == bundled_phrases.by_words("en-US")
