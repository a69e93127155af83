"""control's HTTP server towards a client that is slow on purpose."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from control.serve import PATIENCE, make
from control.settings import Server as Settings
from ops.http_protocol import Patience


@asynccontextmanager
async def _served() -> AsyncIterator[int]:
    """The port of a server that gives a head 0.2 s."""
    server = make(
        Starlette(), Settings.model_construct(host="127.0.0.1", port=0), Patience(0.2, PATIENCE.head_bytes, 0.2, 10)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([listener]))
            try:
                yield listener.getsockname()[1]
            finally:
                server.stop()


@pytest.mark.parametrize(
    "said",
    [b"", b"POST /webhooks/livekit HTTP/1.1\r\nX-Slow: ", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n"],
    ids=["nothing", "half a head", "an empty line after a request"],
)
async def test_who_is_slow_on_purpose_is_closed(said: bytes) -> None:
    """Each connection is a descriptor: enough of them, and no webhook comes in. It needs no secret to open one."""
    async with _served() as port, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        if said.endswith(b"\r\n"):
            await reader.readuntil(b"\r\n\r\nNot Found")
            writer.write(b"\r\n")
        assert await reader.read() == b""
        writer.close()
