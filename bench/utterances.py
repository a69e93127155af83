"""What the callers say: short sentences as people say them to a receptionist, spoken by flite's voices and cut to their
voiced samples, so that the end of the sound is the end of the speech. The ASR stub knows all of them.

`CAST` is the usual mix. Each sentence has a voice, chosen so that LiveKit's local turn detector (v1-mini) makes the
bare starter late on about a quarter of them; over all voices and sentences, asked after 250 ms of silence, it says "not
yet" to 40 %, flite's prosody being flat. So the median shows the path, the 95th percentile what a "not yet" costs.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import audio

VOICES = ("rms", "slt", "awb", "kal16")
CAST = (
    ("rms", "I would like to book an appointment, please."),
    ("kal16", "What time do you open on Monday?"),
    ("rms", "Could you tell me where the clinic is?"),
    ("slt", "My name is Robert Miller."),
    ("slt", "I need to cancel my visit next week."),
    ("kal16", "Do you have anything on Thursday afternoon?"),
    ("awb", "Yes, that works for me."),
    ("slt", "No, I think that is all."),
    ("awb", "Can I speak to a real person?"),
    ("awb", "It is about my knee, it hurts when I walk."),
    ("rms", "How much does a first visit cost?"),
    ("kal16", "Tomorrow at ten would be fine."),
    ("slt", "Please ask the doctor to call me back."),
    ("kal16", "Is there parking near the building?"),
    ("rms", "I have been waiting for my results since Friday."),
    ("kal16", "Can I bring my son along?"),
    ("kal16", "Thank you, and what should I bring with me?"),
    ("slt", "Sorry, could you say that again?"),
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


def load(rate: int, *, every: bool = False) -> tuple[Utterance, ...]:
    """The usual cast, or every sentence in every voice, at `rate` Hz; the same on every call, numbered in its order.

    Raises RuntimeError where flite is not installed.
    """
    flite = shutil.which("flite")
    if flite is None:
        raise RuntimeError("flite is missing: sudo apt-get install flite")
    cast = [(voice, text) for _, text in CAST for voice in VOICES] if every else CAST
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        return tuple(_speak(flite, number, voice, text, path, rate) for number, (voice, text) in enumerate(cast))


def _speak(flite: str, number: int, voice: str, text: str, path: Path, rate: int) -> Utterance:
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
