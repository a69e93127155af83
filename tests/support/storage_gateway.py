"""`python state_gateway/main.py` with a bucket: a process of its own in front of a real Redis and fake-gcs-server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from local.paths import ROOT
from local.ports import Ports
from ops.signatures import sign
from state_gateway.security import keys
from tests.support.gcs_server import GcsServer, gcs_server
from tests.support.redis_server import redis_server

_SIGNING_ROOT = "a signing root for tests, long enough"


@dataclass(frozen=True)
class StorageGateway:
    """`http` sends the key of a client that reads and writes objects below calls/."""

    gcs: GcsServer
    http: httpx2.AsyncClient
    pid: int
    key_id: str
    audit_file: Path

    def signature(self, path: str, query: str, body: bytes) -> dict[str, str]:
        """The headers that sign a POST of `body`."""
        secret = keys.signing_secret(_SIGNING_ROOT.encode(), self.key_id)
        now = time.time()  # noqa: TID251 - the gateway is another process, with the machine's clock
        return sign("POST", path, query, body, key_id=self.key_id, secret=secret, at=now)

    async def audit(self, count: int) -> list[dict[str, Any]]:
        """The audit log's lines, once there are `count`."""
        async with asyncio.timeout(20):
            while True:
                text = self.audit_file.read_text() if self.audit_file.exists() else ""
                if text.count("\n") >= count:
                    return [json.loads(line) for line in text.splitlines()]
                await asyncio.sleep(0.05)


@asynccontextmanager
async def storage_gateway(directory: Path, **entry: Any) -> AsyncIterator[StorageGateway]:
    """Running, for the block. `entry`: more of its client's entry in the clients file (signing="required")."""
    new, port, clients = keys.new(), Ports.free().redis, directory / "clients.json"
    key = {"id": new.id, "hash": f"sha256:{new.digest.hex()}", "created": "2026-01-01T00:00:00Z"}
    rights = {"objects_read": ["calls/"], "objects_write": ["calls/"]}
    client = {"name": "worker", "prefixes": ["calls"], "keys": [key], **rights, **entry}
    clients.write_text(json.dumps({"clients": [client]}))
    async with redis_server(directory, appendonly=False) as redis, gcs_server(directory) as gcs:
        own = {
            "PORT": str(port),
            "REDIS_URL": redis.url,
            "KEYS_FILE": str(clients),
            "SIGNING_ROOT": _SIGNING_ROOT,
            "AUDIT_FILE": str(directory / "audit.log"),
            "BUCKET": gcs.bucket,
        }
        environment = {f"STATE_GATEWAY_{name}": value for name, value in own.items()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "state_gateway" / "main.py")),
            env={"PATH": os.defpath, "STORAGE_EMULATOR_HOST": gcs.url, **environment},
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            headers = {"Authorization": f"Bearer {new.text}"}
            url = f"http://127.0.0.1:{port}"
            async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as http:
                await _until_live(http, process)
                yield StorageGateway(gcs, http, process.pid, new.id, directory / "audit.log")
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _until_live(http: httpx2.AsyncClient, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30):
        while True:
            assert process.returncode is None, "the gateway did not start: its words are above"
            with suppress(httpx2.TransportError):
                if (await http.get("/live")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
