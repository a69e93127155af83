"""A real fake-gcs-server on a free port of its own, that a test may kill, freeze and start again with its objects.

async with gcs_server(tmp_path) as gcs:
    gcs.freeze()
    await gcs.kill()
    await gcs.start()   # its objects are on disk and there again; uploads that were under way are not
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2

from local import gcs_server as recipe
from local.ports import Ports

_START_S = 20.0


class GcsServer:
    """`url` stays the same over restarts; `bucket` is there from the start, and `other` beside it."""

    bucket, other = "calls", "somebody-elses"

    def __init__(self, program: Path, directory: Path) -> None:
        self._program, self._directory = program, directory
        self._process: asyncio.subprocess.Process | None = None
        self.port = Ports.free().redis

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Run, and answer."""
        assert self._process is None
        for name in (self.bucket, self.other):
            recipe.make_bucket(self._directory, name)
        self._process = await asyncio.create_subprocess_exec(
            self._program,
            *recipe.arguments(self.port, self._directory),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_START_S), httpx2.AsyncClient(trust_env=False) as http:
            while not await self._answers(http):
                assert self._process.returncode is None, f"fake-gcs-server did not start on port {self.port}"
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    def freeze(self) -> None:
        """Keep the connections and answer nothing (SIGSTOP), until `thaw`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def names(self, bucket: str | None = None) -> list[str]:
        """What is in the bucket, asked of the server itself with no code of ours in between."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            listed = (await http.get(f"{self.url}/storage/v1/b/{bucket or self.bucket}/o")).json()
        return [each["name"] for each in listed.get("items", [])]

    async def put(self, name: str, data: bytes, bucket: str | None = None) -> None:
        """An object by the server's own simple upload."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            url = f"{self.url}/upload/storage/v1/b/{bucket or self.bucket}/o"
            await http.post(url, params={"uploadType": "media", "name": name}, content=data)

    async def _answers(self, http: httpx2.AsyncClient) -> bool:
        with suppress(httpx2.HTTPError):
            return (await http.get(self.url + recipe.READY)).status_code == 200
        return False


@asynccontextmanager
async def gcs_server(directory: Path) -> AsyncIterator[GcsServer]:
    """A server for the block, its objects in `directory`/gcs. Built now where that was not done yet."""
    program = await asyncio.to_thread(recipe.program, print)
    server = GcsServer(program, directory / "gcs")
    await server.start()
    try:
        yield server
    finally:
        with suppress(AssertionError):
            server.thaw()
        await server.kill()
