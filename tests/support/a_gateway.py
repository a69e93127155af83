"""`python state_gateway/main.py` as a process of its own, with a clients file and a key of each client, for tests.

async with a_gateway(tmp_path, redis.url) as gateway:
    await gateway.post("/pipeline", [["SET", "calls:a", "1"]])
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from local.paths import ROOT
from local.ports import Ports
from ops.clock import SystemClock
from ops.signatures import sign
from state_gateway.security import keys
from tests.support.workers import bare_environment

SIGNING_ROOT = "a signing root for tests, long enough"
_START_S = 30.0
_END_S = 10.0


def client(name: str, **more: Any) -> dict[str, Any]:
    """A client of the clients file, in its words; its prefix is its name."""
    return {"name": name, "prefixes": [name], "keys": []} | more


def worker() -> dict[str, Any]:
    """One that may use every command on the keys below calls:"""
    return client("worker", prefixes=["calls:"], commands=["all"])


class Gateway:
    """Not yet started. `url` and the keys stay the same over restarts, killed or not; `keys` has one of each client.

    `http` has the key of the first client; it is there inside `a_gateway`.
    """

    http: httpx2.AsyncClient
    process: asyncio.subprocess.Process

    def __init__(self, directory: Path, redis_url: str, clients: Sequence[dict[str, Any]], **environment: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.port = directory, Ports.free().gateway
        self.clients_file, self.audit_file = directory / "clients.json", directory / "audit.jsonl"
        self.clients = list(clients)
        self.settings = {
            "PORT": str(self.port),
            "REDIS_URL": redis_url,
            "KEYS_FILE": str(self.clients_file),
            "AUDIT_FILE": str(self.audit_file),
            "SIGNING_ROOT": SIGNING_ROOT,
        } | environment
        self.keys = {each["name"]: self.key(each["name"]) for each in self.clients}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_key(self) -> str:
        """The first client's."""
        return self.keys[str(self.clients[0]["name"])]

    @property
    def signing_key(self) -> str:
        return signing_key(self.api_key)

    @property
    def log(self) -> str:
        """What it said on standard error so far."""
        return (self.directory / "gateway.log").read_text()

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

    def asking(self, key: str | None = None, timeout_s: float = 30.0) -> httpx2.AsyncClient:
        """A connection of its own, with this key or none."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False)

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

    async def audit(self, count: int = 0) -> list[dict[str, Any]]:
        """The audit log so far, once it has `count` lines."""
        async with asyncio.timeout(20):
            while len(lines := _lines(self.audit_file)) < count:
                await asyncio.sleep(0.05)
        return [json.loads(line) for line in lines]

    async def start(self) -> None:
        """Run, and answer."""
        with (self.directory / "gateway.log").open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, str(ROOT / "state_gateway" / "main.py")),
                cwd=self.directory,
                env=bare_environment() | self.environment(**self.settings),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
            )
        async with asyncio.timeout(_START_S), self.asking() as http:
            while True:
                assert self.process.returncode is None, self.log
                with suppress(httpx2.TransportError):
                    if (await http.get("/live")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    @staticmethod
    def environment(**settings: str) -> dict[str, str]:
        """As the gateway reads them. STORAGE_EMULATOR_HOST, the bucket's address, has no prefix."""
        names = {name: name if name == "STORAGE_EMULATOR_HOST" else f"STATE_GATEWAY_{name}" for name in settings}
        return {names[name]: value for name, value in settings.items()}

    async def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def end(self) -> None:
        """As an orderly shutdown, so that processes of its own go with it; kill -9 where that takes too long."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                await self.process.wait()
        await self.kill()


@asynccontextmanager
async def a_gateway(
    directory: Path, redis_url: str, clients: Sequence[dict[str, Any]] | None = None, /, **environment: str
) -> AsyncIterator[Gateway]:
    """Running, and reachable. `environment`: settings without their prefix, CACHE="calls:=1000"."""
    gateway = Gateway(directory, redis_url, [worker()] if clients is None else clients, **environment)
    await gateway.start()
    try:
        async with gateway.asking(gateway.api_key) as gateway.http:
            yield gateway
    finally:
        await gateway.end()


def signing_key(api_key: str) -> str:
    return keys.signing_secret(SIGNING_ROOT.encode(), api_key.split("_")[1]).decode()


def signed(key: str, body: bytes, *, method: str = "POST", path: str = "/", query: str = "", off_s: float = 0.0) -> Any:
    """The headers of a signature by `key`, made at a clock that is `off_s` ahead."""
    at = SystemClock().now() + off_s
    return sign(method, path, query, body, key_id=key.split("_")[1], secret=signing_key(key).encode(), at=at)


def _lines(path: Path) -> list[str]:
    """Whole lines only: the last one may still be on its way."""
    return path.read_text().split("\n")[:-1] if path.exists() else []
