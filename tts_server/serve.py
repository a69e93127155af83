"""Runs the application until SIGTERM or SIGINT, and ends clean: exit status 0, no child left, in under 2 s."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from ops import logging
from tts_server.settings import Server

_GRACE_S = 1  # for speech in mid-sentence; then it is cancelled
_KEEP_ALIVE_S = 75  # longer than a client's pool keeps idle connections: the client closes first
_log = logging.get("tts_server")


class _Uvicorn(uvicorn.Server):
    """uvicorn ends by raising the signal again, and so with a status that supervisors take for a crash."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self.force_exit = self.should_exit  # asked twice: at once
        self.should_exit = True


def run(app: ASGIApp, settings: Server) -> None:
    """Blocks. Raises SystemExit(1) where the port is taken."""
    _log.info("speech server starts", host=settings.host, port=settings.port)
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
    asyncio.run(_Uvicorn(config).serve())
    _log.info("speech server ended")
