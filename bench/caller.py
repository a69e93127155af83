"""A WebRTC caller in a room of its own, with an agent dispatched to it: a mouth and an ear with one clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
from livekit import api, rtc

from bench.audio import Pcm
from bench.ear import Ear
from bench.mouth import Mouth
from local.info import StackInfo
from ops.deadline import deadline
from ops.tasks import TaskSet

RATE = 48_000
_CONNECT_S = 10.0
_AGENT_S = 20.0  # a worker that has to start a process first takes a few seconds


@dataclass(frozen=True, slots=True)
class Caller:
    """One side of a call. `dialled` is when the room was asked for (monotonic seconds)."""

    mouth: Mouth
    ear: Ear
    dialled: float


@asynccontextmanager
async def call(info: StackInfo, agent_name: str, room_name: str) -> AsyncIterator[Caller]:
    """Join the room with `agent_name` dispatched to it, in the call once the agent publishes; leaving hangs up and
    deletes the room. DeadlineExceeded where the server or the agent does not come.
    """
    room = rtc.Room()
    source = rtc.AudioSource(RATE, 1, queue_size_ms=0)
    tasks = TaskSet("bench.caller")
    here = asyncio.Event()
    caller = Caller(Mouth(RATE, lambda pcm: _capture(source, pcm)), Ear(RATE), time.monotonic())

    def subscribed(track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            tasks.spawn(_listen(track, caller.ear), name="ear")
            here.set()

    room.on("track_subscribed", subscribed)
    try:
        async with deadline(_CONNECT_S, "livekit server"):
            await room.connect(info.livekit_url, _token(info, agent_name, room_name))
            track = rtc.LocalAudioTrack.create_audio_track("caller", source)
            microphone = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
            await room.local_participant.publish_track(track, microphone)
        tasks.spawn(caller.mouth.run(), name="mouth")
        async with deadline(_AGENT_S, f"agent {agent_name}"):
            await here.wait()
        yield caller
    finally:
        await tasks.aclose()
        async with deadline(_CONNECT_S, "livekit server"):
            await room.disconnect()
            await source.aclose()
        await _delete(info, room_name)


async def _listen(track: rtc.Track, ear: Ear) -> None:
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=10)
    try:
        async for event in stream:
            ear.hear(_samples(event.frame), time.monotonic())
    finally:
        await stream.aclose()


def _samples(frame: rtc.AudioFrame) -> Pcm:
    return np.frombuffer(frame.data, dtype=np.int16)


async def _capture(source: rtc.AudioSource, pcm: Pcm) -> None:
    await source.capture_frame(rtc.AudioFrame(pcm.tobytes(), RATE, 1, len(pcm)))


def _token(info: StackInfo, agent_name: str, room_name: str) -> str:
    dispatch = api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name=agent_name)])
    return (
        api.AccessToken(info.api_key, info.api_secret)
        .with_identity("caller")
        .with_grants(api.VideoGrants(room_join=True, room=room_name))
        .with_room_config(dispatch)
        .to_jwt()
    )


async def _delete(info: StackInfo, room_name: str) -> None:
    """The next call must not find this one's agent at work. A room that is gone already is what was wanted."""
    client = api.LiveKitAPI(info.livekit_url, info.api_key, info.api_secret)
    try:
        async with asyncio.timeout(_CONNECT_S):
            await client.room.delete_room(api.DeleteRoomRequest(room=room_name))
    except api.TwirpError as error:
        if error.code != "not_found":
            raise
    finally:
        await client.aclose()
