"""The state gateway served by the test's own event loop, which takes a tenth of the time of a process."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ops.tasks import TaskSet
from state_gateway import serve, settings
from state_gateway.build import build
from tests.support.a_gateway import Gateway, client


@asynccontextmanager
async def gateway_served(folder: Path, redis_url: str, **entry: Any) -> AsyncIterator[Gateway]:
    """On a real socket, for the block. `entry`: more of its client's entry in the clients file (signing="required")."""
    gateway = Gateway(folder / "gateway", redis_url, [client("worker", prefixes=["switchboard"]) | entry])
    own = {name.lower(): value for name, value in gateway.settings.items()}
    chosen: Any = {
        name: model.model_validate({key: value for key, value in own.items() if key in model.model_fields})
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
