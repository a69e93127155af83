"""The state gateway with one client and its key, for tests of the client's side: as an operator starts it, or served by
the test's own event loop, which takes a tenth of the time."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.paths import ROOT
from local.ports import Ports
from ops.tasks import TaskSet
from state_gateway import serve, settings
from state_gateway.build import build
from state_gateway.security import keys
from state_gateway.security.clients_file import ClientEntry, ClientsFile, KeyEntry, render
from tests.support.workers import bare_environment

_SIGNING_ROOT = "a signing root for tests, long enough"
_START_S = 30.0


class Gateway:
    """`url`, `api_key` and `signing_key` stay the same over restarts."""

    def __init__(self, folder: Path, redis_url: str, **entry: Any) -> None:
        self._folder, self._redis_url = folder, redis_url
        self.port = Ports.free().gateway
        new = keys.new()
        self.api_key, self.signing_key = new.text, keys.signing_secret(_SIGNING_ROOT.encode(), new.id).decode()
        kept = KeyEntry(id=new.id, hash=f"sha256:{new.digest.hex()}", created=datetime.now(UTC))
        client = ClientEntry.model_validate({"name": "worker", "prefixes": ["switchboard"], "keys": [kept]} | entry)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "clients.json").write_text(render(ClientsFile(clients=[client]), is_yaml=False))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _own(self) -> dict[str, str]:
        """Its settings, as its environment has them after the prefix."""
        return {
            "port": str(self.port),
            "redis_url": self._redis_url,
            "keys_file": str(self._folder / "clients.json"),
            "audit_file": str(self._folder / "audit.jsonl"),
            "signing_root": _SIGNING_ROOT,
        }


class GatewayProcess(Gateway):
    """A process of its own, that may be killed, frozen and started again."""

    _process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Run, and listen."""
        assert self._process is None
        own = {f"STATE_GATEWAY_{name.upper()}": value for name, value in self._own.items()}
        log = self._folder / "gateway.log"
        with log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, str(ROOT / "state_gateway" / "main.py")),
                env={**bare_environment(), **own},
                stdout=out,
                stderr=out,
            )
        async with asyncio.timeout(_START_S):
            while not await self._listens():
                assert self._process.returncode is None, log.read_text()
                await asyncio.sleep(0.02)

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

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


@asynccontextmanager
async def gateway_process(folder: Path, redis_url: str, **entry: Any) -> AsyncIterator[GatewayProcess]:
    """A gateway for the block. `entry`: more of its client's entry in the clients file (signing="required")."""
    gateway = GatewayProcess(folder / "gateway", redis_url, **entry)
    try:
        await gateway.start()
        yield gateway
    finally:
        await gateway.kill()


@asynccontextmanager
async def gateway_served(folder: Path, redis_url: str, **entry: Any) -> AsyncIterator[Gateway]:
    """As `gateway_process`, in this event loop, on a real socket."""
    gateway = Gateway(folder / "gateway", redis_url, **entry)
    chosen: Any = {
        name: model.model_validate({key: value for key, value in gateway._own.items() if key in model.model_fields})
        for name, model in settings.MODELS.items()
    }
    wanted = settings.GatewaySettings(**chosen)
    server, tasks = serve.make(build(wanted), wanted), TaskSet("gateway_served")
    # With its protocol named: asyncio turns Nagle off for such sockets only, and each answer would wait 40 ms.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", gateway.port))
    listening.listen()  # from here on a connection waits until the server takes it: nothing to poll for
    running = tasks.spawn(server.serve(sockets=[listening]), name="uvicorn")
    try:
        yield gateway
    finally:
        server.stop()
        await running
        await tasks.aclose()
