"""The language model's client: the framework's, over a TLS context that is made once and not for every call."""

from __future__ import annotations

import httpx2
from livekit.agents.utils import http_context
from livekit.plugins import openai
from openai import AsyncOpenAI

# The plugin's own (livekit-plugins-openai 1.8.9). A connection outlives the longest pause between two turns.
_TIMEOUT = httpx2.Timeout(connect=15.0, read=5.0, write=5.0, pool=5.0)
_LIMITS = httpx2.Limits(max_connections=50, max_keepalive_connections=50, keepalive_expiry=120)


class ChatModel(openai.LLM):
    """An OpenAI-compatible server at `base_url` (with /v1). `aclose` closes its connections.

    The plugin's own client would read every CA certificate at each call's start, 15 ms of processor time.
    """

    def __init__(self, base_url: str, model: str, api_key: str) -> None:
        http = httpx2.AsyncClient(
            verify=http_context._create_ssl_context(), timeout=_TIMEOUT, limits=_LIMITS, follow_redirects=True
        )
        # Strict tool schemas make small models of vLLM refuse or loop. Retries are the session's and ours.
        client = AsyncOpenAI(base_url=base_url, api_key=api_key, max_retries=0, http_client=http)
        super().__init__(model=model, client=client, _strict_tool_schema=False)

    async def aclose(self) -> None:
        await super().aclose()
        await self._client.close()
