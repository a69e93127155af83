"""The measuring ear: an onset or an end read wrongly is a wrong figure that nobody would notice."""

from __future__ import annotations

import numpy as np

from bench.audio import Pcm
from bench.ear import Ear

RATE = 48_000
SIZE = 480


def frame(loud: bool) -> Pcm:
    return np.full(SIZE, 5000 if loud else 3, dtype=np.int16)


def heard(pattern: str) -> Ear:
    """One character is 10 ms: "#" sounds, "." does not; the first frame arrives at second 100."""
    ear = Ear(RATE)
    for index, mark in enumerate(pattern):
        ear.hear(frame(mark == "#"), 100 + index * 0.010)
    return ear


def test_an_onset_is_found_within_its_frame() -> None:
    """A frame that begins quietly counts from its first audible sample on."""
    ear = heard("..")
    late = frame(False)
    late[240:] = 5000
    ear.hear(late, 100.02)
    assert ear.first_after(100.0) == 100.02 + 240 / RATE


def test_what_was_heard_before_is_not_an_answer() -> None:
    """The tail of the last answer must not be taken for the next one."""
    ear = heard("###.....##")
    onset = ear.first_after(100.035)
    assert onset is not None
    assert abs(onset - 100.08) < 1e-9


def test_nothing_heard_has_no_onset() -> None:
    """No answer is None, not a number."""
    assert heard("....").first_after(100.0) is None
    assert not heard("....").heard_between(100.0, 200.0)


def test_a_short_pause_is_not_the_end() -> None:
    """Silence begins with the first gap that is long enough, not with a pause between two words."""
    ear = heard("####..####" + "." * 40)
    silent = ear.silence_after(100.0, 0.30, now=100.5)
    assert silent is not None
    assert abs(silent - (100.09 + 479 / RATE)) < 1e-9


def test_an_end_is_not_known_before_its_gap_has_passed() -> None:
    """While the gap is still short, the agent may go on."""
    assert heard("####" + "." * 10).silence_after(100.0, 0.30, now=100.14) is None


def test_sound_after_the_gap_does_not_hide_it() -> None:
    """An agent that stops and resumes did stop."""
    silent = heard("###" + "." * 40 + "###").silence_after(100.0, 0.30, now=100.46)
    assert silent is not None
    assert silent < 100.04
