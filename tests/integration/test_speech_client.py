"""The speech client over a real socket: early, in order, within its deadlines, and silent at once when interrupted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, APIStatusError, APITimeoutError, tts

from agent.speech.speech_request import SpeechDeadlines
from agent.speech.tts import SpeechTTS
from tests.fakes.speech_server import LEVEL, FakeSpeechServer, Script
from tests.support.wav import header

_ONCE = APIConnectOptions(max_retry=0, timeout=5)
_CALM = SpeechDeadlines(connect_s=5, first_byte_s=10, read_s=10)
_QUICK = SpeechDeadlines(connect_s=0.5, first_byte_s=0.5, read_s=0.5)
_TWO = "Good morning, this is the clinic. Our practice opens at half past eight tomorrow."


@asynccontextmanager
async def speaking(base_url: str, deadlines: SpeechDeadlines = _CALM) -> AsyncIterator[SpeechTTS]:
    speech = SpeechTTS(base_url, api_key="secret", model="tts-1", voice="alloy", deadlines=deadlines)
    try:
        yield speech
    finally:
        await speech.aclose()


async def samples_of(stream: tts.SynthesizeStream) -> np.ndarray:
    frames = [np.frombuffer(event.frame.data, np.int16) async for event in stream]
    return np.concatenate(frames)


async def say(speech: SpeechTTS, text: str) -> np.ndarray:
    async with speech.stream(conn_options=_ONCE) as stream:
        stream.push_text(text)
        stream.end_input()
        return await samples_of(stream)


async def test_request_is_openais() -> None:
    """The body and the key as the API says, pcm as audio."""
    async with FakeSpeechServer() as server, speaking(server.base_url) as speech:
        await say(speech, "Hello.")
    assert server.asked[0].body == {
        "model": "tts-1",
        "input": "Hello.",
        "voice": "alloy",
        "response_format": "pcm",
        "stream_format": "audio",
    }
    assert server.asked[0].headers["Authorization"] == "Bearer secret"


async def test_segments_play_in_order_though_the_first_is_the_slowest() -> None:
    """The second is asked for while the first streams, and waits its turn."""
    slow = Script(gap_s=0.005)
    async with FakeSpeechServer(Script(), slow) as server, speaking(server.base_url) as speech:
        heard = await say(speech, _TWO)
    assert len(server.texts) > 1
    assert " ".join(server.texts) == _TWO
    order = [level for level in dict.fromkeys(heard.tolist()) if level >= LEVEL]
    assert order == sorted(order)
    assert server.most_at_once == 2


async def test_first_segment_is_asked_for_before_the_answer_is_complete() -> None:
    """The voice starts at a clause, not at the end of the sentence."""
    async with (
        FakeSpeechServer() as server,
        speaking(server.base_url) as speech,
        speech.stream(conn_options=_ONCE) as stream,
    ):
        stream.push_text("Good morning, this")
        await server.until(lambda: len(server.asked) == 1)
        assert (await anext(stream)).frame.duration <= 0.05
        stream.push_text(" is the clinic.")
        stream.end_input()
        await samples_of(stream)
    assert server.texts == ["Good morning,", "this is the clinic."]


async def test_first_frame_leaves_as_soon_as_bytes_arrive() -> None:
    """No half second is collected first: the server hangs after 40 ms of audio, which are heard."""
    async with (
        FakeSpeechServer(Script(hang_after=1920)) as server,
        speaking(server.base_url) as speech,
        speech.stream(conn_options=_ONCE) as stream,
    ):
        stream.push_text("Hello there.")
        stream.end_input()
        first = await asyncio.wait_for(anext(stream), 5)
        assert first.frame.samples_per_channel > 0


async def test_odd_pieces_make_whole_samples() -> None:
    """TCP cuts where it likes: not one sample may be torn, nor a stray byte shift the next segment."""
    async with (
        FakeSpeechServer(Script(pieces=(1, 333, 7), extra=b"\x7f")) as server,
        speaking(server.base_url) as speech,
    ):
        heard = await say(speech, _TWO)
    levels = {int(s) for s in np.unique(heard)} - {0}
    assert levels == {LEVEL + n for n in range(len(server.asked))}
    assert len(heard) == sum(len(t) * 240 for t in server.texts)


async def test_interruption_cancels_the_request_at_the_server() -> None:
    """Barge-in: both requests in flight end at once, so that the engine stops working for nobody."""
    async with FakeSpeechServer(Script(gap_s=0.1)) as server, speaking(server.base_url) as speech:
        async with speech.stream(conn_options=_ONCE) as stream:
            stream.push_text(_TWO)
            stream.end_input()
            await anext(stream)
            await server.until(lambda: len(server.asked) == 2)
            loop = asyncio.get_running_loop()
            began = loop.time()
        assert loop.time() - began < 1
        for asked in server.asked:
            await asyncio.wait_for(asked.ended.wait(), 5)
            assert not asked.done


async def test_slow_first_byte_is_an_error_within_the_deadline() -> None:
    """Asked twice at most, then the caller of the stream knows."""
    async with FakeSpeechServer(Script(first_byte_s=30)) as server, speaking(server.base_url, _QUICK) as speech:
        async with asyncio.timeout(8):
            with pytest.raises(APITimeoutError) as caught:
                await say(speech, "Hello.")
        assert caught.value.retryable
        assert len(server.asked) == 2


async def test_stall_in_mid_segment_is_an_error_and_not_repeated() -> None:
    """What was heard is not said again."""
    async with FakeSpeechServer(Script(hang_after=4800)) as server, speaking(server.base_url, _QUICK) as speech:
        with pytest.raises(APITimeoutError):
            await say(speech, "Hello there.")
        assert len(server.asked) == 1


async def test_broken_connection_in_mid_segment_is_an_error() -> None:
    """A truncated body must not pass for the whole sentence."""
    async with FakeSpeechServer(Script(break_after=4800)) as server, speaking(server.base_url) as speech:
        with pytest.raises(APIConnectionError):
            await say(speech, "Hello there.")
        assert len(server.asked) == 1


async def test_a_segment_that_fails_before_its_audio_is_asked_for_once_more() -> None:
    """One 503 in mid-answer is not heard."""
    async with FakeSpeechServer(Script(), Script(), Script(status=503)) as server, speaking(server.base_url) as speech:
        heard = await say(speech, _TWO)
        assert server.texts[1] == server.texts[2]
        assert len(heard) == sum(len(t) * 240 for t in dict.fromkeys(server.texts))


@pytest.mark.parametrize(
    ("status", "retryable", "asked"), [(500, True, 2), (429, True, 2), (422, False, 1), (401, False, 1)]
)
async def test_status_errors_say_whether_to_ask_again(status: int, retryable: bool, asked: int) -> None:
    """A bad request stays bad; a server's failure may pass."""
    async with FakeSpeechServer(Script(status=status)) as server, speaking(server.base_url) as speech:
        with pytest.raises(APIStatusError) as caught:
            await say(speech, "Hello.")
        assert (caught.value.status_code, caught.value.retryable) == (status, retryable)
        assert len(server.asked) == asked


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "application/json",
        "audio/mpeg",
        "audio/pcm;rate=16000",
        "audio/basic",  # 8 kHz mu-law
        "audio/pcmu",
    ],
)
async def test_other_content_is_not_played_as_samples(content_type: str) -> None:
    """A proxy's page with status 200, or another format, would be loud noise."""
    async with FakeSpeechServer(Script(content_type=content_type)) as server, speaking(server.base_url) as speech:
        with pytest.raises(APIError) as caught:
            await say(speech, "Hello.")
        assert not caught.value.retryable
        assert len(server.asked) == 1


@pytest.mark.parametrize("content_type", ["audio/wav", "audio/x-wav", "audio/pcm"])
async def test_a_wav_file_is_played_without_its_header(content_type: str) -> None:
    """Servers that know no pcm answer with WAV: refused, nobody heard a word; played as it stands, a click."""
    script = Script(content_type=content_type, before=header(), pieces=(3, 31, 960))
    async with FakeSpeechServer(script) as server, speaking(server.base_url) as speech:
        heard = await say(speech, "Hello.")
    assert heard.tolist() == [LEVEL] * (6 * 240)


async def test_a_wav_file_of_another_rate_says_what_is_needed() -> None:
    """Played as it stands it would be a voice too deep; the operator learns what to set."""
    script = Script(content_type="audio/wav", before=header(rate=22_050))
    async with FakeSpeechServer(script) as server, speaking(server.base_url) as speech:
        with pytest.raises(APIError, match=r"22050 Hz, 16 bit.*needed is 24000 Hz, 16 bit, mono") as caught:
            await say(speech, "Hello.")
        assert not caught.value.retryable
        assert len(server.asked) == 1


async def test_empty_answer_is_an_error() -> None:
    """200 and no audio: the sentence was not said."""
    async with FakeSpeechServer(Script(silent=True)) as server, speaking(server.base_url) as speech:
        with pytest.raises(APIError):
            await say(speech, "Hello.")


async def test_refused_connection_is_an_error_at_once() -> None:
    """The server is down."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with speaking(f"http://127.0.0.1:{port}/v1") as speech, asyncio.timeout(8):
        with pytest.raises(APIConnectionError) as caught:
            await say(speech, "Hello.")
        assert caught.value.retryable
        assert await speech.list_voices() is None


async def test_nothing_to_pronounce_is_no_failure() -> None:
    """An answer of punctuation only asks for nothing and raises nothing."""
    async with FakeSpeechServer() as server, speaking(server.base_url) as speech:
        assert not (await say(speech, " ... ")).any()
        assert not server.asked


async def test_audio_is_made_only_a_little_ahead_of_the_caller() -> None:
    """A long answer is not synthesised to its end at once: most of it would be lost at the next interruption."""
    sentence = "This sentence is about forty characters. "
    async with FakeSpeechServer(Script(pieces=(96_000,))) as server, speaking(server.base_url) as speech:
        async with speech.stream(conn_options=_ONCE) as stream:
            stream.push_text(sentence * 125)
            stream.end_input()
            async with asyncio.timeout(5):
                seconds = 0.0
                while seconds < 8.0:
                    seconds += (await anext(stream)).frame.duration
            assert len(server.asked) < 60
        assert all(len(t) <= 220 for t in server.texts)


async def test_synthesize_is_one_request() -> None:
    """A phrase prepared ahead is spoken in one breath."""
    async with (
        FakeSpeechServer() as server,
        speaking(server.base_url) as speech,
        speech.synthesize(_TWO, conn_options=_ONCE) as stream,
    ):
        frame = await stream.collect()
    assert server.texts == [_TWO]
    assert frame.samples_per_channel == len(_TWO) * 240


@pytest.mark.parametrize(
    "voices",
    [
        ["a", "b"],
        {"voices": ["a", "b"]},
        {"voices": [{"id": "a"}, {"name": "b"}]},
        {"data": [{"id": "a"}, {"id": "b"}]},
    ],
)
async def test_voices_of_the_servers_people_use(voices: object) -> None:
    """The start check understands the shapes there are."""
    async with FakeSpeechServer(voices=voices) as server, speaking(server.base_url) as speech:
        assert await speech.list_voices() == ["a", "b"]


async def test_no_list_of_voices_is_none() -> None:
    """OpenAI itself has no such route."""
    async with FakeSpeechServer() as server, speaking(server.base_url) as speech:
        assert await speech.list_voices() is None
