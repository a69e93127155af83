"""Runs the application until SIGTERM or SIGINT, and ends clean: exit status 0, no child left, in under 2 s."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from ops import logging
from tts_server.settings import Server as ServerSettings

_GRACE_S = 1  # for speech in mid-sentence; then it is cancelled
_KEEP_ALIVE_S = 75  # longer than a client's pool keeps idle connections: the client closes first
_log = logging.get("tts_server")


class Server(uvicorn.Server):
    """uvicorn without its signal handling: that ends by raising the signal again, and so with a status that supervisors
    take for a crash."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Let speech in mid-sentence end within the grace; asked twice, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def make(app: ASGIApp, settings: ServerSettings) -> Server:
    """The HTTP server, not yet listening."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return Server(config)


def run(app: ASGIApp, settings: ServerSettings) -> None:
    """Blocks. Raises SystemExit where the port is taken."""
    _log.info("speech server starts", host=settings.host, port=settings.port)
    asyncio.run(_until_stopped(make(app, settings)))
    _log.info("speech server ended")


async def _until_stopped(server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
