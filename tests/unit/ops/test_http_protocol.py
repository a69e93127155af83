"""Answers that nobody reads: what they may take of the memory together. (The rest of the protocol: control's and the
gateway's own tests.)"""

from __future__ import annotations

import asyncio
import socket

import pytest
import uvicorn
from starlette.responses import Response

from ops.http_protocol import Patience, factory

_ANSWER = Response(b"x" * 20_000_000)  # more than the kernel keeps for a connection


@pytest.mark.parametrize(("budget", "stay"), [(1_000_000, 0), (50_000_000, 4)])
async def test_answers_that_nobody_reads_are_bounded_together(budget: int, stay: int) -> None:
    """Each may take its half minute, but who comes when there are too many is cut off, and only he."""
    http = factory(Patience(30, 4_096, 30, 100, budget))
    config = uvicorn.Config(_ANSWER, http=http, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with asyncio.TaskGroup() as group, asyncio.timeout(20):
            group.create_task(server._serve([listener]))
            opened = [await _ask(listener.getsockname()) for _ in range(6)]
            while len(server.server_state.connections) > stay or server.server_state.total_requests < 6:
                await asyncio.sleep(0.01)
            assert bool(server.server_state.connections) == bool(stay)
            for _, writer in opened:
                writer.transport.abort()
            while server.server_state.connections:
                await asyncio.sleep(0.01)
            server.should_exit = True


async def _ask(address: tuple[str, int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request whose answer is not read."""
    reader, writer = await asyncio.open_connection(*address)
    reader._transport.pause_reading()  # type: ignore[attr-defined]  # as a client that hangs
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return reader, writer
