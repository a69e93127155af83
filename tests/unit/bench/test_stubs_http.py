"""The chat and speech stubs, over HTTP as the agents see them: their shape and the order of things, not their speed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bench.stubs import chat, speech
from bench.stubs.journal import StageJournal, read

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[StageJournal]:
    stages = StageJournal(tmp_path / "stages.jsonl")
    yield stages
    stages.close()


@pytest.fixture
async def client(journal: StageJournal) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes([*chat.routes(journal), *speech.routes(journal)])
    async with TestClient(TestServer(app)) as ready:
        yield ready


async def test_an_answer_is_two_sentences_streamed_word_by_word(client: Client, tmp_path: Path) -> None:
    """The first sentence has 12 words, as with the peers' figures; usage comes last, then [DONE]."""
    body = {"model": "stub", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
    async with client.post("/v1/chat/completions", json=body) as answer:
        lines = [line.removeprefix("data: ") for line in (await answer.text()).splitlines() if line]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    words = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"]]
    first, second = "".join(words).split(". ")
    assert len(first.split()) == 12
    assert second
    assert chunks[-1]["usage"]["completion_tokens"] == len("".join(words).split())
    assert [seen.what for seen in read(tmp_path / "stages.jsonl")] == ["llm_asked", "llm_first"]


def test_every_answer_begins_with_twelve_words() -> None:
    """A stub whose answers differed in length would make figures depend on which answer came."""
    assert {len(answer.split(". ")[0].split()) for answer in chat.ANSWERS} == {12}


@pytest.mark.parametrize(("form", "header"), [("pcm", 0), ("wav", 44)])
async def test_speech_is_as_long_as_its_text_and_loud_at_both_ends(client: Client, form: str, header: int) -> None:
    """What is heard begins with the first byte and ends with the last: no lead-in, no tail."""
    text = "Certainly, one moment."
    async with client.post("/v1/audio/speech", json={"input": text, "response_format": form}) as answer:
        sound = (await answer.read())[header:]
    assert len(sound) == round(len(text) * speech.SECONDS_PER_CHARACTER * speech.RATE) * 2
    assert max(abs(int.from_bytes(sound[i : i + 2], "little", signed=True)) for i in range(0, 480, 2)) > 1000


async def test_a_format_the_stub_lacks_is_refused(client: Client) -> None:
    """An agent that asks for mp3 would be measured with a decoder nobody meant."""
    async with client.post("/v1/audio/speech", json={"input": "a", "response_format": "mp3"}) as answer:
        assert answer.status == 400
        assert "not mp3" in (await answer.json())["error"]["message"]


async def test_a_client_that_goes_away_ends_its_request(client: Client) -> None:
    """A barge-in cancels the request: the stub must not fail loudly or go on."""
    timeout = aiohttp.ClientTimeout(total=0.05)
    with pytest.raises(TimeoutError):
        await client.post("/v1/audio/speech", json={"input": "a" * 400, "response_format": "pcm"}, timeout=timeout)
    async with client.get("/health") as answer:
        assert answer.status == 200
