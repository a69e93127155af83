"""The gateway's objects alone, over HTTP: its real routes and bucket behind a stand-in for admission.

In the test's own event loop by `serving`; as a process of its own by `python -m tests.support.storage_app`.
"""

from __future__ import annotations

import socket
import sys
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from ops.tasks import TaskSet
from state_gateway.errors import Refused, answer
from state_gateway.security.clients import Client
from state_gateway.storage.routes import routes
from state_gateway.storage.settings import StorageSettings
from state_gateway.storage.storage import Storage

CLIENT = Client("worker", (), frozenset(), objects_read=("calls/", "voices/"), objects_write=("calls/",))


@dataclass(frozen=True)
class Admitted:
    client: Client
    content_sha256: bytes | None


class OpenDoor:
    """Lets everybody in as CLIENT; the digest that counts as signed is Content-Digest's."""

    async def admit(self, request: Request, max_bytes: int | None = None) -> Admitted:
        given = request.headers.get("content-digest", "")
        digest = b64decode(given.removeprefix("sha-256=:").removesuffix(":")) if given else None
        return Admitted(CLIENT, digest)


def app(storage: Storage) -> Starlette:
    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return answer(error)

    return Starlette(routes=routes(storage, OpenDoor()), exception_handlers={Refused: refused})


def settings(url: str, bucket: str, **more: object) -> StorageSettings:
    """Those of a gateway in front of the emulator at `url`; impatient, so that a dead bucket is soon told."""
    quick = {"storage_connect_s": 2.0, "storage_read_s": 2.0, "storage_retry_s": 0.5}
    return StorageSettings.model_validate({"bucket": bucket, "STORAGE_EMULATOR_HOST": url} | quick | more)


@asynccontextmanager
async def serving(storage: Storage) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the routes on a free port, for the block; `storage` is closed after it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app(storage), log_config=None, access_log=False, lifespan="off", ws="none"))
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


def main() -> None:
    """`PORT EMULATOR BUCKET`: serve until killed."""
    port, url, bucket = sys.argv[1:]
    uvicorn.run(app(Storage(settings(url, bucket))), port=int(port), log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
