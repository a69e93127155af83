"""The chat stand-in over its wire, with the client the agent uses."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio

from local.stand_ins.chat.server import Manner, serving

_TOOL: Any = {
    "type": "function",
    "function": {
        "name": "book_appointment",
        "parameters": {
            "type": "object",
            "properties": {key: {"type": "string"} for key in ("name", "day", "time")},
            "required": ["name", "day", "time"],
        },
    },
}
_READY_TO_BOOK: list[Any] = [
    {"role": "system", "content": "You are the receptionist of Larkfield Clinic."},
    {"role": "user", "content": "book an appointment on tuesday at ten thirty my name is alice cooper"},
    {"role": "assistant", "content": "So that is Tuesday at ten thirty for Alice Cooper. Shall I book it?"},
    {"role": "user", "content": "yes please"},
]
_HELLO: list[Any] = [{"role": "user", "content": "hello"}]


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    async with serving("127.0.0.1", 0, Manner(ttft_ms=5, tokens_per_s=2000)) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture
async def client(url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=5) as client:
        yield client


async def _control(url: str, order: dict[str, Any]) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/control", json=order) as answer:
        assert answer.status == 200, await answer.text()


async def test_words_come_in_pieces_and_usage_last(client: openai.AsyncOpenAI) -> None:
    """Role first, then content deltas, a finish reason, and a usage chunk only where it was asked for."""
    stream = await client.chat.completions.create(
        model="m", messages=_HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    pieces = [chunk.choices[0].delta.content for chunk in chunks[1:-2]]
    assert len(pieces) > 3
    assert "".join(piece or "" for piece in pieces) == "Hello! How can I help you?"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert not chunks[-1].choices
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == chunks[-1].usage.prompt_tokens + chunks[-1].usage.completion_tokens
    assert len({chunk.id for chunk in chunks}) == 1


async def test_a_tool_call_is_streamed_in_pieces(client: openai.AsyncOpenAI) -> None:
    """Id and name once, arguments in fragments that join to JSON."""
    stream = await client.chat.completions.create(model="m", messages=_READY_TO_BOOK, tools=[_TOOL], stream=True)
    chunks = [chunk async for chunk in stream]
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert [call.id is not None for call in calls] == [True] + [False] * (len(calls) - 1)
    assert calls[0].function is not None
    assert calls[0].function.name == "book_appointment"
    arguments = "".join((call.function.arguments or "") for call in calls if call.function)
    assert len(calls) > 3
    assert json.loads(arguments) == {"day": "tuesday", "time": "ten thirty", "name": "Alice Cooper"}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


async def test_whole_answers_and_models(client: openai.AsyncOpenAI) -> None:
    """Without `stream` the same comes at once."""
    answer = await client.chat.completions.create(model="m", messages=_READY_TO_BOOK, tools=[_TOOL])
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.usage is not None
    assert [model.id async for model in client.models.list()] == ["scripted-receptionist"]


async def test_tool_choice_none_calls_no_tool(client: openai.AsyncOpenAI) -> None:
    """The client's word counts."""
    answer = await client.chat.completions.create(model="m", messages=_READY_TO_BOOK, tools=[_TOOL], tool_choice="none")
    assert not answer.choices[0].message.tool_calls


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tools": []}, "empty array"),
        ({"messages": [*_HELLO, {"role": "system", "content": "be brief"}]}, "System message must be at the beginning"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role"),
    ],
)
async def test_what_vllm_refuses_is_refused(client: openai.AsyncOpenAI, changed: dict[str, Any], says: str) -> None:
    """A 400 with an error object: mistakes that would only show against the real server."""
    request: dict[str, Any] = {"model": "m", "messages": _HELLO, **changed}
    with pytest.raises(openai.BadRequestError, match=says):
        await client.chat.completions.create(**request)


async def test_trouble_on_demand(client: openai.AsyncOpenAI, url: str) -> None:
    """/control affects just as many answers as it says, in order, and then all is well again."""
    await _control(url, {"next": {"status": 503}})
    await _control(url, {"next": {"text": "**Bold** words"}, "count": 2})
    with pytest.raises(openai.InternalServerError):
        await client.chat.completions.create(model="m", messages=_HELLO)
    texts = [(await client.chat.completions.create(model="m", messages=_HELLO)) for _ in range(3)]
    assert [text.choices[0].message.content for text in texts] == ["**Bold** words"] * 2 + [
        "Hello! How can I help you?"
    ]


async def test_hanging_and_cut_streams(client: openai.AsyncOpenAI, url: str) -> None:
    """A server that accepts and says nothing, and one that dies in mid-answer."""
    await _control(url, {"next": {"hang": True}})
    stream = await client.chat.completions.create(model="m", messages=_HELLO, stream=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await anext(aiter(stream))
    await stream.close()
    await _control(url, {"next": {"cut_after": 3}})
    body = {"model": "m", "messages": _HELLO, "stream": True}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/v1/chat/completions", json=body) as answer,
    ):
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_an_unknown_effect_is_refused(url: str) -> None:
    """A test that misspells an effect must not pass for lack of it."""
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/control", json={"next": {"stauts": 500}}) as answer:
            assert answer.status == 400
        async with session.post(f"{url}/v1/chat/completions", data=b"\xff{") as answer:
            assert answer.status == 400
            assert "JSON" in (await answer.json())["error"]["message"]
