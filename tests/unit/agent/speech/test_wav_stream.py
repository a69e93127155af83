"""A WAV file as it arrives: its samples and nothing else, however it is cut."""

from __future__ import annotations

import pytest
from livekit.agents import APIError

from agent.speech.wav_stream import WavStream
from tests.support.wav import header

_SAMPLES = bytes(range(1, 101))
_LIST = b"LIST\x03\x00\x00\x00abc\x00"  # an odd size is followed by a byte of padding


def _pushed(data: bytes, step: int, *, must: bool = True) -> bytes:
    wav = WavStream(24_000, must=must)
    return b"".join(wav.push(data[i : i + step]) for i in range(0, len(data), step))


@pytest.mark.parametrize("step", [1, 7, 44, 1000])
@pytest.mark.parametrize("begin", [header(), header(size=0), header(extra=_LIST), header(coding=0xFFFE)])
def test_all_samples_and_no_header(begin: bytes, step: int) -> None:
    """A header that is played is a click; chunks may come before the format."""
    assert _pushed(begin + _SAMPLES, step) == _SAMPLES


@pytest.mark.parametrize("step", [1, 1000])
def test_what_follows_the_samples_is_not_played(step: int) -> None:
    """Encoders put their name behind them."""
    assert _pushed(header(size=len(_SAMPLES)) + _SAMPLES + _LIST, step) == _SAMPLES


@pytest.mark.parametrize("begin", [b"", b"RI", b"RIFFabcdWAX"])
def test_samples_without_a_header_pass_as_they_are(begin: bytes) -> None:
    """Also those that begin like one."""
    assert _pushed(begin + _SAMPLES, 1, must=False) == begin + _SAMPLES


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (header(rate=16_000), "16000 Hz, 16 bit"),
        (header(bits=32, coding=3), "32 bit, 1 channel.*coding 3"),
        (header(channels=2), "2 channel"),
        (b"<html> an error page", "something else"),
        (header()[:12] + b"data\x00\x00\x00\x00", "without a format"),
        (header(extra=b"junk\xff\xff\xff\x00" + bytes(70_000))[:70_000], "without samples"),
    ],
)
def test_anything_else_is_refused_with_what_is_needed(data: bytes, said: str) -> None:
    """Not retryable: the server will send the same again."""
    with pytest.raises(APIError, match=f"{said}.*needed is 24000 Hz, 16 bit, mono PCM") as caught:
        _pushed(data, 100)
    assert not caught.value.retryable
