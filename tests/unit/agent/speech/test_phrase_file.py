"""A phrase's file is whole and sound, or it is not used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.speech import phrase_file

_RATE = 24_000
_TONE = np.full(_RATE // 2, 5000, np.int16)
_SILENCE = np.zeros(_RATE, np.int16)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Sample for sample, and no temporary file stays."""
    path = tmp_path / "new" / "a.wav"
    phrase_file.write(path, _TONE.tobytes(), _RATE)
    assert phrase_file.read(path) == _TONE.tobytes()
    assert [p.name for p in path.parent.iterdir()] == ["a.wav"]


def test_another_rate_is_resampled(tmp_path: Path) -> None:
    """The bundled files are 16 kHz: half a second stays half a second."""
    phrase_file.write(tmp_path / "a.wav", bytes(16_000), 16_000)
    pcm = phrase_file.read(tmp_path / "a.wav")
    assert pcm is not None
    assert len(pcm) == pytest.approx(_RATE, rel=0.02)


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"\0" * 1000, None])
def test_a_damaged_file_is_no_phrase(tmp_path: Path, damage: bytes | None) -> None:
    """Empty, cut short, overwritten: never half a greeting, never noise."""
    path = tmp_path / "a.wav"
    phrase_file.write(path, _TONE.tobytes(), _RATE)
    path.write_bytes(path.read_bytes()[:-100] if damage is None else damage)
    assert phrase_file.read(path) is None
    assert phrase_file.read(tmp_path / "missing.wav") is None


def test_silence_is_trimmed() -> None:
    """A phrase starts at once: at most 20 ms of silence before the first sound."""
    pcm = phrase_file.trimmed(np.concatenate([_SILENCE, _TONE, _SILENCE]).tobytes(), _RATE)
    samples = np.frombuffer(pcm, np.int16)
    assert int(np.argmax(samples > 200)) <= 0.02 * _RATE
    assert len(samples) < len(_TONE) + 0.2 * _RATE
    assert phrase_file.trimmed(_SILENCE.tobytes(), _RATE) == b""
