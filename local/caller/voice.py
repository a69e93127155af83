"""The caller's voice: flite's `rms` for a line of text, or a sound file."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import av
import numpy as np

from local.caller.sound import WIRE_RATE, Pcm
from ops.deadline import deadline

_WITHIN_S = 20.0


class NoVoiceError(Exception):
    """The line can't be spoken; the message says why, and what to do."""


async def speak(text: str, voice: str = "rms") -> Pcm:
    """`text` at 48 kHz, spoken by flite in a process of its own. NoVoiceError, DeadlineExceeded."""
    with tempfile.TemporaryDirectory(prefix="caller-") as folder:
        path = Path(folder) / "line.wav"
        try:
            process = await asyncio.create_subprocess_exec(
                *("flite", "-voice", voice, "-t", text, "-o", str(path)),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except FileNotFoundError:
            raise NoVoiceError(
                "flite is not installed: it speaks the caller's lines. Remedy: sudo apt-get install flite "
                "(macOS: brew install flite), or give sound files with --wav."
            ) from None
        try:
            async with deadline(_WITHIN_S, "flite"):
                _, complaint = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if process.returncode or not path.exists():
            raise NoVoiceError(f"flite could not speak {text!r}: {complaint.decode(errors='replace').strip()}")
        return load(path)


def load(path: Path) -> Pcm:
    """Any sound file that FFmpeg reads, as mono at 48 kHz. NoVoiceError when it can't."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=WIRE_RATE)
    pieces = [np.zeros(0, dtype=np.int16)]
    try:
        with av.open(str(path)) as source:
            for frame in (*source.decode(audio=0), None):
                pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    except (av.FFmpegError, OSError, IndexError) as error:
        raise NoVoiceError(f"{path} can't be read as sound: {error}") from error
    pcm: Pcm = np.concatenate(pieces)
    if not len(pcm):
        raise NoVoiceError(f"{path} holds no sound.")
    return pcm
