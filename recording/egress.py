"""The Recorder port over LiveKit's egress API. Errors of the API and of the wire stop here.

Where the file goes is configured on the egress side: a request holds a name, and no credentials.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from livekit import api

from calls.ports import Egress, EgressStatus, RecorderDown
from ops.deadline import DeadlineExceeded, deadline

# Where no egress is there the server says so after 21-23 s only; a real one answers within 0.3 s.
START_S = 4.0
_ASK_S = 2.0
_STOP_S = 4.0  # an rpc to the egress itself
# A telephone's voice in two channels. Asked for 32 kbit/s the real one writes 23: 10 MB an hour.
BITRATE_KBPS = 32
_FREQUENCY = 48_000  # Opus knows no other
_GONE = (api.TwirpErrorCode.NOT_FOUND, api.TwirpErrorCode.FAILED_PRECONDITION)
_NS = 1e9


class LiveKitRecorder:
    """One client for its owner, made at the first question, inside the loop. `start_s` bounds `start` alone."""

    def __init__(self, url: str, api_key: str, api_secret: str, *, start_s: float = START_S) -> None:
        self._access, self._start_s = (url, api_key, api_secret), start_s
        self._client: api.LiveKitAPI | None = None

    async def start(self, room: str, name: str) -> Egress:
        """One that began though the server did not say so in time is found by its name, and is the answer."""
        try:
            async with self._asking(self._start_s, "start egress") as livekit:
                return egress_of(await livekit.egress.start_room_composite_egress(request_of(room, name)))
        except RecorderDown:
            for each in await self.of_room(room):
                if each.name == name and not each.status.ended:
                    return each
            raise

    async def stop(self, egress_id: str) -> None:
        try:
            async with self._asking(_STOP_S, "stop egress") as livekit:
                await livekit.egress.stop_egress(api.StopEgressRequest(egress_id=egress_id))
        except RecorderDown as error:
            if error.reason not in _GONE:
                raise

    async def of_room(self, room: str) -> Sequence[Egress]:
        async with self._asking(_ASK_S, "list egress") as livekit:
            listed = await livekit.egress.list_egress(api.ListEgressRequest(room_name=room))
            return tuple(egress_of(item) for item in listed.items)

    async def of_id(self, egress_id: str) -> Egress | None:
        try:
            async with self._asking(_ASK_S, "list egress") as livekit:
                listed = await livekit.egress.list_egress(api.ListEgressRequest(egress_id=egress_id))
                return next((egress_of(item) for item in listed.items if item.egress_id == egress_id), None)
        except RecorderDown as error:
            if error.reason == api.TwirpErrorCode.NOT_FOUND:
                return None
            raise

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @asynccontextmanager
    async def _asking(self, seconds: float, what: str) -> AsyncIterator[api.LiveKitAPI]:
        try:
            if self._client is None:
                # No failover: it repeats what may have happened already, and that would be a second recording.
                self._client = api.LiveKitAPI(*(each or None for each in self._access), failover=False)
            async with deadline(seconds, what):
                yield self._client
        except api.TwirpError as error:
            raise RecorderDown(error.code) from error
        except DeadlineExceeded as error:
            raise RecorderDown("timeout") from error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise RecorderDown("unreachable") from error


def request_of(room: str, name: str) -> api.RoomCompositeEgressRequest:
    """What LiveKit is asked for. Without a layout and a base address egress needs no browser: it takes the tracks."""
    return api.RoomCompositeEgressRequest(
        room_name=room,
        audio_only=True,
        audio_mixing=api.AudioMixing.DUAL_CHANNEL_AGENT,
        file_outputs=[api.EncodedFileOutput(file_type=api.EncodedFileType.OGG, filepath=name, disable_manifest=True)],
        advanced=api.EncodingOptions(
            audio_codec=api.AudioCodec.OPUS, audio_bitrate=BITRATE_KBPS, audio_frequency=_FREQUENCY
        ),
    )


def egress_of(info: api.EgressInfo) -> Egress:
    """`info` as the house sees it. The name is the one asked for: egress says its own only at the end."""
    asked = info.room_composite.file_outputs
    file = next(iter(info.file_results), None)
    began, ended = (file.started_at, file.ended_at) if file else (0, 0)
    name = asked[0].filepath if asked else (file.filename if file else "")
    return Egress(
        egress_id=info.egress_id,
        room=info.room_name,
        name=name,
        status=EgressStatus(api.EgressStatus.Name(info.status).lower()),
        # The file's, not the egress': that one begins when it is asked for, and the first sample comes about a second
        # later. One that never had a sample says at the end that it began just then. Seen with egress 1.14.1.
        started_at=_seconds(began) if began != ended else None,
        ended_at=_seconds(ended or info.ended_at),
        size=file.size if file else 0,
        duration_s=file.duration / _NS if file else 0.0,
        error=info.error,
    )


def _seconds(nanoseconds: int) -> float | None:
    return nanoseconds / _NS if nanoseconds else None
