"""Sends one object, part by part, no faster than the client reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ops import logging
from ops.deadline import deadline
from state_gateway.errors import Refused

_log = logging.get("state_gateway.storage")


class ObjectResponse(Response):
    """An ASGI response of a known length. It begins with `first`, which was read before: a bucket that fails then was
    an honest error. One that fails later, and a client that stops reading for `send_s`, break the connection off: the
    client sees fewer bytes than Content-Length, never a whole object that is none."""

    def __init__(
        self, status: int, headers: Mapping[str, str], first: bytes, rest: AsyncGenerator[bytes, None], send_s: float
    ) -> None:
        super().__init__(status_code=status, headers=dict(headers))
        self._first, self._rest, self._send_s = first, rest, send_s
        self.sent = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._rest) as rest:
            try:
                await self._send(
                    send, {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                )
                await self._part(send, self._first)
                request = Request(scope, receive)
                async for part in rest:
                    if await request.is_disconnected():
                        return
                    await self._part(send, part)
                await self._send(send, {"type": "http.response.body", "body": b"", "more_body": False})
            except Refused as error:
                _log.warning("object broken off", code=error.code, bytes=self.sent)
            except TimeoutError:
                _log.info("object left unread", bytes=self.sent)

    async def _part(self, send: Send, part: bytes) -> None:
        await self._send(send, {"type": "http.response.body", "body": part, "more_body": True})
        self.sent += len(part)

    async def _send(self, send: Send, message: dict[str, object]) -> None:
        async with deadline(self._send_s, "client"):
            await send(message)
