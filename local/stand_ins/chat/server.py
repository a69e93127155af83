"""The HTTP side: routes, streaming at a human-like rate, and what POST /control asked for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from local.stand_ins.chat import wire
from local.stand_ins.chat.checks import BadRequest, check
from local.stand_ins.chat.control import Control, Effect, Order
from local.stand_ins.chat.conversation import Conversation, estimate_tokens
from local.stand_ins.chat.dialogue import reply
from ops.clock import Clock, SystemClock

MODEL = "scripted-receptionist"
_MAX_BODY = 8 * 1024 * 1024


@dataclass(frozen=True)
class Manner:
    """How the stand-in answers."""

    ttft_ms: float = 150.0
    tokens_per_s: float = 60.0
    system_first: bool = True


class ChatStandIn:
    """The application's handlers. One clock paces all answers."""

    def __init__(self, manner: Manner, clock: Clock) -> None:
        self._manner = manner
        self._clock = clock
        self.control = Control()

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.add_routes(
            [
                web.post("/v1/chat/completions", self.complete),
                web.get("/v1/models", self.models),
                web.get("/health", self.health),
                web.get("/control", self.show_control),
                web.post("/control", self.take_control),
                web.delete("/control", self.drop_control),
            ]
        )
        return app

    async def health(self, _: web.Request) -> web.Response:
        """200 as soon as it can answer."""
        return web.json_response({"status": "ok"})

    async def models(self, _: web.Request) -> web.Response:
        """The one model; any other name is answered too, as by itself."""
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "switchboard"}
        return web.json_response({"object": "list", "data": [model]})

    async def show_control(self, _: web.Request) -> web.Response:
        """What is still to happen."""
        return web.json_response(self.control.state())

    async def take_control(self, request: web.Request) -> web.Response:
        """Orders effects on the next answers."""
        try:
            self.control.order(Order.model_validate_json(await request.read()))
        except ValidationError as problem:
            return web.json_response(wire.error(str(problem)), status=400)
        return web.json_response(self.control.state())

    async def drop_control(self, _: web.Request) -> web.Response:
        """Forgets what was ordered."""
        self.control.forget()
        return web.json_response(self.control.state())

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions."""
        try:
            body = check(json.loads(await request.read()), system_first=self._manner.system_first)
        except BadRequest as refusal:
            return web.json_response(wire.error(str(refusal), param=refusal.param), status=400)
        except ValueError:
            return web.json_response(wire.error("The body is not JSON"), status=400)
        effect = self.control.take()
        if effect.hang:
            return await self._hang(request)
        await self._clock.sleep((effect.delay_ms + (0 if effect.status else self._manner.ttft_ms)) / 1000)
        if effect.status:
            failure = wire.error("asked for by /control", "InternalServerError", effect.status)
            return web.json_response(failure, status=effect.status)
        completion = wire.Completion(
            model=body["model"],
            created=int(self._clock.now()),
            reply=effect.reply or reply(Conversation.read(body)),
            prompt_tokens=estimate_tokens([body["messages"], body.get("tools")]),
            max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        )
        if body.get("stream"):
            wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            return await self._stream(request, completion, effect, wants_usage)
        await self._clock.sleep(completion.usage["completion_tokens"] / self._manner.tokens_per_s)
        return web.json_response(completion.whole())

    async def _stream(
        self, request: web.Request, completion: wire.Completion, effect: Effect, wants_usage: bool
    ) -> web.StreamResponse:
        response = await _sse(request)
        begun = self._clock.monotonic()
        try:
            for n, chunk in enumerate(completion.chunks(with_usage=wants_usage)):
                if n == effect.cut_after:
                    _cut(request)
                    return response
                # The first token is due at once: the wait before it was the time to the first token.
                due = begun + max(0, n - 1) / self._manner.tokens_per_s
                if chunk["choices"] and not chunk["choices"][0]["finish_reason"]:
                    await self._clock.sleep(max(0.0, due - self._clock.monotonic()))
                await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
            await response.write(b"data: [DONE]\n\n")
            await response.write_eof()
        except ConnectionError:
            pass  # the client went away: a caller who interrupts does so all the time
        return response

    async def _hang(self, request: web.Request) -> web.StreamResponse:
        response = await _sse(request)
        await asyncio.Event().wait()  # ended by the client's leaving, which cancels the handler
        return response


async def _sse(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
    )
    await response.prepare(request)
    return response


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


@asynccontextmanager
async def serving(
    host: str, port: int, manner: Manner | None = None, clock: Clock | None = None
) -> AsyncIterator[tuple[int, Control]]:
    """Serves while the block runs; the port (0 takes a free one) and the control. OSError where the port is taken."""
    stand_in = ChatStandIn(manner or Manner(), clock or SystemClock())
    runner = web.AppRunner(stand_in.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound: Any = runner.addresses[0]
        yield bound[1], stand_in.control
    finally:
        await runner.cleanup()
