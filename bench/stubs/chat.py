"""A stub of OpenAI's POST /v1/chat/completions: first token after 200 ms, then 60 tokens a second, one word each; two
sentences, the first of 12 words; never a tool call."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from bench.stubs.journal import StageJournal

FIRST_TOKEN_S = 0.200
TOKENS_PER_S = 60.0
ANSWERS = (
    "I have looked at the calendar and can see what you need. Please tell me which day of the week suits you.",
    "The clinic on the main street is open from nine until five. Is there anything else I can help you with?",
    "Of course, I will write this down for the doctor right away. Somebody from our team will call you this week.",
    "That should not be any problem at all for the team here. Let me know if there is more you would like.",
)


class ChatStub:
    """The answers go round; each request is answered whatever it asks."""

    def __init__(self, journal: StageJournal) -> None:
        self._journal = journal
        self._asked = 0

    async def models(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"object": "list", "data": [{"id": "stub", "object": "model", "owned_by": "bench"}]})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        self._journal.write("llm_asked")
        body = await request.json()
        tokens = ANSWERS[self._asked % len(ANSWERS)].split(" ")
        self._asked += 1
        usage = {"prompt_tokens": 100, "completion_tokens": len(tokens), "total_tokens": 100 + len(tokens)}
        if not body.get("stream"):
            await asyncio.sleep(FIRST_TOKEN_S + len(tokens) / TOKENS_PER_S)
            message = {"role": "assistant", "content": " ".join(tokens)}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return web.json_response(_envelope("chat.completion", [choice], usage))
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        async for index, token in _paced(tokens, began):
            if index == 0:
                self._journal.write("llm_first")
            await answer.write(_event([_delta({"role": "assistant", "content": token if index == 0 else f" {token}"})]))
        await answer.write(_event([_delta({}, "stop")]))
        await answer.write(_event([], usage))
        await answer.write(b"data: [DONE]\n\n")
        return answer


async def _paced(tokens: list[str], began: float) -> AsyncIterator[tuple[int, str]]:
    """Against the clock, so that a late token doesn't delay the ones after it."""
    for index, token in enumerate(tokens):
        await asyncio.sleep(max(0.0, began + FIRST_TOKEN_S + index / TOKENS_PER_S - time.monotonic()))
        yield index, token


def _delta(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _envelope(kind: str, choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> dict[str, Any]:
    return {"id": "chatcmpl-bench", "object": kind, "created": 0, "model": "stub", "choices": choices, "usage": usage}


def _event(choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> bytes:
    return f"data: {json.dumps(_envelope('chat.completion.chunk', choices, usage))}\n\n".encode()


def routes(journal: StageJournal) -> list[web.RouteDef]:
    stub = ChatStub(journal)
    return [web.get("/v1/models", stub.models), web.post("/v1/chat/completions", stub.complete)]
