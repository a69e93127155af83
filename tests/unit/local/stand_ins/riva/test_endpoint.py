"""Where speech begins and ends; silence and noise never begin it."""

import numpy as np
import pytest

from local.stand_ins.riva.audio import RATE, Pcm
from local.stand_ins.riva.endpoint import FRAME, FRAME_MS, Endpointer, Endpointing, Mark


def _voice(seconds: float) -> Pcm:
    """A buzz with a voice's harmonics: peaky, as vowels are."""
    t = np.arange(int(seconds * RATE)) / RATE
    return sum((2000 / n * np.sin(2 * np.pi * 120 * n * t) for n in range(1, 20)), np.zeros(t.size)).astype(np.int16)


def _noise(seconds: float, rms: float) -> Pcm:
    return np.clip(np.random.default_rng(1).normal(0, rms, int(seconds * RATE)), -32768, 32767).astype(np.int16)


def _marks(endpointer: Endpointer, pcm: Pcm) -> list[Mark]:
    return [endpointer.mark(pcm[at : at + FRAME]) for at in range(0, pcm.size - FRAME + 1, FRAME)]


@pytest.mark.parametrize("rms", [0, 5, 300, 3000, 15000])
def test_silence_and_noise_are_no_speech(rms: float) -> None:
    """A silent caller, a bad line or garbage bytes must give no words: an utterance would be heard as some."""
    assert set(_marks(Endpointer(Endpointing()), _noise(5, rms))) == {Mark.SILENCE}


def test_the_stop_window_of_the_client_decides_when_the_end_is() -> None:
    """A client that asks for 400 ms gets its final 400 ms after speech, by default 800."""
    for settings, wanted_ms in ((Endpointing(), 800), (Endpointing(stop_history_ms=400), 400)):
        pcm = np.concatenate([_noise(0.5, 3), _voice(1.0), _noise(2, 3)])
        marks = _marks(Endpointer(settings), pcm)
        assert marks.count(Mark.START) == 1
        end_ms = (marks.index(Mark.END) + 1) * FRAME_MS - 1500
        assert wanted_ms - 60 <= end_ms <= wanted_ms + 60


def test_a_probable_end_is_told_once_per_pause() -> None:
    """stop_history_eou is the early, first-pass end: once in each pause, and the utterance goes on when speech does."""
    pcm = np.concatenate([_voice(0.6), _noise(0.5, 3), _voice(0.6), _noise(0.5, 3)])
    marks = _marks(Endpointer(Endpointing(stop_history_eou_ms=240)), pcm)
    assert marks.count(Mark.PROBABLE_END) == 2
    assert Mark.END not in marks
