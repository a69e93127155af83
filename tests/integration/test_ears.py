"""The tests' own ears: what they cannot hear, no call test can assert."""

import numpy as np
import pytest

from local.ears import closest, transcribe
from tests.support.flite import spoken

_SENTENCES = (
    "Your appointment is booked for Tuesday at half past ten.",
    "We are closed on Saturday.",
    "I'm sorry, I didn't catch that.",
    "Thank you for calling. Goodbye!",
)


def test_words_with_times_from_both_sides_of_a_pause() -> None:
    """A recording of a turn, silence included."""
    pcm = np.concatenate([spoken("my name is alice cooper"), np.zeros(16000, np.int16), spoken("are you a robot")])
    words = transcribe(pcm, 8000)
    assert " ".join(word.text for word in words) == "my name is alice cooper are you a robot"
    assert all(0 <= word.start_s < word.end_s <= pcm.size / 8000 for word in words)
    assert words[5].start_s - words[4].end_s > 2


def test_silence_and_noise_have_no_words() -> None:
    """An agent that says nothing must not be heard saying something."""
    noise = np.random.default_rng(0).normal(0, 2000, 32000).astype(np.int16)
    assert transcribe(np.zeros(32000, np.int16), 16000) == []
    assert closest(noise, 16000, _SENTENCES) == (-1, 0.0)


@pytest.mark.parametrize("n", range(len(_SENTENCES)))
def test_the_sentence_that_was_said_is_chosen(n: int) -> None:
    """In the agent's best understood voice, through a telephone."""
    chosen, share = closest(spoken(_SENTENCES[n], "awb"), 8000, _SENTENCES)
    assert chosen == n
    assert share > 0.5


def test_a_sentence_that_is_none_of_them_is_none() -> None:
    """Decoys catch what a grammar would otherwise force onto the nearest sentence."""
    assert closest(spoken("she sells sea shells by the sea shore", "awb"), 8000, _SENTENCES)[0] == -1
