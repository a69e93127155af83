"""The caller's voice: flite, files, and what is said when there is neither."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from local.caller.activity import level_dbfs
from local.caller.sound import WIRE_RATE
from local.caller.voice import NoVoiceError, load, speak


async def test_a_line_is_spoken_at_48_khz() -> None:
    """Two seconds or so, loud enough to be heard on a telephone."""
    pcm = await speak("What are your opening hours?")
    assert 1.0 < len(pcm) / WIRE_RATE < 4.0
    assert level_dbfs(pcm) > -30


async def test_without_flite_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoVoiceError, match="apt-get install flite"):
        await speak("Hello.")


def test_a_stereo_file_of_another_rate_is_read(tmp_path: Path) -> None:
    path = tmp_path / "line.wav"
    at = np.arange(44_100)
    left = (8000 * np.sin(2 * np.pi * 440 * at / 44_100)).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(44_100)
        out.writeframes(np.stack([left, left], axis=1).tobytes())
    pcm = load(path)
    assert len(pcm) == pytest.approx(WIRE_RATE, abs=50)
    assert 7500 < np.abs(pcm).max() < 8500


@pytest.mark.parametrize("content", [b"", b"this is no sound at all"])
def test_a_file_without_sound_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "line.wav"
    path.write_bytes(content)
    with pytest.raises(NoVoiceError, match=r"line\.wav"):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoVoiceError, match=r"none\.wav"):
        load(tmp_path / "none.wav")
