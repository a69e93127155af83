"""The six response formats, each written as a stream: bytes leave as soon as the codec gives them, tails included."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

import av

from tts_server.audio.frames import to_frame

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
SAMPLE_RATE = 24_000  # Hz, of what encoders are fed and of every format but opus (48 kHz by RFC 7845)


class Encoder(Protocol):
    """Fed mono s16le at SAMPLE_RATE; gives bytes of a file. `finish` once, last: nothing is complete without it."""

    def feed(self, pcm: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class Pcm:
    def feed(self, pcm: bytes) -> bytes:
        return pcm

    def finish(self) -> bytes:
        return b""


class Wav:
    """A WAV of unknown length: both sizes are 0xFFFFFFFF, as ffmpeg writes them to a pipe; players read to the end."""

    def __init__(self) -> None:
        rate, unknown = SAMPLE_RATE, 0xFFFFFFFF
        form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
        self._head = struct.pack("<4sI4s4sI", b"RIFF", unknown, b"WAVE", b"fmt ", 16) + form
        self._head += struct.pack("<4sI", b"data", unknown)

    def feed(self, pcm: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + pcm

    def finish(self) -> bytes:
        return self.feed(b"")


@dataclass(frozen=True, slots=True)
class Codec:
    """How PyAV writes a format. `options` are the muxer's, and keep it from seeking back or waiting for a full page."""

    container: str
    codec: str
    rate: int = SAMPLE_RATE
    bit_rate: int | None = None
    options: dict[str, str] = field(default_factory=dict)


_CODECS: dict[str, Codec] = {
    "mp3": Codec("mp3", "libmp3lame", bit_rate=64_000, options={"write_xing": "0", "id3v2_version": "0"}),
    "opus": Codec("ogg", "libopus", rate=48_000, bit_rate=48_000, options={"page_duration": "100000"}),
    "aac": Codec("adts", "aac", bit_rate=64_000),
    "flac": Codec("flac", "flac"),
}
CONTENT_TYPES: dict[Format, str] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg; codecs=opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


class _Sink:
    """A file that can only be written to, so that no muxer goes back to correct its header."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data, self._written = b"".join(self._written), []
        return data


class Compressed:
    """mp3, opus in Ogg, aac in ADTS, flac. The tail is whole: the container is closed before the sink is read."""

    def __init__(self, codec: Codec) -> None:
        self._sink = _Sink()
        options = {"flush_packets": "1", **codec.options}
        self._container = av.open(self._sink, "w", format=codec.container, container_options=options)
        self._stream = cast("av.AudioStream", self._container.add_stream(codec.codec, rate=codec.rate, layout="mono"))
        if codec.bit_rate is not None:
            self._stream.bit_rate = codec.bit_rate
        self._fed = 0

    def feed(self, pcm: bytes) -> bytes:
        if pcm:
            frame = to_frame(pcm, SAMPLE_RATE, self._fed)
            self._fed += frame.samples
            self._container.mux(self._stream.encode(frame))
        return self._sink.take()

    def finish(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._sink.take()


def encoder_for(format: Format) -> Encoder:
    if format == "pcm":
        return Pcm()
    return Wav() if format == "wav" else Compressed(_CODECS[format])
