"""Both sides on one timeline."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from local.caller.recorder import Recorder, Side
from local.caller.sound import EAR_RATE


def ones(seconds: float, value: int = 1000) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(round(seconds * EAR_RATE), value, np.int16)


def test_sound_lies_where_it_was_placed() -> None:
    """Late or early by a sample, and every latency would be wrong."""
    recorder = Recorder()
    recorder.place(Side.CALLER, 1.0, ones(0.5))
    heard = recorder.sound(Side.CALLER)
    assert np.flatnonzero(heard).tolist() == list(range(EAR_RATE, EAR_RATE + EAR_RATE // 2))
    assert not recorder.sound(Side.AGENT).any()
    assert recorder.seconds == 1.5


def test_two_tracks_at_once_are_mixed_and_do_not_wrap_round() -> None:
    """An agent over its own background sound: int16 that overflows is a bang."""
    recorder = Recorder()
    recorder.place(Side.AGENT, 0.0, ones(0.2, 30_000))
    recorder.place(Side.AGENT, 0.1, ones(0.2, 10_000))
    heard = recorder.sound(Side.AGENT)
    assert [int(heard[round(at * EAR_RATE)]) for at in (0.05, 0.15, 0.25)] == [30_000, 32_767, 10_000]


def test_a_call_longer_than_the_first_buffer_is_kept_whole() -> None:
    recorder = Recorder()
    for second in range(100):
        recorder.place(Side.AGENT, float(second), ones(1.0, second + 1))
    assert recorder.sound(Side.AGENT, 98.0, 99.0).tolist() == [99] * EAR_RATE
    assert recorder.seconds == 100


def test_what_was_heard_before_the_call_is_cut() -> None:
    recorder = Recorder()
    recorder.place(Side.AGENT, -0.25, ones(0.5))
    assert recorder.seconds == 0.25


def test_an_absurd_position_is_refused_instead_of_filling_the_memory() -> None:
    with pytest.raises(ValueError, match="beyond the longest call"):
        Recorder().place(Side.AGENT, 1e6, ones(0.02))


def test_the_file_has_the_agent_left_and_the_caller_right(tmp_path: Path) -> None:
    """Whoever listens to it, or measures it elsewhere, relies on the channels."""
    recorder = Recorder()
    recorder.place(Side.AGENT, 0.0, ones(0.1, 111))
    recorder.place(Side.CALLER, 0.0, ones(0.2, 222))
    recorder.write(tmp_path / "new" / "call.wav")
    with wave.open(str(tmp_path / "new" / "call.wav")) as read:
        assert (read.getnchannels(), read.getframerate(), read.getsampwidth()) == (2, EAR_RATE, 2)
        both = np.frombuffer(read.readframes(read.getnframes()), "<i2").reshape(-1, 2)
    assert both[0].tolist() == [111, 222]
    assert both[-1].tolist() == [0, 222]
