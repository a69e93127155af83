"""A worker as control sees one, over the real wire: in the room with a call's attributes, holding the lease, answering
pings, or no longer."""

from __future__ import annotations

import asyncio

from livekit import api, rtc

from calls.ports import Lease, Leases
from local.info import StackInfo
from ops.tasks import TaskSet

_RENEW_S, _TTL_S = 0.25, 1.0


class HeldAgent:
    """`die()` is kill -9 as the server sees it for its first 20 s: silent, unrenewed, and still in the room."""

    def __init__(self, stack: StackInfo, leases: Leases, lease: Lease) -> None:
        self._stack, self._leases, self.lease = stack, leases, lease
        self._room = rtc.Room()
        self._tasks = TaskSet("held agent")
        self.answers = self.renews = True
        self.asked = 0
        self.gone = asyncio.Event()

    async def join(self) -> None:
        grants = api.VideoGrants(room_join=True, room=self.lease.room, can_update_own_metadata=True)
        attributes = {"switchboard.call_id": self.lease.call_id, "switchboard.epoch": str(self.lease.epoch)}
        token = api.AccessToken(self._stack.api_key, self._stack.api_secret).with_identity(self.lease.agent)
        token = token.with_kind("agent").with_attributes(attributes).with_grants(grants)
        self._room.on("data_received", self._ping)
        self._room.on("disconnected", lambda _: self.gone.set())
        await self._room.connect(self._stack.livekit_url, token.to_jwt())
        await self._leases.renew(self.lease, _TTL_S)
        self._tasks.spawn(self._hold(), name="lease")

    def die(self) -> None:
        self.answers = self.renews = False

    async def leave(self) -> None:
        await self._tasks.aclose()
        await self._room.disconnect()

    async def _hold(self) -> None:
        while True:
            if self.renews:
                await self._leases.renew(self.lease, _TTL_S)
            await asyncio.sleep(_RENEW_S)

    def _ping(self, packet: rtc.DataPacket) -> None:
        if packet.topic != "switchboard.ping" or packet.participant is not None:
            return
        self.asked += 1
        if self.answers:
            self._tasks.spawn(self._answer(packet.data.decode("ascii")), name="pong")

    async def _answer(self, nonce: str) -> None:
        await self._room.local_participant.set_attributes({"switchboard.pong": nonce})
