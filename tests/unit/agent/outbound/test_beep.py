"""The tone of an answering machine, and everything on a telephone line that is none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from agent.outbound.beep import BeepDetector
from tests.support.flite import spoken

RATE = 16_000
Sound = npt.NDArray[np.int16]


def tone(*hertz: float, seconds: float = 0.4, level: float = 0.3, noise: float = 0.0) -> Sound:
    at = np.arange(int(RATE * seconds)) / RATE
    wave = sum(np.sin(2 * np.pi * h * at) for h in hertz) * level / len(hertz)
    hiss = np.random.default_rng(7).normal(0.0, noise, len(at)) if noise else 0.0
    return np.asarray((wave + hiss) * 32767, dtype=np.int16)


def silence(seconds: float) -> Sound:
    return np.zeros(int(RATE * seconds), dtype=np.int16)


def beeps(*sounds: Sound, piece_s: float = 0.02) -> list[float]:
    """When each beep was over, in seconds of `sounds`, which come in pieces."""
    pcm = np.concatenate([*sounds, silence(0.5)])
    detector, found, step = BeepDetector(RATE), [], int(RATE * piece_s)
    for start in range(0, len(pcm), step):
        if detector.heard(pcm[start : start + step]):
            found.append((start + step) / RATE)
    return found


@pytest.mark.parametrize("hertz", [425.0, 440.0, 850.0, 1000.0, 1400.0, 1950.0])
@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0])
def test_a_beep_is_heard_as_it_ends(hertz: float, seconds: float) -> None:
    """Whatever its pitch and length: within a quarter of a second, so that the message begins at once."""
    (at,) = beeps(silence(0.7), tone(hertz, seconds=seconds))
    assert 0.7 + seconds <= at <= 0.7 + seconds + 0.25


def test_a_beep_is_heard_behind_a_greeting_and_in_hiss() -> None:
    """The greeting of a machine as a telephone passes it, a pause, the tone, with noise over it."""
    greeting = spoken("You have reached Bob. Please leave a message after the tone.", rate=RATE)
    (at,) = beeps(greeting, tone(1000.0, noise=0.01))
    assert at > len(greeting) / RATE


def test_quiet_and_ragged_pieces_make_no_difference() -> None:
    """-36 dB, and frames of 7 ms."""
    assert len(beeps(silence(0.3), tone(900.0, level=0.022), piece_s=0.007)) == 1


SAID = (
    "Hello?",
    "Hello, this is Larkfield Dental, Susan speaking, how may I help you today?",
    "You have reached the voice mailbox of five five five, zero one zero, zero. Ooooh no, nobody is here.",
    "Oh. Mmmm. Aaaah. Who is this? Yoo hoo!",
)


@pytest.mark.parametrize("text", SAID)
@pytest.mark.parametrize("voice", ["rms", "slt"])
def test_speech_is_no_beep(text: str, voice: str) -> None:
    """A man's and a woman's voice, long vowels included."""
    assert beeps(spoken(text, voice, RATE)) == []


OTHERS: dict[str, list[Sound]] = {
    "ringing, US": [tone(440.0, 480.0, seconds=1.2)],
    "ringing, UK": [tone(400.0, 450.0, seconds=0.4), silence(0.2), tone(400.0, 450.0, seconds=0.4)],
    "key 5": [tone(770.0, 1336.0, seconds=0.3)],
    "not in service": [tone(913.8, seconds=0.33), tone(1370.6, seconds=0.33), tone(1776.7, seconds=0.33)],
    "dial tone that stays": [tone(425.0, seconds=5.0)],
    "a click": [tone(1000.0, seconds=0.05)],
    "too low": [tone(200.0, seconds=0.5)],
    "too high": [tone(2600.0, seconds=0.5)],
    "noise": [tone(0.0, seconds=1.0, noise=0.1)],
    "a tune": [tone(523.0, seconds=0.2), tone(659.0, seconds=0.2), tone(784.0, seconds=0.2)],
    "a siren": [tone(600.0 + 10 * step, seconds=0.02) for step in range(20)],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_tones_are_no_beep(name: str) -> None:
    """What else a telephone line plays."""
    assert beeps(silence(0.4), *OTHERS[name]) == []


def test_two_beeps_are_two() -> None:
    """Some machines beep twice: the second must be known, for the message begins again after it."""
    assert len(beeps(tone(1000.0, seconds=0.3), silence(0.5), tone(1000.0, seconds=0.3))) == 2
