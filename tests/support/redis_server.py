"""A real redis-server on a free port of its own, that a test may kill, stop for a while, and start again empty or not.

async with redis_server(tmp_path) as redis:
    await redis.kill()
    await redis.start()             # what it kept on disk is there again
    await redis.start(empty=True)   # all is gone, as with a replacement machine
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from local.ports import Ports

_START_S = 20.0
_TRIES = 3  # a free port may be taken by somebody else between the look and the start


class RedisServer:
    """`url` stays the same over restarts. With `appendonly` every write is on disk before it is answered."""

    def __init__(self, directory: Path, options: Sequence[str], *, appendonly: bool) -> None:
        self._directory, self._options, self._appendonly = directory, tuple(options), appendonly
        self._process: asyncio.subprocess.Process | None = None
        self.port = Ports.free().redis

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self, *, empty: bool = False) -> None:
        """Run, and answer. `empty`: without what an earlier run kept."""
        assert self._process is None
        if empty:
            shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True, exist_ok=True)
        keep = ["--appendonly", "yes", "--appendfsync", "always"] if self._appendonly else ["--appendonly", "no"]
        self._process = await asyncio.create_subprocess_exec(
            *("redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", self._directory),
            *(*keep, *self._options),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_START_S):
            while not await self._answers():
                if self._process.returncode is not None:
                    self._process = None
                    raise OSError(f"redis-server did not start on port {self.port}")
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """As an orderly shutdown: SIGTERM."""
        await self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Keep the connections and answer nothing (SIGSTOP), until `thaw`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def ask(self, *command: str | int | bytes) -> str:
        """One command by redis-cli, with no client library of ours in between; its answer as redis-cli prints it.

        Bytes that are no UTF-8 are written as backslashes.
        """
        process = await asyncio.create_subprocess_exec(
            *("redis-cli", "-p", str(self.port), *map(str, command)), stdout=asyncio.subprocess.PIPE
        )
        answer, _ = await process.communicate()
        return answer.decode(errors="backslashreplace").rstrip("\n")

    async def _answers(self) -> bool:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(b"PING\r\n")
                    return (await reader.readline()).startswith(b"+PONG")
                finally:
                    writer.close()
                    await writer.wait_closed()
        return False

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.send_signal(how)
        await process.wait()


@asynccontextmanager
async def redis_server(
    directory: Path, *options: str, appendonly: bool = True, start: bool = True
) -> AsyncIterator[RedisServer]:
    """A server for the block, its data in `directory`/redis; `options` are redis-server's own, "--maxmemory", "1mb"."""
    server = RedisServer(directory / "redis", options, appendonly=appendonly)
    for attempt in range(_TRIES if start else 0):
        try:
            await server.start()
            break
        except OSError:
            if attempt == _TRIES - 1:
                raise
            server = RedisServer(directory / "redis", options, appendonly=appendonly)
    try:
        yield server
    finally:
        await server.kill()
