"""Opus packets of 20 ms, by FFmpeg's libopus (PyAV)."""

from __future__ import annotations

import av
import numpy as np

from local.caller.sound import WIRE_RATE, Pcm

FRAME = WIRE_RATE // 50  # samples of a packet
_BITS_PER_SECOND = 32_000


class OpusEncoder:
    """One stream of packets from frames of exactly `FRAME` samples."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libopus", "w")
        self._codec.sample_rate, self._codec.format, self._codec.layout = WIRE_RATE, "s16", "mono"
        self._codec.bit_rate = _BITS_PER_SECOND
        self._codec.options = {"application": "voip", "frame_duration": "20"}
        self._sent = 0

    def encode(self, pcm: Pcm) -> bytes:
        if len(pcm) != FRAME:
            raise ValueError(f"an Opus frame is {FRAME} samples, not {len(pcm)}")
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = WIRE_RATE, self._sent
        self._sent += FRAME
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


class OpusDecoder:
    """The sound of one stream's packets. A lost packet is not concealed: its 20 ms stay silent."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libopus", "r")
        self._codec.sample_rate, self._codec.layout = WIRE_RATE, "mono"

    def decode(self, packet: bytes) -> Pcm:
        """Mono at 48 kHz. Empty for a packet that is no Opus."""
        if not packet:  # to FFmpeg the end of the stream, after which it decodes no more
            return np.zeros(0, dtype=np.int16)
        try:
            frames = self._codec.decode(av.Packet(packet))
        except av.FFmpegError:
            return np.zeros(0, dtype=np.int16)
        return np.concatenate([np.zeros(0, dtype=np.int16), *(frame.to_ndarray()[0] for frame in frames)])
