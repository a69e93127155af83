"""The rooms of the local server: all calls are ended before the stack stops, so that each leaves a closed record."""

from __future__ import annotations

import asyncio

import aiohttp
from livekit import api

from local.info import StackInfo

_ASKED_WITHIN_S = 3.0


async def end_all(info: StackInfo) -> int:
    """Delete every room; returns how many there were. A server that does not answer has no calls left to end: 0."""
    try:
        async with asyncio.timeout(_ASKED_WITHIN_S), client(info) as livekit:
            rooms = (await livekit.room.list_rooms(api.ListRoomsRequest())).rooms
            for room in rooms:
                await livekit.room.delete_room(api.DeleteRoomRequest(room=room.name))
            return len(rooms)
    except (aiohttp.ClientError, api.TwirpError, TimeoutError):
        return 0


def client(info: StackInfo) -> api.LiveKitAPI:
    """The server's API with the stack's keys."""
    return api.LiveKitAPI(info.livekit_url.replace("ws", "http", 1), info.api_key, info.api_secret)
