"""A way to the gateway that is broken on demand: slow, failing now and then, refusing all, losing or shuffling what is
told. Any HTTP service will do.

async with faulty_way("http://127.0.0.1:8300") as way:
    worker(..., STATE_URL=way.url)
    way.slow_s = 2.0
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from local.ports import HOST

_STARTED_S = 10.0
_SHUFFLED = 3
_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
_PAGE = "<html><body><h1>500 Internal Server Error</h1></body></html>"  # a load balancer's, not the gateway's own shape


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: bytes
    headers: dict[str, str]


async def _read(request: web.Request) -> _Request:
    kept = {name: value for name, value in request.headers.items() if name.lower() not in _OF_ONE_HOP}
    return _Request(request.method, request.raw_path, await request.read(), kept)


@dataclass
class FaultyWay:
    """`slow_s`: each answer comes that much later; `fail_every`: that many requests, and the last of them gets a 500,
    which in turn comes before and after the gateway has done what was asked. `refusal`: a status and a text for every
    request, which goes no further. `shuffled`: all are answered with 200 at once, and every third time the last three
    are passed on, the newest first, each twice. Counts are since the last `mend`."""

    target: str
    url: str = ""
    slow_s: float = 0.0
    fail_every: int = 0
    refusal: tuple[int, str] | None = None
    shuffled: bool = False
    asked: int = 0
    failed: int = 0
    slowed: int = 0
    refused: int = 0
    _session: aiohttp.ClientSession = field(init=False, repr=False)
    _kept: list[_Request] = field(default_factory=list, init=False, repr=False)

    def mend(self) -> None:
        """Sound again, and the counts begin anew."""
        self.slow_s, self.fail_every, self.refusal, self.shuffled = 0.0, 0, None, False
        self.asked = self.failed = self.slowed = self.refused = 0
        self._kept = []

    async def pass_on(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.refusal is not None:
            self.refused += 1
            status, text = self.refusal
            return web.Response(status=status, text=text, content_type="application/json")
        if self.shuffled:
            return await self._told_later(request)
        fails = self.fail_every > 0 and self.asked % self.fail_every == 0
        if fails:
            self.failed += 1
        if fails and self.failed % 2:
            return web.Response(status=500, text=_PAGE, content_type="text/html")
        answer = await self._asked_there(request)
        self.slowed += self.slow_s > 0
        await asyncio.sleep(self.slow_s)
        return web.Response(status=500, text=_PAGE, content_type="text/html") if fails else answer

    async def _told_later(self, request: web.Request) -> web.Response:
        self._kept.append(await _read(request))
        if len(self._kept) >= _SHUFFLED:
            kept, self._kept = self._kept, []
            for one in reversed(kept):
                for _ in range(2):
                    async with self._session.request(
                        one.method, self.target + one.path, data=one.body, headers=one.headers
                    ) as answer:
                        await answer.read()
        return web.Response()

    async def _asked_there(self, request: web.Request) -> web.Response:
        one = await _read(request)
        try:
            async with self._session.request(
                one.method, self.target + one.path, data=one.body, headers=one.headers
            ) as answer:
                own = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_ONE_HOP}
                return web.Response(status=answer.status, body=await answer.read(), headers=own)
        except aiohttp.ClientError:
            if request.transport is not None:  # the gateway is dead: so is the way to it
                request.transport.abort()
            return web.Response(status=502)


@asynccontextmanager
async def faulty_way(target: str) -> AsyncIterator[FaultyWay]:
    """A server of its own before `target`, sound until told otherwise. It runs in a thread with a loop of its own: its
    callers keep their connections from one test to the next."""
    way, ready, ended = FaultyWay(target), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(way, ready, ended)), name="faulty way", daemon=True)
    thread.start()
    try:
        assert await asyncio.to_thread(ready.wait, _STARTED_S), "the way did not open"
        yield way
    finally:
        ended.set()
        await asyncio.to_thread(thread.join, _STARTED_S)


async def _serve(way: FaultyWay, ready: threading.Event, ended: threading.Event) -> None:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", way.pass_on)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        way.url = f"http://{HOST}:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(
            auto_decompress=False, timeout=aiohttp.ClientTimeout(total=30)
        ) as way._session:
            ready.set()
            await asyncio.to_thread(ended.wait)
    finally:
        await runner.cleanup()
