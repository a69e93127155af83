"""The speech server behind a real socket, in the test's own event loop."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from openai import AsyncOpenAI

from ops.tasks import TaskSet
from tts_server import serve, settings
from tts_server.build import build
from tts_server.engines.port import Engine


@dataclass(frozen=True)
class Served:
    """`openai` retries nothing: a test sees the first answer."""

    url: str
    http: httpx2.AsyncClient
    openai: AsyncOpenAI

    async def speak(self, text: str = "hello", voice: str = "fake:440", **more: Any) -> httpx2.Response:
        """POST /v1/audio/speech, pcm where nothing else is said; the whole answer."""
        body = {"model": "tts-1", "input": text, "voice": voice, "response_format": "pcm"} | more
        return await self.http.post("/v1/audio/speech", json=body)


@asynccontextmanager
async def serving(
    engines: Sequence[Engine] = (), limits: Mapping[str, Any] | None = None, api_key: str | None = None
) -> AsyncIterator[Served]:
    """Listens on a free port for the block. Without `engines`: those of this machine."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # from here on a connection waits until the server takes it: nothing to poll for
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    chosen = settings.TtsServerSettings(
        settings.Server.model_validate({"api_key": api_key}),
        settings.Engines(),
        settings.Limits.model_validate(dict(limits or {})),
        settings.Logs(),
    )
    server = serve.make(build(chosen, engines), chosen.server)
    tasks = TaskSet("tts_http")
    running = tasks.spawn(server.serve(sockets=[listening]), name="uvicorn")
    try:
        async with (
            httpx2.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
            AsyncOpenAI(base_url=f"{url}/v1", api_key=api_key or "none", max_retries=0, timeout=20) as openai,
        ):
            yield Served(url, http, openai)
    finally:
        server.stop()
        await running
        await tasks.aclose()
