"""The HTTP side: who may ask, what is late or goes wrong, and the routes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from pydantic import ValidationError

from local.stand_ins.twilio import shapes
from local.stand_ins.twilio.account import Account, NotThere, Refused
from local.stand_ins.twilio.control import Control, Effect, Order
from local.stand_ins.twilio.routes import Routes

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Manner:
    """How it answers. `most_at_once`: more requests than that at the same time are refused with 20429; 0: no limit."""

    latency_ms: float = 0.0
    most_at_once: int = 0


class TwilioStandIn:
    """One account. `logins`: those that may ask: the account's SID and token, or an API key and its secret."""

    def __init__(self, account: Account, logins: dict[str, str], manner: Manner) -> None:
        self.account, self.control = account, Control()
        self._logins, self._manner = logins, manner

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._twilio])
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/control", self._show),
                web.post("/control", self._take),
                web.delete("/control", self._drop),
                web.post("/control/numbers", self._buy),
                *Routes(self.account).table(),
            ]
        )
        return app

    @web.middleware
    async def _twilio(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.path == "/health" or request.path.startswith("/control"):
            return await handler(request)
        effect = self.control.take(f"{request.method} {request.path}")
        self.control.now += 1
        self.control.most = max(self.control.most, self.control.now)
        try:
            too_many = 0 < self._manner.most_at_once < self.control.now
            await asyncio.sleep(self._manner.latency_ms / 1000)
            if too_many:
                return _refusal(Refused(20429, 429, "Too many concurrent requests"))
            return await self._answer(request, handler, effect)
        finally:
            self.control.now -= 1

    async def _answer(self, request: web.Request, handler: _Handler, effect: Effect) -> web.StreamResponse:
        if effect.hang:
            await asyncio.Event().wait()
        if effect.status:
            return _trouble(effect)
        try:
            self._let_in(request)
            answer = await handler(request)
        except Refused as refused:
            answer = _refusal(refused)
        except web.HTTPNotFound:
            answer = _refusal(NotThere(request.path))
        if effect.lost and request.transport is not None:
            request.transport.close()
        return answer

    def _let_in(self, request: web.Request) -> None:
        """Raises Refused."""
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = secret = ""
        expected = self._logins.get(name)
        if kind != "Basic" or expected is None or not hmac.compare_digest(expected.encode(), secret.encode()):
            raise Refused(20003, 401, "Authenticate")
        account = request.match_info.get("account")
        if account is not None and account != self.account.sid:
            raise NotThere(request.path)

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response(self.control.state())

    async def _take(self, request: web.Request) -> web.Response:
        try:
            self.control.order(Order.model_validate_json(await request.read()))
        except ValidationError as problem:
            return web.json_response({"error": str(problem)}, status=400)
        return web.json_response(self.control.state())

    async def _drop(self, _: web.Request) -> web.Response:
        self.control.forget()
        return web.json_response(self.control.state())

    async def _buy(self, request: web.Request) -> web.Response:
        """The body: {"numbers": ["+15550100001", ...]}."""
        bought = [self.account.buy(number).sid for number in (await request.json())["numbers"]]
        return web.json_response({"sids": bought}, status=201)


@asynccontextmanager
async def serving(stand_in: TwilioStandIn, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """The address it listens on, until the block ends. Raises OSError where the port is taken."""
    runner = web.AppRunner(stand_in.application(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _refusal(refused: Refused) -> web.Response:
    return web.json_response(shapes.error(refused.code, refused.status, str(refused)), status=refused.status)


def _trouble(effect: Effect) -> web.Response:
    headers = {"Retry-After": f"{effect.retry_after:g}"} if effect.retry_after is not None else {}
    status = effect.status or 500
    if effect.code is None:
        return web.Response(text="<html>upstream trouble</html>", status=status, headers=headers)
    return web.json_response(shapes.error(effect.code, status, "asked for"), status=status, headers=headers)
