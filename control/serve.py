"""Runs the application until SIGTERM or SIGINT, and ends clean: the lock given back, exit status 0, in under 2 s."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from control.settings import Server as ServerSettings
from ops import logging
from ops.http_protocol import Patience, factory

_GRACE_S = 1
PATIENCE = Patience(head_s=10, head_bytes=32_768, send_s=30, connections=500)
_log = logging.get("control")


class Server(uvicorn.Server):
    """uvicorn without its signal handling: that ends by raising the signal again, and so with a status that supervisors
    take for a crash."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Let answers under way end within the grace; asked twice, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def make(app: ASGIApp, settings: ServerSettings, patience: Patience = PATIENCE) -> Server:
    """The HTTP server, not yet listening."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=factory(patience),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_GRACE_S,
    )
    return Server(config)


def run(app: ASGIApp, settings: ServerSettings) -> None:
    """Blocks. Raises SystemExit where the port is taken."""
    _log.info("control starts", host=settings.host, port=settings.port)
    asyncio.run(_until_stopped(make(app, settings)))
    _log.info("control ended")


async def _until_stopped(server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
