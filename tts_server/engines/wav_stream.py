"""The samples of a WAV that arrives in pieces and whose length in the header means nothing."""

from __future__ import annotations

import struct

from tts_server.errors import EngineBroken


class WavStream:
    """Feed it bytes as they come; it gives the samples, whole ones. Mono s16le at `sample_rate`, else EngineBroken."""

    def __init__(self, engine: str, sample_rate: int) -> None:
        self._engine, self._sample_rate = engine, sample_rate
        self._held = b""
        self._in_data = False

    def feed(self, data: bytes) -> bytes:
        held = self._held + data
        if not self._in_data:
            start = self._start_of_data(held)
            if start is None:
                self._held = held
                return b""
            held, self._in_data = held[start:], True
        whole = len(held) & ~1
        self._held = held[whole:]
        return held[:whole]

    def _start_of_data(self, held: bytes) -> int | None:
        if len(held) < 12:
            return None
        if held[:4] != b"RIFF" or held[8:12] != b"WAVE":
            raise EngineBroken(self._engine, "its output is no WAV")
        at = 12
        while len(held) >= at + 8:
            kind, size = struct.unpack_from("<4sI", held, at)
            if kind == b"data":
                return at + 8
            if kind == b"fmt ":
                if len(held) < at + 24:
                    return None
                _, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", held, at + 8)
                if (channels, rate, bits) != (1, self._sample_rate, 16):
                    raise EngineBroken(self._engine, f"its audio is {channels} x {rate} Hz, {bits} bits")
            at += 8 + size
        return None
