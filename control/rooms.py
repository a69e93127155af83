"""The Rooms port over LiveKit's server API. Errors of the API and of the wire stop here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp
from livekit import api

from calls.ports import Member, MemberKind, RoomsDown
from control.errors import Absent
from ops.deadline import DeadlineExceeded, deadline

PING_TOPIC = "switchboard.ping"
_ASK_S = 2.0  # reads take 1-3 ms and a dispatch 10 on one machine: later than this is down
_GONE = api.TwirpErrorCode.NOT_FOUND
_KINDS = {
    api.ParticipantInfo.STANDARD: MemberKind.CALLER,
    api.ParticipantInfo.SIP: MemberKind.CALLER,
    api.ParticipantInfo.AGENT: MemberKind.AGENT,
}


class LiveKitRooms:
    """One client, and so one pool of connections, for the process; made at the first question, inside the loop."""

    def __init__(self, url: str, api_key: str, api_secret: str) -> None:
        self._access = (url, api_key, api_secret)
        self._client: api.LiveKitAPI | None = None

    async def names(self) -> frozenset[str]:
        async with self._asking("list rooms") as livekit:
            listed = await livekit.room.list_rooms(api.ListRoomsRequest())
        return frozenset(room.name for room in listed.rooms)

    async def members(self, room: str) -> Sequence[Member]:
        try:
            async with self._asking("list participants") as livekit:
                found = await livekit.room.list_participants(api.ListParticipantsRequest(room=room))
        except Absent:
            return ()
        here = (one for one in found.participants if one.state != api.ParticipantInfo.DISCONNECTED)
        return tuple(_member(one) for one in here)

    async def attributes(self, room: str, identity: str) -> Mapping[str, str] | None:
        try:
            async with self._asking("get participant") as livekit:
                found = await livekit.room.get_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        except Absent:
            return None
        return None if found.state == api.ParticipantInfo.DISCONNECTED else dict(found.attributes)

    async def ping(self, room: str, identity: str, nonce: str) -> None:
        request = api.SendDataRequest(
            room=room,
            data=nonce.encode("ascii"),
            kind=api.DataPacket.Kind.RELIABLE,
            destination_identities=[identity],
            topic=PING_TOPIC,
        )
        try:
            async with self._asking("send data") as livekit:
                await livekit.room.send_data(request)
        except Absent:
            return

    async def dispatch(self, room: str, worker: str, metadata: str) -> None:
        request = api.CreateAgentDispatchRequest(room=room, agent_name=worker, metadata=metadata)
        try:
            async with self._asking("create dispatch") as livekit:
                await livekit.agent_dispatch.create_dispatch(request)
        except Absent as error:
            raise RoomsDown("create dispatch: the room was not found") from error

    async def remove(self, room: str, identity: str) -> None:
        try:
            async with self._asking("remove participant") as livekit:
                await livekit.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        except Absent:
            return

    async def delete(self, room: str) -> None:
        try:
            async with self._asking("delete room") as livekit:
                await livekit.room.delete_room(api.DeleteRoomRequest(room=room))
        except Absent:
            return

    async def ready(self) -> bool:
        try:
            await self.names()
        except RoomsDown:
            return False
        return True

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @asynccontextmanager
    async def _asking(self, what: str) -> AsyncIterator[api.LiveKitAPI]:
        """Raises Absent where the server says that there is no such thing, RoomsDown for all else that goes wrong."""
        if self._client is None:
            # No failover: that asks LiveKit Cloud's regions, and repeats what may have happened already.
            self._client = api.LiveKitAPI(*self._access, failover=False)
        try:
            async with deadline(_ASK_S, "livekit"):
                yield self._client
        except api.TwirpError as error:
            if error.code == _GONE:
                raise Absent(what) from error
            raise RoomsDown(f"{what}: {error.code}") from error
        except (aiohttp.ClientError, OSError, TimeoutError, DeadlineExceeded) as error:
            raise RoomsDown(f"{what}: {type(error).__name__}") from error


def _member(info: api.ParticipantInfo) -> Member:
    kind = MemberKind.OTHER if info.permission.hidden else _KINDS.get(info.kind, MemberKind.OTHER)
    return Member(info.identity, kind, dict(info.attributes))
