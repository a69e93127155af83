"""The header of a WAV file, right or wrong in any field."""

from __future__ import annotations

import struct


def header(
    *,
    rate: int = 24_000,
    bits: int = 16,
    channels: int = 1,
    coding: int = 1,
    size: int = 0xFFFFFFFF,
    extra: bytes = b"",
) -> bytes:
    """`size` of the samples in bytes, by default unknown as a stream writes it; `extra`: chunks before the format."""
    form = struct.pack("<HHIIHH", coding, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    chunks = extra + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + chunks
