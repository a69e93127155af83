"""Ready is what a process says of itself, never a matter of having waited long enough."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from local.ports import HOST, Ports
from local.readiness import HttpOk, LogHas, NotReadyError, TcpOpen, wait_ready, wait_until


async def _answer(status: str) -> tuple[asyncio.Server, int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, HOST, 0)
    return server, server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(("status", "ready"), [("200 OK", True), ("503 Service Unavailable", False)])
async def test_http_is_ready_at_200_only(status: str, ready: bool) -> None:
    """A server answers 503 while it loads its voices: that is an answer, and not the one that is waited for."""
    server, port = await _answer(status)
    async with server:
        assert await HttpOk(port, "/ready")() is ready


async def test_tcp_is_ready_when_somebody_accepts() -> None:
    server, port = await _answer("200 OK")
    async with server:
        assert await TcpOpen(port)()


async def test_a_log_line_of_an_earlier_start_does_not_count(tmp_path: Path) -> None:
    """A restarted worker wrote "registered worker" before: it is not ready for that."""
    log = tmp_path / "agent.log"
    log.write_text('{"event": "registered worker"}\n')
    again = LogHas(log, "registered worker", start=log.stat().st_size)
    assert not await again()
    with log.open("a") as added:
        added.write('{"event": "registered worker"}\n')
    assert await again()


async def test_waiting_ends_when_the_process_does() -> None:
    """A process that dies at its start is told at once, not after its deadline."""
    with pytest.raises(NotReadyError, match="redis ended before it was ready"):
        await wait_ready(TcpOpen(Ports.free().redis), alive=lambda: False, within_s=60, what="redis")


async def test_waiting_ends_with_the_deadline() -> None:
    with pytest.raises(NotReadyError, match=r"redis was not ready after 0\.2 s"):
        await wait_ready(TcpOpen(Ports.free().redis), alive=lambda: True, within_s=0.2, what="redis")


async def test_a_condition_that_never_holds_is_told_as_such() -> None:
    assert await wait_until(lambda: True, within_s=0.1)
    assert not await wait_until(lambda: False, within_s=0.1)
