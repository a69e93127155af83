"""`python state_gateway/main.py` as a process of its own, with a clients file and a key, for tests.

async with a_gateway(tmp_path, redis.url) as gateway:
    await gateway.post("/pipeline", [["SET", "calls:a", "1"]])
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx2

from local.ports import Ports
from state_gateway.security import keys

_MAIN = Path(__file__).parents[2] / "state_gateway" / "main.py"
_START_S = 30.0
PREFIX = "calls:"


@dataclass
class Gateway:
    """`key`: of a client that may use every command on keys below PREFIX. `url` stays over a restart."""

    url: str
    key: str
    http: httpx2.AsyncClient
    process: asyncio.subprocess.Process

    async def post(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        """`body` as JSON; bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(path, content=content, headers=headers)

    async def result(self, *command: Any) -> Any:
        """The result of one command that must go well."""
        answer = await self.post("/", list(command))
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    async def metric(self, name: str) -> float:
        """The sum over all labels."""
        page = (await self.http.get("/metrics")).text
        lines = [line for line in page.splitlines() if line.startswith((name + " ", name + "{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    async def wait_for(self, path: str, **expected: Any) -> dict[str, Any]:
        """Ask `path` until its JSON has what is expected."""
        async with asyncio.timeout(20):
            while True:
                found: dict[str, Any] = (await self.http.get(path)).json()
                if expected.items() <= found.items():
                    return found
                await asyncio.sleep(0.02)

    async def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()


def clients_file(directory: Path, **more: Any) -> tuple[Path, str]:
    """A clients file with one client, and the client's key."""
    new = keys.new()
    key = {"id": new.id, "hash": "sha256:" + new.digest.hex(), "created": "2026-01-01T00:00:00Z"}
    client = {"name": "worker", "prefixes": [PREFIX], "commands": ["all"], "keys": [key]} | more
    path = directory / "clients.json"
    path.write_text(json.dumps({"clients": [client]}))
    return path, new.text


@asynccontextmanager
async def a_gateway(directory: Path, redis_url: str, **environment: str) -> AsyncIterator[Gateway]:
    """Running, and reachable. `environment`: settings without their prefix, CACHE="calls:=1000"."""
    path, key = clients_file(directory)
    port = Ports.free().redis
    settings = {"PORT": str(port), "REDIS_URL": redis_url, "KEYS_FILE": str(path)} | environment
    log = directory / "gateway.log"
    with log.open("ab") as errors:
        process = await _start(directory, settings, errors)
    url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {key}"}
    try:
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=10, trust_env=False) as http:
            await _until_live(http, process, log)
            yield Gateway(url, key, http, process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _start(directory: Path, settings: dict[str, str], errors: IO[bytes]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(_MAIN),
        cwd=directory,
        env={
            "PATH": os.environ["PATH"],  # noqa: TID251 - the child's whole environment is made here
            **{f"STATE_GATEWAY_{name}": value for name, value in ({"AUDIT_FILE": "audit.log"} | settings).items()},
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=errors,
    )


async def _until_live(http: httpx2.AsyncClient, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            assert process.returncode is None, await asyncio.to_thread(log.read_text)
            with suppress(httpx2.TransportError):
                if (await http.get("/live")).status_code == 200:
                    return
            await asyncio.sleep(0.02)
