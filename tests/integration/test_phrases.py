"""The phrase book with a real speech client: rendered once, kept, repaired, and there when the server is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.speech.phrases import PhraseBook
from agent.speech.speech_request import SpeechDeadlines
from agent.speech.tts import SpeechTTS
from config.phrases.english import ENGLISH
from tests.fakes.speech_server import FakeSpeechServer, Script

_GREETING = "Hello, this is the clinic."
_BROKEN = ENGLISH.failures["broken"]


def book(cache: Path, voice: str = "alloy") -> PhraseBook:
    return PhraseBook(cache, base_url="http://speech.test/v1", model="tts-1", voice=voice, language="en-US")


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@asynccontextmanager
async def speaking(server: FakeSpeechServer) -> AsyncIterator[SpeechTTS]:
    deadlines = SpeechDeadlines(first_byte_s=10)
    speech = SpeechTTS(server.base_url, api_key="", model="tts-1", voice="alloy", deadlines=deadlines)
    try:
        yield speech
    finally:
        await speech.aclose()


async def duration_s(phrases: PhraseBook, text: str) -> float:
    frames = phrases.frames(text)
    assert frames is not None
    return sum([f.duration async for f in frames])


async def test_phrases_are_rendered_once_and_shared_by_processes(tmp_path: Path) -> None:
    """A second book of the same folder finds them; another voice does not."""
    async with FakeSpeechServer() as server, speaking(server) as speech:
        assert book(tmp_path).frames(_GREETING) is None
        assert await book(tmp_path).prepare([_GREETING, _BROKEN, _GREETING], speech, deadline_s=5)
        assert await book(tmp_path).prepare([_GREETING, _BROKEN], speech, deadline_s=5)
        assert sorted(server.texts) == sorted([_GREETING, _BROKEN])
    assert 0.25 < await duration_s(book(tmp_path), _GREETING) < 0.4
    assert book(tmp_path, voice="echo").frames(_GREETING) is None


async def test_a_corrupted_file_is_rendered_again(tmp_path: Path) -> None:
    """A disk that was full leaves no broken greeting behind."""
    async with FakeSpeechServer() as server, speaking(server) as speech:
        await book(tmp_path).prepare([_GREETING], speech, deadline_s=5)
        (file,) = files(tmp_path)
        file.write_bytes(file.read_bytes()[:200])
        assert await book(tmp_path).prepare([_GREETING], speech, deadline_s=5)
        assert len(server.asked) == 2
    assert await duration_s(book(tmp_path), _GREETING) > 0.25


async def test_failure_words_are_heard_though_nothing_was_ever_rendered(tmp_path: Path) -> None:
    """The bundled audio, also instead of a corrupted file."""
    async with FakeSpeechServer(Script(status=503)) as server, speaking(server) as speech:
        phrases = book(tmp_path)
        assert not await phrases.prepare([_BROKEN], speech, deadline_s=5)
        assert await duration_s(phrases, _BROKEN) > 2
        server.script = Script()
        assert await phrases.prepare([_BROKEN], speech, deadline_s=5)
        assert await duration_s(phrases, _BROKEN) < 2
        (file,) = files(tmp_path)
        file.write_bytes(b"RIFF")
    assert await duration_s(book(tmp_path), _BROKEN) > 2


async def test_a_server_that_hangs_does_not_hold_the_start(tmp_path: Path) -> None:
    """`prepare` says no within its deadline."""
    async with FakeSpeechServer(Script(gap_s=0.3)) as server, speaking(server) as speech:
        assert not await book(tmp_path).prepare([_GREETING], speech, deadline_s=0.2)
    assert files(tmp_path) == []
