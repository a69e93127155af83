"""Runs the application until SIGTERM or SIGINT, and ends clean: exit status 0, within 10 s."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
import uvloop
from starlette.types import ASGIApp

from ops import logging
from ops.http_protocol import Patience, factory
from state_gateway.settings import GatewaySettings

_GRACE_S = 8  # for requests under way: longer than any command's deadline
_KEEP_ALIVE_S = 75  # longer than a client's pool keeps idle connections: the client closes first
_log = logging.get("state_gateway")


class Server(uvicorn.Server):
    """uvicorn without its signal handling: that ends by raising the signal again, and so with a status that supervisors
    take for a crash."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Let requests under way end within the grace; asked twice, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def make(app: ASGIApp, settings: GatewaySettings) -> Server:
    """The HTTP server, not yet listening."""
    limits = settings.limits
    patience = Patience(limits.head_s, limits.head_bytes, limits.send_s, limits.connections, limits.bodies_bytes)
    config = uvicorn.Config(
        app,
        host=settings.server.host,
        port=settings.server.port,
        http=factory(patience),
        loop="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return Server(config)


def run(app: ASGIApp, settings: GatewaySettings, listener: socket.socket | None = None) -> None:
    """Blocks. `listener`: a bound socket, where processes share the port. Raises SystemExit where the port is taken."""
    _log.info("state gateway starts", host=settings.server.host, port=settings.server.port)
    # What is there now stays: to look through it again and again stopped every request for 0.1 s.
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(make(app, settings), listener))
    _log.info("state gateway ended")


async def _until_stopped(server: Server, listener: socket.socket | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve([listener] if listener is not None else None)
    if not server.started:
        sys.exit(3)
