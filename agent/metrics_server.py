"""GET /metrics of the worker: the values of its own process and of every call's, also of those that have ended.

Not livekit's own server: it reads the files whenever it is asked, also while they are being moved.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web
from livekit.agents.utils.http_server import HttpServer
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agent.metrics_files import MetricsFiles
from ops import logging
from ops.clock import Clock
from ops.tasks import TaskSet

_log = logging.get(__name__)


class MetricsServer:
    """Serves on `port` (None: nowhere) and keeps `directory` small (None: one process, which has no files)."""

    def __init__(
        self, host: str, port: int | None, directory: Path | None, clock: Clock, *, tidy_every_s: float = 30.0
    ) -> None:
        self._files = None if directory is None else MetricsFiles(directory)
        self._http = None if port is None else HttpServer(host, port)
        self._clock, self._tidy_every_s = clock, tidy_every_s
        self._tasks = TaskSet("metrics")

    @property
    def port(self) -> int | None:
        return None if self._http is None else self._http.port

    async def start(self) -> None:
        """Raises OSError if the port is taken."""
        if self._files is not None:
            self._tasks.spawn(self._tidy(self._files), name="tidy")
        if self._http is not None:
            self._http.app.add_routes([web.get("/metrics", self._page)])
            await self._http.start()
            _log.info("metrics served", host=self._http.host, port=self._http.port)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self._http is not None:
            await self._http.aclose()

    async def _page(self, _: web.Request) -> web.Response:
        page = await asyncio.to_thread(generate_latest if self._files is None else self._files.page)
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _tidy(self, files: MetricsFiles) -> None:
        while True:
            await self._clock.sleep(self._tidy_every_s)
            try:
                await asyncio.to_thread(files.tidy)
            except OSError as error:
                _log.warning("metrics files not tidied", error_type=type(error).__name__)
