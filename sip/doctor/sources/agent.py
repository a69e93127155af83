"""Whether a worker answers to the agent's name: it is sent for, into a room of its own."""

from __future__ import annotations

import json
import secrets

import aiohttp
from livekit import api

from ops.clock import Clock
from ops.deadline import deadline
from sip.settings import Livekit

_WAIT_S = 8.0  # a server shows a job up to 5 s after it was taken: CheckEnabledTimeout (livekit-server 1.13.5)
_LOOK_EVERY_S = 0.2
_CALL_S = 15.0
_EMPTY_S = 20  # then the server removes the room itself, should we not


async def answered(settings: Livekit, agent_name: str, clock: Clock) -> bool | None:
    """True: a worker took the job, within 8 s; the room is removed at once. None: the server could not be asked.

    An open-source server has no list of its workers: an agent in the room shows one at once, the dispatch's job later.
    """
    room = f"doctor-{secrets.token_hex(8)}"
    try:
        async with (
            deadline(_CALL_S, "livekit"),
            api.LiveKitAPI(
                settings.url, settings.api_key, settings.api_secret.get_secret_value(), failover=False
            ) as client,
        ):
            dispatch = api.RoomAgentDispatch(agent_name=agent_name, metadata=json.dumps({"probe": True}))
            wanted = api.CreateRoomRequest(name=room, empty_timeout=_EMPTY_S, agents=[dispatch])
            await client.room.create_room(wanted)
            try:
                return await _taken(client, room, clock)
            finally:
                await client.room.delete_room(api.DeleteRoomRequest(room=room))
    except (aiohttp.ClientError, api.TwirpError, OSError):
        return None


async def _taken(client: api.LiveKitAPI, room: str, clock: Clock) -> bool:
    until = clock.monotonic() + _WAIT_S
    while clock.monotonic() < until:
        for dispatch in await client.agent_dispatch.list_dispatch(room):
            if any(job.state.worker_id for job in dispatch.state.jobs):
                return True
        there = await client.room.list_participants(api.ListParticipantsRequest(room=room))
        if there.participants:
            return True
        await clock.sleep(_LOOK_EVERY_S)
    return False
