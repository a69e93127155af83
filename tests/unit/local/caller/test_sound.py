"""The narrow band of a telephone: what it lets through, what it takes away, and that pieces make a whole."""

from __future__ import annotations

import numpy as np
import pytest

from local.caller.sound import (
    PHONE_RATE,
    WIRE_RATE,
    Decimator,
    Interpolator,
    Pcm,
    PhoneBand,
    from_mulaw,
    to_mulaw,
)

# ITU-T G.711, table 2a, by the C reference of the ITU-T Software Tool Library (ulaw_compress / ulaw_expand).
CODES = {0: 0xFF, 100: 0xF2, -100: 0x72, 1000: 0xCE, -1000: 0x4E, 8031: 0xA0, 32635: 0x80, -32768: 0x00}
VALUES = {0xFF: 0, 0xF2: 104, 0x72: -104, 0xCE: 988, 0x4E: -988, 0xA0: 7932, 0x80: 32124, 0x00: -32124}


def tone(hertz: float, seconds: float = 0.5, rate: int = WIRE_RATE, peak: float = 8000) -> Pcm:
    at = np.arange(round(seconds * rate))
    return (peak * np.sin(2 * np.pi * hertz * at / rate)).astype(np.int16)


def rms(pcm: Pcm) -> float:
    middle = pcm[len(pcm) // 4 : -len(pcm) // 4].astype(np.float64)
    return max(float(np.sqrt(np.mean(middle**2))), 1e-9)


def test_mulaw_codes_are_those_of_the_standard() -> None:
    """A wrong segment or sign would still sound like speech, and like no telephone."""
    assert dict(zip(CODES, to_mulaw(np.array(list(CODES), np.int16)).tolist(), strict=True)) == CODES
    assert dict(zip(VALUES, from_mulaw(np.array(list(VALUES), np.uint8)).tolist(), strict=True)) == VALUES


def test_every_mulaw_code_survives_a_round_trip() -> None:
    """But for 0x7F, the second zero."""
    codes = np.array([code for code in range(256) if code != 0x7F], np.uint8)
    assert to_mulaw(from_mulaw(codes)).tolist() == codes.tolist()


@pytest.mark.parametrize(("hertz", "kept"), [(300, True), (1000, True), (3000, True), (5000, False), (7000, False)])
def test_a_telephone_keeps_speech_and_loses_what_lies_above(hertz: float, kept: bool) -> None:
    """Without the filter 5 kHz would come out as 3 kHz, loud."""
    loss_db = 20 * np.log10(rms(PhoneBand().feed(tone(hertz))) / rms(tone(hertz)))
    assert abs(loss_db) < 1 if kept else loss_db < -35


def test_interpolation_makes_no_images() -> None:
    """A 1 kHz tone of 8 kHz stays one tone at 48 kHz: nothing at 7 or 9 kHz."""
    up = Interpolator(6).feed(tone(1000, rate=PHONE_RATE))
    spectrum = np.abs(np.fft.rfft(up[4800:-4800] * np.hanning(len(up) - 9600)))
    at = np.fft.rfftfreq(len(up) - 9600, 1 / WIRE_RATE)
    assert at[spectrum.argmax()] == pytest.approx(1000, abs=5)
    assert 20 * np.log10(spectrum[at > 4500].max() / spectrum.max()) < -35


@pytest.mark.parametrize("make", [lambda: Decimator(6), lambda: Interpolator(2), PhoneBand])
def test_a_stream_in_pieces_sounds_like_the_whole(make: type[PhoneBand]) -> None:
    """Packets of 20 ms must not click at their edges."""
    whole = tone(700)
    stream = make()
    pieces = [stream.feed(piece) for piece in whole.reshape(-1, 960)]
    assert np.concatenate(pieces).tolist() == make().feed(whole).tolist()


def test_a_piece_that_does_not_divide_is_refused() -> None:
    """It would shift everything after it by a fraction of a sample."""
    with pytest.raises(ValueError, match="no multiple"):
        Decimator(6).feed(tone(700)[:959])
