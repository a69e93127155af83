"""A room with an agent that talks, and calls out of it by LiveKit's own API."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from google.protobuf.duration_pb2 import Duration
from livekit import api

from local.info import StackInfo
from tests.fakes.room_agent import RoomAgent

OURS = "+15550100"  # the trunk's number


class Dialler:
    """Dials as `callee` into its room, where `agent` has joined and publishes."""

    def __init__(self, client: api.LiveKitAPI, agent: RoomAgent, room: str, trunk: str) -> None:
        self.client, self.agent, self.room, self.trunk = client, agent, room, trunk

    async def dial(
        self, number: str, *, identity: str = "callee", wait: bool = True, **more: Any
    ) -> api.SIPParticipantInfo:
        request = api.CreateSIPParticipantRequest(
            sip_trunk_id=self.trunk,
            sip_call_to=number,
            room_name=self.room,
            participant_identity=identity,
            wait_until_answered=wait,
            **more,
        )
        return await self.client.sip.create_sip_participant(request)

    async def transfer(self, number: str, *, room: str | None = None, who: str = "callee") -> None:
        await self.client.sip.transfer_sip_participant(
            api.TransferSIPParticipantRequest(
                room_name=room or self.room,
                participant_identity=who,
                transfer_to=f"sip:{number}@pstn.example.com",
                ringing_timeout=Duration(seconds=5),
            )
        )

    async def remove(self) -> None:
        """Hang up on the callee, whether it has answered or not."""
        await self.client.room.remove_participant(api.RoomParticipantIdentity(room=self.room, identity="callee"))


@asynccontextmanager
async def dialling(info: StackInfo) -> AsyncIterator[Dialler]:
    """A dialler in a room of its own, with a trunk of its own."""
    room = f"out-{secrets.token_hex(6)}"
    async with api.LiveKitAPI(info.livekit_url.replace("ws", "http", 1), info.api_key, info.api_secret) as client:
        trunk = api.SIPOutboundTrunkInfo(name=room, address="sip.example.com", numbers=[OURS])
        made = await client.sip.create_outbound_trunk(api.CreateSIPOutboundTrunkRequest(trunk=trunk))
        agent = RoomAgent(info)
        try:
            await agent.join(room)
            await agent.publish()
            yield Dialler(client, agent, room, made.sip_trunk_id)
        finally:
            await agent.leave()
