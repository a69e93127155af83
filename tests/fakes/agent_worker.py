"""A worker as a LiveKit server sees it: registers under a name, and declines every job for good, as ours do
with a probe (JobRequest.reject of livekit-agents 1.8.9)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from livekit import api
from livekit.protocol import agent
from livekit.protocol.agent import JobType

from local.info import StackInfo

_READY_S = 10.0


@asynccontextmanager
async def worker(info: StackInfo, name: str) -> AsyncIterator[list[str]]:
    """Registered when the block begins; gives the metadata of the jobs that it was offered."""
    token = api.AccessToken(info.api_key, info.api_secret).with_grants(api.VideoGrants(agent=True)).to_jwt()
    offered: list[str] = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        url = info.livekit_url.replace("ws", "http", 1)
        async with session.ws_connect(f"{url}/agent?protocol=1") as socket:
            register = agent.RegisterWorkerRequest(type=JobType.JT_ROOM, agent_name=name, version="1")
            await socket.send_bytes(agent.WorkerMessage(register=register).SerializeToString())
            registered = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                answering = group.create_task(_answer(socket, registered, offered))
                async with asyncio.timeout(_READY_S):
                    await registered.wait()
                yield offered
                answering.cancel()


async def _answer(socket: aiohttp.ClientWebSocketResponse, registered: asyncio.Event, offered: list[str]) -> None:
    async for message in socket:
        asked = agent.ServerMessage.FromString(message.data)
        if asked.HasField("register"):
            registered.set()
        elif asked.HasField("availability"):
            offered.append(asked.availability.job.metadata)
            answer = agent.AvailabilityResponse(job_id=asked.availability.job.id, available=False, terminate=True)
            await socket.send_bytes(agent.WorkerMessage(availability=answer).SerializeToString())
