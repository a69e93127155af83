"""The egress part of a LiveKit server on a real socket, as its clients see it: Twirp over HTTP, in protobuf."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web
from google.protobuf.message import Message
from livekit import api

M = TypeVar("M", bound=Message)


@dataclass
class EgressServer:
    """`hangs`: methods that do their work and never answer, `ignores`: that do not even that. `refuses`: method ->
    Twirp's code for it."""

    url: str = ""
    items: list[api.EgressInfo] = field(default_factory=list)
    requests: list[api.RoomCompositeEgressRequest] = field(default_factory=list)
    hangs: set[str] = field(default_factory=set)
    ignores: set[str] = field(default_factory=set)
    refuses: dict[str, str] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if code := self.refuses.get(method):
            status = {"not_found": 404, "failed_precondition": 412, "unavailable": 503}[code]
            return web.json_response({"code": code, "msg": "the script says so"}, status=status)
        body = await request.read()
        if method in self.ignores:
            await self.over.wait()
        answer = self._done(method, body)
        if method in self.hangs:
            await self.over.wait()
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    def _done(self, method: str, body: bytes) -> Message:
        if method == "StartRoomCompositeEgress":
            asked = _read(api.RoomCompositeEgressRequest(), body)
            self.requests.append(asked)
            info = api.EgressInfo(egress_id=f"EG_{len(self.items) + 1}", room_name=asked.room_name)
            info.room_composite.CopyFrom(asked)
            self.items.append(info)
            return info
        if method == "StopEgress":
            info = self._of(_read(api.StopEgressRequest(), body).egress_id)[0]
            info.status = api.EgressStatus.EGRESS_ENDING
            return info
        wanted = _read(api.ListEgressRequest(), body)
        found = self._of(wanted.egress_id) if wanted.egress_id else self.items
        return api.ListEgressResponse(items=[i for i in found if wanted.room_name in ("", i.room_name)])

    def _of(self, egress_id: str) -> list[api.EgressInfo]:
        return [info for info in self.items if info.egress_id == egress_id]


def _read(message: M, body: bytes) -> M:
    message.ParseFromString(body)
    return message


@asynccontextmanager
async def egress_server() -> AsyncIterator[EgressServer]:
    server = EgressServer()
    app = web.Application()
    app.router.add_post("/twirp/livekit.Egress/{method}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        server.over.set()
        await asyncio.sleep(0)
        await runner.cleanup()
