"""The little of HTTP that the hot routes need, without a request or response object for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from ops.deadline import deadline
from state_gateway.errors import Refused

Headers = list[tuple[bytes, bytes]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]
STALE: Headers = [(b"x-stale", b"true")]  # the replica answered
_JSON = (b"content-type", b"application/json")


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of this name (lower case), as it was sent."""
    for each, value in scope["headers"]:
        if each == name:
            return bytes(value)
    return None


async def no_body() -> Message:
    """The `receive` of a request that has none: `read_body` then waits for nothing, and needs no deadline."""
    return {"type": "http.request", "body": b"", "more_body": False}


def has_body(scope: Scope) -> bool:
    """Whether a body follows the head (RFC 9112, section 6.3)."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def read_body(receive: Receive, max_bytes: int, seconds: float, hold: Callable[[int], None]) -> bytes:
    """The whole body. `hold` is told the bytes of each part as it comes, and may refuse. Raises Refused: 413 above
    `max_bytes`, 408 when it is not there within `seconds`; ClientDisconnect when its sender has gone."""
    if receive is no_body:
        return b""
    message = await _next(receive, seconds)
    body: bytes = message.get("body", b"")
    hold(len(body))
    if message.get("more_body", False):
        parts, size = [body], len(body)
        try:
            async with deadline(seconds, "caller"):
                while message.get("more_body", False) and size <= max_bytes:
                    message = await _next(receive, seconds)
                    parts.append(message.get("body", b""))
                    hold(len(parts[-1]))
                    size += len(parts[-1])
        except TimeoutError:
            raise _late() from None
        body = b"".join(parts)
    if len(body) > max_bytes:
        raise Refused(413, "too_large", f"the body is larger than {max_bytes} bytes")
    return body


async def send_json(send: Send, body: bytes, status: int = 200, headers: Headers | None = None) -> None:
    """A whole JSON answer."""
    head = [_JSON, (b"content-length", str(len(body)).encode()), *(headers or ())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _next(receive: Receive, seconds: float) -> Message:
    try:
        async with deadline(seconds, "caller"):
            message = await receive()
    except TimeoutError:
        raise _late() from None
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message


def _late() -> Refused:
    return Refused(408, "request_timeout", "the request did not arrive in time")
