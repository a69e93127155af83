"""The worker's own /metrics: it answers, and it tidies up by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from agent.metrics_server import MetricsServer
from tests.fakes.clock import FakeClock


async def test_the_page_is_served_and_the_files_are_tidied_by_themselves(tmp_path: Path) -> None:
    """Also with a leftover of a process that is gone: pids are at most 2**22 on Linux."""
    leftover = tmp_path / "counter_99999999.db"
    leftover.write_bytes(bytes(1 << 16))
    server = MetricsServer("127.0.0.1", 0, tmp_path, FakeClock(), tidy_every_s=0.01)
    await server.start()
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{server.port}/metrics") as response,
        ):
            assert response.status == 200
        async with asyncio.timeout(10):
            while leftover.exists():
                await asyncio.sleep(0.01)
    finally:
        await server.aclose()


async def test_without_a_directory_the_own_process_is_served() -> None:
    server = MetricsServer("127.0.0.1", 0, None, FakeClock())
    await server.start()
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{server.port}/metrics") as response,
        ):
            assert "python_info" in await response.text()
    finally:
        await server.aclose()
