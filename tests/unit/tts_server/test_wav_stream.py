"""Samples out of a WAV that comes in pieces of any size."""

from __future__ import annotations

import struct

import pytest

from tts_server.engines.wav_stream import WavStream
from tts_server.errors import EngineBroken


def _wav(samples: bytes, rate: int = 16_000, channels: int = 1, extra: bytes = b"") -> bytes:
    form = struct.pack("<HHIIHH", 1, channels, rate, 2 * rate, 2, 16)
    return b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", 16) + form + extra + b"data\xff\xff\xff\x7f" + samples


@pytest.mark.parametrize("size", [1, 3, 7, 44, 1000])
@pytest.mark.parametrize("extra", [b"", b"LIST\x04\x00\x00\x00abcd"])
def test_the_samples_come_whole_however_the_file_is_cut(size: int, extra: bytes) -> None:
    """A pipe cuts anywhere: in the header, in the middle of a sample."""
    samples = bytes(range(200))
    data, stream = _wav(samples, extra=extra), WavStream("e", 16_000)
    pieces = [stream.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert b"".join(pieces) == samples
    assert all(len(piece) % 2 == 0 for piece in pieces)


@pytest.mark.parametrize("data", [b"Error: no such voice exists", _wav(b"", rate=8_000), _wav(b"", channels=2)])
def test_what_is_not_the_engines_format_is_a_broken_engine(data: bytes) -> None:
    """Noise at the caller's ear, or speech at double speed, is worse than an error."""
    with pytest.raises(EngineBroken):
        WavStream("e", 16_000).feed(data)
