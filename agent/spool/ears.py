"""Everybody else in the room, heard beside the session: on hold and in a talk between caller and person it hears
nothing, and the recording goes on.

A track is decoded once, whoever listens: this costs a copy of the samples and 10 events a second.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from livekit import rtc

from agent.spool.lanes import RATE
from agent.spool.track import Track
from ops import logging
from ops.tasks import TaskSet

_log = logging.get(__name__)

_FRAME_MS = 100
_AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT  # the ghost of the worker that had the call before is one too


class Room(Protocol):
    """What is needed of rtc.Room."""

    @property
    def remote_participants(self) -> Mapping[str, Any]: ...
    def on(self, event: Any, callback: Any = None) -> Any: ...
    def off(self, event: Any, callback: Any) -> None: ...


class Stream(Protocol):
    """What is needed of rtc.AudioStream."""

    def __aiter__(self) -> AsyncIterator[rtc.AudioFrameEvent]: ...
    async def aclose(self) -> None: ...


def stream_of(track: Any) -> Stream:
    return rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1, frame_size_ms=_FRAME_MS)


class Ears:
    """Between `open` and `close` each audio track of the room's people is a lane of `track`."""

    def __init__(self, room: Room, track: Track, tasks: TaskSet, stream: Callable[[Any], Stream]) -> None:
        self._room, self._track, self._tasks, self._stream = room, track, tasks, stream
        self._lanes = 0
        self._heard: dict[str, Any] = {}  # by the track's sid

    def open(self) -> None:
        self._room.on("track_subscribed", self._subscribed)
        self._room.on("track_unsubscribed", self._unsubscribed)
        for participant in self._room.remote_participants.values():
            for publication in participant.track_publications.values():
                if publication.track is not None:
                    self._subscribed(publication.track, publication, participant)

    def close(self) -> None:
        """Nobody is heard any more. The streams end with the tasks."""
        self._room.off("track_subscribed", self._subscribed)
        self._room.off("track_unsubscribed", self._unsubscribed)
        for task in self._heard.values():
            task.cancel()

    def _subscribed(self, track: Any, publication: Any, participant: Any) -> None:
        if track.kind != rtc.TrackKind.KIND_AUDIO or participant.kind == _AGENT:
            return
        self._unsubscribed(track, publication, participant)
        self._lanes += 1
        self._heard[publication.sid] = self._tasks.spawn(self._hear(self._lanes, track), name="ears")

    def _unsubscribed(self, _track: Any, publication: Any, _participant: Any) -> None:
        if (task := self._heard.pop(publication.sid, None)) is not None:
            task.cancel()

    async def _hear(self, lane: int, track: Any) -> None:
        stream = self._stream(track)
        try:
            async for event in stream:
                self._track.heard(lane, event.frame)
        finally:
            await stream.aclose()
