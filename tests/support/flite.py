"""A caller's voice for tests: flite, cut to what a telephone passes."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

_DEADLINE_S = 30


@cache
def spoken(text: str, voice: str = "rms", rate: int = 8000) -> npt.NDArray[np.int16]:
    """`text` in a flite voice through 8 kHz mu-law, as int16 at `rate` Hz, with half a second of silence around.

    Blocking: call it from a synchronous fixture or test.
    """
    with tempfile.TemporaryDirectory() as folder:
        said, phone = Path(folder) / "said.wav", Path(folder) / "phone.wav"
        _run("flite", "-voice", voice, "-t", text, "-o", str(said))
        _run("sox", "-D", "-v", "0.7", str(said), "-r", "8000", "-e", "mu-law", str(phone))
        _run("sox", "-D", str(phone), "-r", str(rate), "-e", "signed", "-b", "16", str(said), "pad", "0.5", "0.5")
        with wave.open(str(said)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_DEADLINE_S)
