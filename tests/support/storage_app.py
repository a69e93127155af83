"""The gateway's objects alone, over HTTP: its real front, routes and bucket behind a door that stands open."""

from __future__ import annotations

import socket
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import uvicorn
from starlette.requests import Request

from ops.signatures import Signed
from ops.tasks import TaskSet
from state_gateway.errors import Refused
from state_gateway.front import Front
from state_gateway.metrics import Metrics
from state_gateway.security.admission import Admission, Admitted
from state_gateway.security.audit import Line
from state_gateway.security.clients import Client
from state_gateway.storage.routes import routes
from state_gateway.storage.settings import StorageSettings
from state_gateway.storage.storage import Storage

CLIENT = Client("worker", (), frozenset(), objects_read=("calls/", "voices/"), objects_write=("calls/",))


class OpenDoor(Admission):
    """Lets everybody in as CLIENT, as if Content-Digest, where there is one, had been signed. `outcomes`: how each
    request ended, as the audit log has it."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str, int, int]] = []

    @asynccontextmanager
    async def admit(self, request: Request, *, max_bytes: int | None) -> AsyncIterator[Admitted]:
        given = request.headers.get("content-digest", "")
        digest = b64decode(given.removeprefix("sha-256=:").removesuffix(":"))
        line, outcome = Line(0.0, request.method), "broken"
        try:
            yield Admitted(CLIENT, "key", line, signed=Signed("key", "nonce", 0, digest) if given else None)
            outcome = "ok"
        except Refused as refused:
            outcome = refused.code
            raise
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            self.outcomes.append((line.command, outcome, line.bytes_in, line.bytes_out))


def app(storage: Storage, door: OpenDoor) -> Front:
    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        yield

    return Front([], routes(storage, door), Metrics(), lifespan)


def settings(url: str, bucket: str, **more: object) -> StorageSettings:
    """Those of a gateway in front of the emulator at `url`; impatient, so that a dead bucket is soon told."""
    quick = {"storage_connect_s": 2.0, "storage_read_s": 2.0, "storage_retry_s": 0.5}
    return StorageSettings.model_validate({"bucket": bucket, "STORAGE_EMULATOR_HOST": url} | quick | more)


@asynccontextmanager
async def serving(storage: Storage, door: OpenDoor | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the routes on a free port, for the block; `storage` is closed after it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    options: Any = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
    server = uvicorn.Server(uvicorn.Config(app(storage, door or OpenDoor()), **options))
    tasks = TaskSet("storage_app")
    running = tasks.spawn(server._serve([listening]), name="uvicorn")  # serve() would take the test's signals
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
            yield http
    finally:
        server.should_exit = server.force_exit = True
        await running
        await tasks.aclose()
        await storage.aclose()


async def write(
    http: httpx2.AsyncClient,
    name: str,
    data: Any,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **query: str,
) -> dict[str, Any]:
    """POST /storage/write, answered with `status`; the answer's body."""
    answer = await http.post("/storage/write", params={"path": name} | query, content=data, headers=headers)
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def pieces(data: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    """`data` as a body whose length is not said."""
    for at in range(0, len(data), size):
        yield data[at : at + size]
