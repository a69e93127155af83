"""Sends one object, part by part, no faster than the client reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ops.deadline import DeadlineExceeded, deadline


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
        """Raises, when it has begun, Refused for a bucket that failed and ClientDisconnect for a client that left."""
        request = Request(scope, receive)
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        async with aclosing(self._rest) as rest:
            await self._send(send, head)
            await self._part(send, self._first)
            async for part in rest:
                if await request.is_disconnected():
                    raise ClientDisconnect
                await self._part(send, part)
            await self._send(send, {"type": "http.response.body", "body": b"", "more_body": False})

    async def _part(self, send: Send, part: bytes) -> None:
        await self._send(send, {"type": "http.response.body", "body": part, "more_body": True})
        self.sent += len(part)

    async def _send(self, send: Send, message: dict[str, object]) -> None:
        try:
            async with deadline(self._send_s, "client"):
                await send(message)
        except DeadlineExceeded:
            raise ClientDisconnect from None  # it is there and takes nothing: to everybody else it is gone
