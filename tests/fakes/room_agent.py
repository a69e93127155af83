"""An agent as a room sees it, without a worker: joins, publishes when told, plays sound, notes what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from livekit import api, rtc

from local.caller.sound import WIRE_RATE, Pcm
from local.info import StackInfo
from ops.tasks import TaskSet

_PIECE = WIRE_RATE // 100


class RoomAgent:
    """Used once: `join`, `publish`, then `play`; `leave` at the end. Ask its lists what it saw."""

    def __init__(self, stack: StackInfo, identity: str = "agent", kind: Literal["agent", "standard"] = "agent") -> None:
        self._stack, self._identity, self._kind = stack, identity, kind
        self._room = rtc.Room()
        self._source = rtc.AudioSource(WIRE_RATE, 1, queue_size_ms=100)
        self._tasks = TaskSet("room agent")
        self._news = asyncio.Event()
        self.keys: list[tuple[int, str]] = []  # DTMF: code, digit
        self.left: list[tuple[str, str]] = []  # identity, why
        self.callers: dict[str, dict[str, str]] = {}  # attributes by identity, as they are now
        self.seen: list[str] = []  # values of sip.callStatus, in order
        self.heard: list[Pcm] = []  # the caller's sound, 48 kHz

    async def join(self, room: str, attributes: Mapping[str, str] | None = None) -> None:
        """After the caller, whose token has the room's configuration."""
        grants = api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True)
        token = (
            api.AccessToken(self._stack.api_key, self._stack.api_secret)
            .with_identity(self._identity)
            .with_kind(self._kind)
            .with_attributes(dict(attributes or {}))
            .with_grants(grants)
        )
        self._room.on("track_subscribed", self._subscribed)
        self._room.on("sip_dtmf_received", self._key)
        self._room.on("participant_connected", self._describe)
        self._room.on("participant_attributes_changed", lambda _, participant: self._describe(participant))
        self._room.on("participant_disconnected", self._gone)
        await self._room.connect(self._stack.livekit_url, token.to_jwt())
        for participant in self._room.remote_participants.values():
            self._describe(participant)

    async def publish(self) -> None:
        track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self._room.local_participant.publish_track(track, options)

    async def play(self, pcm: Pcm) -> None:
        """In real time; returns when it has been handed over."""
        for start in range(0, len(pcm) - _PIECE + 1, _PIECE):
            piece = pcm[start : start + _PIECE]
            await self._source.capture_frame(rtc.AudioFrame(piece.tobytes(), WIRE_RATE, 1, _PIECE))

    async def press(self, code: int, digit: str) -> None:
        await self._room.local_participant.publish_dtmf(code=code, digit=digit)

    async def until(self, condition: Callable[[], bool], within_s: float = 10.0) -> None:
        """Wait until what it saw meets the condition. TimeoutError."""
        async with asyncio.timeout(within_s):
            while not condition():
                await self._news.wait()

    async def leave(self) -> None:
        await self._tasks.aclose()
        await self._room.disconnect()
        await self._source.aclose()

    def _subscribed(self, track: rtc.Track, _publication: object, _participant: object) -> None:
        self._tasks.spawn(self._hear(track), name="ear")

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=WIRE_RATE, num_channels=1)
        try:
            async for event in stream:
                self.heard.append(np.frombuffer(event.frame.data, np.int16).copy())
                self._tell()
        finally:
            await stream.aclose()

    def _key(self, tone: rtc.SipDTMF) -> None:
        self.keys.append((tone.code, tone.digit))
        self._tell()

    def _describe(self, participant: rtc.Participant) -> None:
        self.callers[participant.identity] = dict(participant.attributes)
        status = participant.attributes.get("sip.callStatus")
        if status and self.seen[-1:] != [status]:
            self.seen.append(status)
        self._tell()

    def _gone(self, participant: rtc.RemoteParticipant) -> None:
        reason = participant.disconnect_reason
        self.left.append((participant.identity, rtc.DisconnectReason.Name(reason) if reason is not None else ""))
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
