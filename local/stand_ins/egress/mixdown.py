"""`python -m local.stand_ins.egress.mixdown FOLDER`: one stereo OGG/Opus file of the packets of a room's tracks.

FOLDER has recording.json and the tracks' packets as spool.go writes them, and gets recording.ogg. Nothing is held in
memory but a second of sound and the tracks' timestamps, however long the talk was.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np

from local.caller.opus import OpusDecoder
from local.caller.sound import Pcm
from local.stand_ins.egress.placement import LEFT_OUT, RATE, places

_HEADER = struct.Struct("<QIH")  # ns, RTP timestamp, bytes
_PIECE = RATE  # a second is mixed at a time
_FRAME = RATE // 50


class Track:
    """The sound of one file of packets, given piece by piece from the sample `origin` of the spool's clock on."""

    def __init__(self, path: Path, origin: int) -> None:
        self._sound = self._placed(path, origin)
        self._next: tuple[int, Pcm] | None = next(self._sound, None)

    def add_to(self, mix: np.ndarray, start: int) -> None:
        """Add what is heard in len(mix) samples from `start`. Each piece follows the one before."""
        end = start + len(mix)
        while self._next is not None and self._next[0] < end:
            at, pcm = self._next
            first, last = max(at, start), min(at + len(pcm), end)
            if first < last:
                mix[first - start : last - start] += pcm[first - at : last - at]
            if at + len(pcm) > end:
                self._next = (end, pcm[end - at :])
                return
            self._next = next(self._sound, None)

    @staticmethod
    def _placed(path: Path, origin: int) -> Iterator[tuple[int, Pcm]]:
        spans, arrivals, stamps = _index(path)
        decoder, free = OpusDecoder(), 0
        with path.open("rb") as packets:
            for (offset, size), place in zip(spans, places(arrivals, stamps), strict=True):
                if place == LEFT_OUT:
                    continue
                packets.seek(offset)
                pcm, at = decoder.decode(packets.read(size)), int(place) - origin
                if at < free:  # placed anew, and a little earlier: nothing is heard twice
                    pcm, at = pcm[free - at :], free
                if len(pcm):
                    free = at + len(pcm)
                    yield at, pcm


def mix(folder: Path) -> None:
    """Write `folder`/recording.ogg."""
    wanted = json.loads((folder / "recording.json").read_text())
    origin, until = (_samples(wanted[key]) for key in ("from_ns", "to_ns"))
    sides = [
        [Track(folder / track["file"], origin) for track in wanted["tracks"] if track["agent"] is agent]
        for agent in (True, False)
    ]
    with av.open(str(folder / "recording.ogg"), "w", format="ogg") as file:
        stream: av.AudioStream = file.add_stream("libopus", rate=RATE, layout="stereo", bit_rate=wanted["bitrate"])
        for start in range(0, until - origin, _PIECE):
            piece = _stereo(sides, start, min(_PIECE, until - origin - start))
            for at in range(0, len(piece), _FRAME):
                frame = av.AudioFrame.from_ndarray(
                    piece[at : at + _FRAME].reshape(1, -1), format="s16", layout="stereo"
                )
                frame.sample_rate, frame.pts = RATE, start + at
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _stereo(sides: Sequence[Sequence[Track]], start: int, length: int) -> Pcm:
    sound = np.zeros((length, len(sides)), dtype=np.int32)
    for channel, tracks in enumerate(sides):
        for track in tracks:
            track.add_to(sound[:, channel], start)
    return np.clip(sound, -32768, 32767).astype(np.int16)


def _index(path: Path) -> tuple[list[tuple[int, int]], np.ndarray, np.ndarray]:
    """(offset, bytes) of each packet, arrivals in samples, RTP timestamps. An unfinished last packet is left out."""
    spans, arrivals, stamps = [], [], []
    with path.open("rb") as packets:
        while len(header := packets.read(_HEADER.size)) == _HEADER.size:
            ns, stamp, size = _HEADER.unpack(header)
            spans.append((packets.tell(), size))
            arrivals.append(_samples(ns))
            stamps.append(stamp)
            packets.seek(size, 1)
    return spans, np.array(arrivals, dtype=np.int64), np.array(stamps, dtype=np.uint32)


def _samples(ns: int) -> int:
    return round(ns * RATE / 1_000_000_000)


if __name__ == "__main__":
    mix(Path(sys.argv[1]))
