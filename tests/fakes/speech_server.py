"""A scripted speech server on a socket. A text's audio is 10 ms a character, each request's at a level of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from aiohttp import web

RATE = 24_000
LEVEL = 1000  # the first request's samples; the second's are one more, and so on


@dataclass
class Script:
    """One answer. `pieces` cuts the PCM into writes of these sizes, again and again; `gap_s` lies between writes."""

    status: int = 200
    content_type: str = "audio/pcm"
    first_byte_s: float = 0.0
    gap_s: float = 0.0
    pieces: tuple[int, ...] = (960,)
    break_after: int | None = None  # bytes, then the connection is cut
    hang_after: int | None = None  # bytes, then nothing more comes
    before: bytes = b""  # a file's header
    extra: bytes = b""
    silent: bool = False


@dataclass
class Asked:
    """One request as the server saw it."""

    body: dict[str, object]
    headers: dict[str, str]
    done: bool = False
    cancelled: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class FakeSpeechServer:
    """`async with FakeSpeechServer() as server`. `scripts` are used up in order, then `script` answers."""

    def __init__(self, script: Script | None = None, *scripts: Script, voices: object = None) -> None:
        self.script, self.scripts = script or Script(), list(scripts)
        self.voices = voices
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._changed = asyncio.Condition()
        self._at_once = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def texts(self) -> list[str]:
        return [str(a.body["input"]) for a in self.asked]

    async def __aenter__(self) -> FakeSpeechServer:
        app = web.Application()
        app.router.add_post("/v1/audio/speech", self._speak)
        if self.voices is not None:
            app.router.add_get("/v1/voices", self._list_voices)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(condition)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _list_voices(self, _: web.Request) -> web.Response:
        return web.json_response(self.voices)

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(await request.json(), dict(request.headers))
        number = len(self.asked)
        self.asked.append(asked)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await self._tell()
        script = self.scripts.pop(0) if self.scripts else self.script
        try:
            response = await self._answer(request, script, str(asked.body["input"]), LEVEL + number)
        except (asyncio.CancelledError, ConnectionError):
            asked.cancelled = True
            raise
        else:
            asked.done = True
            return response
        finally:
            self._at_once -= 1
            asked.ended.set()

    async def _answer(self, request: web.Request, script: Script, text: str, level: int) -> web.StreamResponse:
        if script.status != 200:
            return web.json_response({"error": {"message": "scripted"}}, status=script.status)
        response = web.StreamResponse(headers={"Content-Type": script.content_type})
        await asyncio.sleep(script.first_byte_s)
        await response.prepare(request)
        pcm = (
            b""
            if script.silent
            else script.before + np.full(len(text) * RATE // 100, level, np.int16).tobytes() + script.extra
        )
        sent = piece = 0
        while sent < len(pcm):
            size = script.pieces[piece % len(script.pieces)]
            await response.write(pcm[sent : sent + size])
            sent, piece = sent + size, piece + 1
            if script.break_after is not None and sent >= script.break_after:
                assert request.transport is not None
                request.transport.abort()
                return response
            if script.hang_after is not None and sent >= script.hang_after:
                await asyncio.Event().wait()
            await asyncio.sleep(script.gap_s)
        await response.write_eof()
        return response
