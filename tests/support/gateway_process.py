"""`python state_gateway/main.py` as a process of its own, with the clients a test needs.

async with gateway(tmp_path, redis.url, [client("worker")]) as running:
    key = running.keys["worker"]
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from local.ports import Ports
from ops.clock import SystemClock
from ops.signatures import sign
from state_gateway.security import keys

ROOT = "r" * 32
_MAIN = Path(__file__).parents[2] / "state_gateway" / "main.py"
_START_S = 30.0


def client(name: str, **more: Any) -> dict[str, Any]:
    """A client of the clients file, in its words; its prefix is its name."""
    return {"name": name, "prefixes": [name], "keys": []} | more


class Gateway:
    """One process. `keys` has a key of each client; `log` the lines of standard error."""

    def __init__(self, directory: Path, clients: Sequence[dict[str, Any]]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.port = Ports.free().gateway
        self.clients_file, self.audit_file = directory / "clients.json", directory / "audit.jsonl"
        self.clients = list(clients)
        self.log: list[str] = []
        self.process: asyncio.subprocess.Process | None = None
        self.keys = {each["name"]: self.key(each["name"]) for each in self.clients}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def save(self) -> None:
        """Write the clients file whole, as the command does."""
        new = self.clients_file.with_suffix(".new")
        new.write_text(json.dumps({"clients": self.clients}))
        new.replace(self.clients_file)

    def key(self, name: str, **more: Any) -> str:
        """A further key of the client, written into the clients file; its text. `more`: expires, revoked."""
        made = keys.new()
        (found,) = [each for each in self.clients if each["name"] == name]
        entry = {"id": made.id, "hash": f"sha256:{made.digest.hex()}", "created": "2026-11-21T00:00:00Z"} | more
        found["keys"].append(entry)
        self.save()
        return made.text

    def http(self, key: str | None = None) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=20, trust_env=False)

    def audit(self) -> list[dict[str, Any]]:
        """The audit log so far."""
        if not self.audit_file.exists():
            return []
        return [json.loads(line) for line in self.audit_file.read_text().splitlines()]


@asynccontextmanager
async def gateway(
    directory: Path, redis_url: str, clients: Sequence[dict[str, Any]], emulator: str = "", **environment: str
) -> AsyncIterator[Gateway]:
    """A gateway that listens, for the block. `environment`: BODY_S="1" is STATE_GATEWAY_BODY_S; `emulator`: the
    bucket's address."""
    running = Gateway(directory, clients)
    own = {
        "PORT": str(running.port),
        "REDIS_URL": redis_url,
        "KEYS_FILE": str(running.clients_file),
        "AUDIT_FILE": str(running.audit_file),
        "SIGNING_ROOT": ROOT,
    }
    running.process = process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_MAIN),
        env={
            "PATH": os.defpath,
            "STORAGE_EMULATOR_HOST": emulator,
            **{f"STATE_GATEWAY_{name}": value for name, value in (own | environment).items()},
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    listening = asyncio.Event()

    async def read(stream: asyncio.StreamReader) -> None:
        async for line in stream:
            running.log.append(line.decode())
            if "Uvicorn running" in running.log[-1]:
                listening.set()

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read(process.stderr))
        try:
            async with asyncio.timeout(_START_S):
                await asyncio.wait(
                    {reading, waiting := tasks.create_task(listening.wait())}, return_when="FIRST_COMPLETED"
                )
            waiting.cancel()
            assert listening.is_set(), "".join(running.log)
            await _ready(running)
            yield running
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _ready(running: Gateway) -> None:
    """Redis has been reached, where it can be."""
    async with asyncio.timeout(_START_S), running.http() as http:
        while (await http.get("/ready")).status_code != 200:
            await asyncio.sleep(0.05)


def signed(key: str, body: bytes, *, method: str = "POST", path: str = "/", query: str = "", off_s: float = 0.0) -> Any:
    """The headers of a signature by `key`, made at a clock that is `off_s` ahead."""
    id = key.split("_")[1]
    secret = keys.signing_secret(ROOT.encode(), id)
    return sign(method, path, query, body, key_id=id, secret=secret, at=SystemClock().now() + off_s)
