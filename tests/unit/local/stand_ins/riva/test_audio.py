"""Resampling chunk by chunk must be what resampling at once is."""

import numpy as np
import pytest

from local.stand_ins.riva.audio import RATE, Resampler, Samples


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_a_tone_keeps_its_pitch_and_level_whatever_the_chunks(rate: int) -> None:
    """The agent sends 50 ms chunks, a WAV comes whole: the decoder must hear the same."""
    tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)).astype(np.int16)
    whole = Resampler(rate).feed(tone)
    by_chunk = Resampler(rate)
    parts = np.concatenate([by_chunk.feed(tone[at : at + 333]) for at in range(0, rate, 333)])
    assert np.array_equal(whole, parts)
    assert abs(whole.size - RATE) <= 1
    spectrum = np.abs(np.fft.rfft(whole[:RATE].astype(float)))
    assert abs(int(np.argmax(spectrum)) - 1000) <= 1
    assert np.sqrt(np.mean(whole[1000:].astype(float) ** 2)) == pytest.approx(8000 / np.sqrt(2), rel=0.02)


def test_what_a_lower_rate_cannot_carry_is_gone() -> None:
    """A 15 kHz tone at 48 kHz must not fold down into the voice band."""
    tone = (8000 * np.sin(2 * np.pi * 15000 * np.arange(48000) / 48000)).astype(np.int16)
    assert np.abs(Resampler(48000).feed(tone)[200:]).max() < 80


def test_an_odd_byte_waits_for_its_other_half() -> None:
    """Garbage lengths on the wire must not turn all later samples into noise."""
    samples = Samples()
    assert samples.feed(b"\x01").size == 0
    assert samples.feed(b"\x00\x02").tolist() == [1]
    assert samples.feed(b"\x00").tolist() == [2]


def test_other_rates_are_refused() -> None:
    """11025 Hz has no small ratio to 16 kHz."""
    with pytest.raises(ValueError, match="11025"):
        Resampler(11025)
