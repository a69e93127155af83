"""What the callers say: short sentences as people say them to a receptionist, spoken by flite's voices and cut to their
voiced samples, so that the end of the sound is the end of the speech. The ASR stub knows the same list."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import audio

VOICES = ("rms", "slt", "awb", "kal16")
SENTENCES = (
    "I would like to book an appointment, please.",
    "What time do you open on Monday?",
    "Could you tell me where the clinic is?",
    "My name is Robert Miller.",
    "I need to cancel my visit next week.",
    "Do you have anything on Thursday afternoon?",
    "Yes, that works for me.",
    "No, I think that is all.",
    "Can I speak to a real person?",
    "It is about my knee, it hurts when I walk.",
    "How much does a first visit cost?",
    "Tomorrow at ten would be fine.",
    "Please ask the doctor to call me back.",
    "Is there parking near the building?",
    "I have been waiting for my results since Friday.",
    "Can I bring my son along?",
    "Thank you, and what should I bring with me?",
    "Sorry, could you say that again?",
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written; seconds from the first voiced sample of its utterance."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Utterance:
    """`pcm`: int16 mono at `rate` Hz, from the first voiced sample to the last."""

    number: int
    voice: str
    text: str
    pcm: audio.Pcm
    rate: int
    words: tuple[Word, ...]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / self.rate


def load(rate: int) -> tuple[Utterance, ...]:
    """All utterances at `rate` Hz, the same on every call. Raises RuntimeError where flite is not installed."""
    flite = shutil.which("flite")
    if flite is None:
        raise RuntimeError("flite is missing: sudo apt-get install flite")
    with tempfile.TemporaryDirectory() as folder:
        return tuple(_speak(flite, number, Path(folder) / f"{number}.wav", rate) for number in range(len(SENTENCES)))


def _speak(flite: str, number: int, path: Path, rate: int) -> Utterance:
    voice, text = VOICES[number % len(VOICES)], SENTENCES[number]
    subprocess.run([flite, "-voice", voice, "-t", text, "-o", str(path)], check=True, timeout=30, capture_output=True)
    found, found_rate = audio.read_wav(path)
    pcm = audio.level(audio.resample(audio.trim(found, found_rate), found_rate, rate))
    return Utterance(number, voice, text, pcm, rate, _words(text, pcm, rate))


def _words(text: str, pcm: audio.Pcm, rate: int) -> tuple[Word, ...]:
    """Words laid over the voiced frames in proportion to their letters: pauses belong to no word."""
    tokens = text.split()
    frames = np.flatnonzero(audio.voiced(pcm, rate))
    shares = np.cumsum([0, *(len(token) + 1 for token in tokens)]) / sum(len(token) + 1 for token in tokens)
    marks = np.rint(shares * (len(frames) - 1)).astype(int)
    return tuple(
        Word(token, float(frames[marks[i]]) * audio.FRAME_S, float(frames[marks[i + 1]] + 1) * audio.FRAME_S)
        for i, token in enumerate(tokens)
    )
