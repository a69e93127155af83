"""Samples out of a WAV file while it arrives: for speech servers that send one though they were asked for pcm."""

from __future__ import annotations

import struct

from livekit.agents import APIError

_PCM, _EXTENSIBLE = 1, 0xFFFE
_MOST_HEADER_BYTES = 65_536
_ENDLESS = (0, 0x7FFFFFFF)  # sizes from here on, and 0, are written by servers that don't know it beforehand


class WavStream:
    """`push` what arrives, get samples back: 16 bit little-endian mono at `sample_rate`, or an APIError that says why.

    Without the header of a WAV file everything is taken for samples, unless `must` be one.
    """

    def __init__(self, sample_rate: int, *, must: bool) -> None:
        self._rate, self._must = sample_rate, must
        self._held = b""
        self._described = self._in_samples = False
        self._left: int | None = None  # bytes of samples still to come; None: all that comes

    def push(self, data: bytes) -> bytes:
        """Raises APIError (not retryable)."""
        if self._in_samples:
            return self._samples(data)
        self._held += data
        if not _may_be_wav(self._held):
            if self._must:
                raise self._wrong("something else than the WAV file it announced")
            self._in_samples = True
            return self._take_held()
        if len(self._held) >= 12 and self._skip_header(12):
            return self._samples(self._take_held())
        if len(self._held) > _MOST_HEADER_BYTES:
            raise self._wrong("a WAV file without samples")
        return b""

    def _skip_header(self, position: int) -> bool:
        """True when the samples have begun: what is held are the first of them."""
        while len(self._held) >= position + 8:
            name, size = struct.unpack_from("<4sI", self._held, position)
            position += 8
            if name == b"data":
                if not self._described:
                    raise self._wrong("a WAV file without a format")
                self._in_samples, self._left = True, size if _ENDLESS[0] < size < _ENDLESS[1] else None
                self._held = self._held[position:]
                return True
            if name == b"fmt " and len(self._held) >= position + 16:
                self._check(*struct.unpack_from("<HHIIHH", self._held, position))
            position += size + (size & 1)
        return False

    def _check(self, coding: int, channels: int, rate: int, _: int, __: int, bits: int) -> None:
        if coding not in (_PCM, _EXTENSIBLE) or (channels, rate, bits) != (1, self._rate, 16):
            what = "PCM" if coding in (_PCM, _EXTENSIBLE) else f"coding {coding}"
            raise self._wrong(f"WAV of {rate} Hz, {bits} bit, {channels} channel(s), {what}")
        self._described = True

    def _samples(self, data: bytes) -> bytes:
        if self._left is None:
            return data
        data = data[: self._left]
        self._left -= len(data)
        return data

    def _wrong(self, what: str) -> APIError:
        return APIError(f"the speech server sent {what}; needed is {self._rate} Hz, 16 bit, mono PCM", retryable=False)

    def _take_held(self) -> bytes:
        held, self._held = self._held, b""
        return held


def _may_be_wav(begin: bytes) -> bool:
    return b"RIFF".startswith(begin[:4]) and b"WAVE".startswith(begin[8:12])
