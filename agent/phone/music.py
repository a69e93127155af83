"""Music for a caller on hold: made here, so that nobody's rights are touched and nothing is to be downloaded."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from livekit import rtc

from ops.tasks import TaskSet

RATE = 24_000
_FRAME = RATE // 50  # 20 ms
_QUEUE_MS = 200
_NOTE_S = 0.6
_LOUD = 0.10  # of full scale: below speech, so that the agent's return is no shock
# Four broken chords (C, a, F, G) in Hz, equal temperament; they end where they began, so the loop has no seam.
_CHORDS = (
    (261.63, 329.63, 392.00, 523.25),
    (220.00, 261.63, 329.63, 440.00),
    (174.61, 220.00, 261.63, 349.23),
    (196.00, 246.94, 293.66, 392.00),
)


@cache
def tune() -> npt.NDArray[np.int16]:
    """One round of the tune: mono, RATE, int16, a whole number of frames; silent at both ends."""
    return np.concatenate([_note(pitch) for chord in _CHORDS for pitch in (*chord, *chord[2:0:-1])])


def _note(pitch: float) -> npt.NDArray[np.int16]:
    """A soft pluck, gone where the next begins. With octaves above the pitch: a phone carries 300 Hz and more."""
    at = np.arange(int(_NOTE_S * RATE)) / RATE
    wave = np.sin(2 * np.pi * pitch * at) + 0.5 * np.sin(4 * np.pi * pitch * at) + 0.2 * np.sin(8 * np.pi * pitch * at)
    shape = np.minimum(at / 0.02, 1.0) * np.exp(-3.0 * at) * np.minimum((_NOTE_S - at) / 0.05, 1.0)
    samples: npt.NDArray[np.int16] = (wave / 1.7 * shape * _LOUD * 32767).astype(np.int16)
    return samples


class Music:
    """Plays in `room` between `start` and `aclose`, on a track of its own, whose sid `start` returns."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._tasks = TaskSet("hold music")
        self._source: rtc.AudioSource | None = None
        self._sid = ""

    async def start(self) -> str:
        """Raises rtc.participant.PublishTrackError."""
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=_QUEUE_MS)
        track = rtc.LocalAudioTrack.create_audio_track("hold", self._source)
        publication = await self._room.local_participant.publish_track(track)
        self._sid = publication.sid
        self._tasks.spawn(self._play(self._source), name="play")
        return self._sid

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self._sid and self._room.isconnected():
            await self._room.local_participant.unpublish_track(self._sid)
        if self._source is not None:
            await self._source.aclose()

    async def _play(self, source: rtc.AudioSource) -> None:
        samples = tune()
        while True:
            for begin in range(0, len(samples), _FRAME):
                data = samples[begin : begin + _FRAME].tobytes()
                await source.capture_frame(rtc.AudioFrame(data, RATE, 1, _FRAME))  # waits while the queue is full
