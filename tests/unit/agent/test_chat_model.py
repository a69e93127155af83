"""The model's client is the plugin's in all but its TLS context, which costs a call's start 15 ms otherwise."""

from __future__ import annotations

from typing import Any

from livekit.agents.utils import http_context
from livekit.plugins import openai

from agent.chat_model import ChatModel


def _pool(model: openai.LLM) -> Any:
    return model._client._client._transport._pool  # type: ignore[attr-defined]


async def test_it_is_the_plugins_client_over_the_worlds_one_tls_context() -> None:
    """An upgrade of the plugin may give its client other limits: then ours should have them too."""
    theirs = openai.LLM(base_url="https://llm.test/v1", model="m", api_key="k", max_retries=0)
    ours = ChatModel("https://llm.test/v1", "m", "k")
    for name in ("timeout", "max_retries", "base_url", "api_key"):
        assert getattr(ours._client, name) == getattr(theirs._client, name)
    assert ours._client._client.timeout == theirs._client._client.timeout
    assert ours._client._client.follow_redirects == theirs._client._client.follow_redirects
    for limit in ("_max_connections", "_max_keepalive_connections", "_keepalive_expiry"):
        assert getattr(_pool(ours), limit) == getattr(_pool(theirs), limit)
    assert _pool(ours)._ssl_context is http_context._create_ssl_context()
    await theirs.aclose()
    await ours.aclose()


async def test_its_connections_end_with_it() -> None:
    """The plugin closes only a client that it made."""
    model = ChatModel("http://llm.test/v1", "m", "k")
    await model.aclose()
    assert model._client.is_closed()
