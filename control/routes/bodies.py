"""The body of a request: as large and as slow as it may be, and no more."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from ops.deadline import DeadlineExceeded, deadline

_BODY_S = 5.0


class BodyRefused(Exception):
    """`status` is the answer. Its text has nothing of the request in it."""

    log_safe = True

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


async def read(request: Request, largest: int) -> bytes:
    """Raises BodyRefused: too large, too slow, gone."""
    said = request.headers.get("content-length", "0")
    if said.isascii() and said.isdigit() and int(said) > largest:
        raise BodyRefused(413, f"larger than {largest} bytes")
    body = bytearray()
    try:
        async with deadline(_BODY_S, "request's body"):
            async for piece in request.stream():
                body += piece
                if len(body) > largest:
                    raise BodyRefused(413, f"larger than {largest} bytes")
    except DeadlineExceeded as error:
        raise BodyRefused(408, "the request did not arrive in time") from error
    except ClientDisconnect as error:
        raise BodyRefused(400, "the sender went away") from error
    return bytes(body)
