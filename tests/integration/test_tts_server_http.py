"""The speech server as its callers meet it: a real socket, the official OpenAI client, a scripted engine behind."""

from __future__ import annotations

import asyncio
import base64
import json

import httpx2
import openai
import pytest

from tests.fakes.tts_engine import FakeEngine, Step, silence, tone
from tests.support.tts_audio import decode, of_pcm
from tests.support.tts_http import serving
from tts_server.audio.encode import Format
from tts_server.errors import EngineBroken, EngineFull

FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")


@pytest.mark.parametrize("format", FORMATS)
async def test_every_format_reaches_the_client_whole(format: Format) -> None:
    """Two seconds go in, two seconds come out: a compressed format's last frames were lost in servers we know of."""
    async with serving([FakeEngine([tone(440, 1.0), tone(440, 1.0)])]) as served:
        answer = await served.openai.audio.speech.create(
            model="m", input="hi", voice="fake:440", response_format=format
        )
        heard = decode(answer.content, format)
    assert 1.99 <= heard.seconds <= 2.15  # encoders add a frame or two
    assert heard.pitch_hz == pytest.approx(440, abs=2)
    assert heard.rate == (48_000 if format == "opus" else 24_000)


async def test_mp3_is_what_is_not_asked_for() -> None:
    """OpenAI's default."""
    async with serving([FakeEngine()]) as served:
        answer = await served.http.post("/v1/audio/speech", json={"model": "m", "input": "hi", "voice": "fake:440"})
    assert answer.headers["content-type"] == "audio/mpeg"
    assert decode(answer.content, "mp3").seconds >= 0.5


async def test_a_streamed_wav_says_that_its_length_is_unknown() -> None:
    """A header with a length of 0 would make players stop at once."""
    async with serving([FakeEngine()]) as served:
        data = (await served.speak(response_format="wav")).content
    assert data[4:8] == data[40:44] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize("format", FORMATS)
async def test_the_first_bytes_are_sent_while_the_engine_still_speaks(format: str) -> None:
    """Streaming is the point: a caller hears the start of a sentence whose end does not exist yet."""
    rest = asyncio.Event()
    async with serving([FakeEngine([tone(440, 0.8), rest, tone(440, 0.2)])]) as served:
        body = {"model": "m", "input": "hi", "voice": "fake:440", "response_format": format}
        async with served.http.stream("POST", "/v1/audio/speech", json=body) as answer:
            pieces = answer.aiter_bytes()
            data = await anext(pieces)
            assert len(data) > 0
            rest.set()
            data += b"".join([piece async for piece in pieces])
    assert decode(data, format).seconds >= 0.99


async def test_sse_carries_the_same_audio_and_ends_with_usage() -> None:
    """livekit's client asks for sse: deltas decode to the bytes of the plain answer, and `done` is last."""
    async with serving([FakeEngine([tone(440, 1.0)])]) as served:
        plain = (await served.speak("x" * 10)).content
        answer = await served.speak("x" * 10, stream_format="sse")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == plain
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1] == {
        "type": "speech.audio.done",
        "usage": {"input_tokens": 3, "output_tokens": 20, "total_tokens": 23},
    }


async def test_concurrent_callers_hear_their_own_voice() -> None:
    """Servers that keep the voice in the engine mixed the voices of requests that overlap."""
    tones = (440, 660, 880, 1100)
    async with serving([FakeEngine(tones=tones)]) as served:
        answers = await asyncio.gather(*(served.speak(voice=f"fake:{hz}") for hz in tones * 3))
    assert [round(of_pcm(answer.content).pitch_hz, -1) for answer in answers] == [round(hz, -1) for hz in tones * 3]


async def test_callers_may_name_the_voice_as_an_object_and_by_openais_names() -> None:
    """`{"id": ...}` is OpenAI's newer shape; "alloy" is in everyone's code."""
    engine = FakeEngine()
    async with serving([engine]) as served:
        assert (await served.speak(voice={"id": "fake:880"})).status_code == 200  # type: ignore[arg-type]
        assert (await served.speak(voice="alloy")).status_code == 200
    assert [request.voice.id for request in engine.requests] == ["fake:880", "fake:440"]


async def test_4096_characters_are_spoken_and_4097_refused() -> None:
    """OpenAI's limit, in characters, not bytes."""
    async with serving([FakeEngine()]) as served:
        assert (await served.speak("é" * 4096)).status_code == 200
        with pytest.raises(openai.BadRequestError) as refused:
            await served.openai.audio.speech.create(model="m", input="é" * 4097, voice="fake:440")
    assert refused.value.code == "string_above_max_length"
    assert refused.value.param == "input"


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"input": ""}, "input", "empty_string"),
        ({"input": " \n "}, "input", "invalid_value"),
        ({"input": None}, "input", "invalid_value"),
        ({"voice": "nobody"}, "voice", "invalid_voice"),
        ({"voice": "../../etc/passwd"}, "voice", "invalid_voice"),
        ({"voice": 7}, "voice", "invalid_value"),
        ({"response_format": "ogg"}, "response_format", "invalid_value"),
        ({"stream_format": "ws"}, "stream_format", "invalid_value"),
        ({"speed": 0.2}, "speed", "invalid_value"),
        ({"speed": 4.1}, "speed", "invalid_value"),
        ({"language": "ja"}, "language", "invalid_language"),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(change: dict[str, object], param: str, code: str) -> None:
    """400 and OpenAI's error object, never FastAPI's 422: clients read error.message and error.param."""
    async with serving([FakeEngine()]) as served:
        answer = await served.speak(**change)  # type: ignore[arg-type]
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert error["message"]
    assert answer.headers["x-request-id"]


async def test_an_unknown_voice_is_answered_with_the_known_ones() -> None:
    """The operator sees at once what to write instead."""
    async with serving([FakeEngine()]) as served:
        message = (await served.speak(voice="bob")).json()["error"]["message"]
    assert "alloy" in message
    assert "fake:440" in message


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"text"', b'{"speed": NaN}', b"\xff\xfe"])
async def test_a_body_that_is_no_request_is_a_400(body: bytes) -> None:
    """Broken JSON, no JSON, bytes: an answer, not a stack trace."""
    async with serving([FakeEngine()]) as served:
        answer = await served.http.post("/v1/audio/speech", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_unknown_paths_and_methods_answer_in_the_same_shape() -> None:
    """livekit's prewarm asks GET /v1/: it must not be met with HTML."""
    async with serving([FakeEngine()]) as served:
        lost, wrong = await served.http.get("/v1/"), await served.http.get("/v1/audio/speech")
    assert (lost.status_code, lost.json()["error"]["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")
    assert lost.headers["x-request-id"] != wrong.headers["x-request-id"]


async def test_a_sane_request_id_is_kept_and_an_insane_one_replaced() -> None:
    """The caller's id joins its log with ours; what could break a log line or a header does not."""
    async with serving([FakeEngine()]) as served:
        kept = await served.http.get("/health", headers={"x-request-id": "call-7_a.b"})
        replaced = await served.http.get("/health", headers={"x-request-id": "a b{}"})
    assert kept.headers["x-request-id"] == "call-7_a.b"
    assert replaced.headers["x-request-id"].startswith("req_")


async def test_only_the_key_opens_the_api_and_probes_stay_open() -> None:
    """No key, a wrong one, one in another alphabet: 401; a load balancer's probe needs none."""
    async with serving([FakeEngine()], api_key="right") as served:
        await served.openai.models.list()
        with pytest.raises(openai.AuthenticationError) as refused:
            await served.openai.with_options(api_key="wrong").models.list()
        for header in ("", "Bearer", "Basic right", "Bearer right2", "Bearer ключ"):
            answer = await served.http.get("/v1/voices", headers=[(b"authorization", header.encode())])
            assert answer.status_code == 401, header
        for path in ("/health", "/ready", "/metrics"):
            assert (await served.http.get(path)).status_code == 200
    assert refused.value.code == "invalid_api_key"


async def test_a_request_too_large_is_refused_however_it_arrives() -> None:
    """413 by its length, and by counting where no length is given: memory is not the caller's to fill."""

    async def endless() -> object:
        for _ in range(100):
            yield b" " * 1000

    async with serving([FakeEngine()], {"body_bytes": 4096}) as served:
        told = await served.http.post("/v1/audio/speech", content=b" " * 5000)
        counted = await served.http.post("/v1/audio/speech", content=endless())  # type: ignore[arg-type]
    assert [told.status_code, counted.status_code] == [413, 413]
    assert counted.json()["error"]["code"] == "request_too_large"


async def test_a_request_that_does_not_arrive_is_given_up() -> None:
    """A caller that sends half a request and waits holds nothing for longer than body_s."""
    async with serving([FakeEngine()], {"body_s": 0.05}) as served:
        host, port = served.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"request_timeout"' in answer


async def test_one_too_many_is_told_to_come_back() -> None:
    """429 with Retry-After at once, not a wait that ends in a timeout; the place is free again afterwards."""
    go_on = asyncio.Event()
    async with serving([FakeEngine([tone(440, 0.3), go_on])], {"max_concurrent": 1, "max_queue": 0}) as served:
        body = {"model": "m", "input": "hi", "voice": "fake:440", "response_format": "pcm"}
        async with served.http.stream("POST", "/v1/audio/speech", json=body) as speaking:
            pieces = speaking.aiter_bytes()
            await anext(pieces)
            with pytest.raises(openai.RateLimitError) as full:
                await served.openai.audio.speech.create(model="m", input="hi", voice="fake:440")
            go_on.set()
            async for _ in pieces:
                pass
        assert (await served.speak()).status_code == 200
    assert int(full.value.response.headers["retry-after"]) >= 1
    assert full.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (EngineFull(2.5), 429, "rate_limit_exceeded"),
        (EngineBroken("fake", "out of memory"), 503, "engine_broken"),
    ],
)
async def test_an_engine_that_fails_before_its_first_audio_is_an_honest_error(
    failure: Exception, status: int, code: str
) -> None:
    """The status line waits for audio: a 200 with nothing in it told clients that all was well."""
    async with serving([FakeEngine([failure])]) as served:
        answer = await served.speak()
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_engine_that_breaks_in_mid_speech_does_not_look_complete() -> None:
    """Half a sentence must not pass for a whole one: plain audio breaks off, sse says what happened."""
    engine = FakeEngine([tone(440, 0.5), EngineBroken("fake", "gone")])
    async with serving([engine]) as served:
        with pytest.raises(httpx2.RemoteProtocolError):
            await served.speak()
        told = (await served.speak(stream_format="sse")).text
    assert '"type":"error"' in told
    assert "engine_broken" in told
    assert "speech.audio.done" not in told


async def test_a_silent_engine_is_given_up() -> None:
    """Every wait has an end: 503 after first_audio_s, and the engine's request is closed."""
    engine = FakeEngine([asyncio.Event()])
    async with serving([engine], {"first_audio_s": 0.05}) as served:
        answer = await served.speak()
    assert answer.status_code == 503
    assert engine.active == 0


async def test_a_bug_is_a_500_in_the_same_shape() -> None:
    """Whatever an engine raises against its promise: an error object and an id to find it by, no stack trace."""
    async with serving([FakeEngine([ZeroDivisionError("secret words")])]) as served:
        answer = await served.speak()
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"]


async def test_a_caller_who_goes_away_ends_the_synthesis() -> None:
    """Barge-in cancels the request: the engine must not go on speaking to nobody, before or after its first audio."""
    scripts: list[list[Step]] = [[asyncio.Event()], [tone(440, 0.5), asyncio.Event()]]
    for script in scripts:
        engine = FakeEngine(script)
        async with serving([engine], {"first_audio_s": 60, "next_audio_s": 60}) as served:
            host, port = served.url.removeprefix("http://").split(":")
            _, writer = await asyncio.open_connection(host, int(port))
            body = b'{"model":"m","input":"hi","voice":"fake:440"}'
            head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            while not engine.requests:
                await served.http.get("/health")  # the server's turn
            writer.close()
            await asyncio.wait_for(engine.closed.wait(), 5)
            assert engine.active == 0


async def test_a_caller_who_does_not_read_is_not_waited_for() -> None:
    """A stalled connection would hold its slot for ever; after send_s the synthesis ends."""
    engine = FakeEngine([tone(440, 1.0)] * 600)
    async with serving([engine], {"send_s": 0.2}) as served:
        body = {"model": "m", "input": "hi", "voice": "fake:440", "response_format": "pcm"}
        async with served.http.stream("POST", "/v1/audio/speech", json=body):
            await asyncio.wait_for(engine.closed.wait(), 10)
        page = (await served.http.get("/metrics")).text
    assert 'tts_speeches_total{engine="fake",outcome="stalled"} 1.0' in page


@pytest.mark.parametrize("text", ["...", "?!", " - ", "🎉", "👍🏽 ❤️", "<>"])
async def test_text_without_a_word_is_a_short_silence(text: str) -> None:
    """A language model's "..." is a pause, not a failure that makes an agent apologise."""
    engine = FakeEngine()
    async with serving([engine]) as served:
        answer = await served.speak(text)
    assert answer.status_code == 200
    assert of_pcm(answer.content).seconds == pytest.approx(0.1)
    assert of_pcm(answer.content).peak == 0
    assert engine.requests == []


async def test_words_that_make_no_sound_are_refused() -> None:
    """A voice given another script's letters said nothing, and the caller heard nothing: now a 400 names the reason."""
    async with serving([FakeEngine([silence(0.3)])]) as served:
        answer = await served.speak("你好")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "nothing_to_speak")


async def test_silence_around_speech_is_trimmed() -> None:
    """Half a second of an engine's silence in front is half a second of latency at the caller's ear."""
    engine = FakeEngine([silence(0.5), tone(440, 0.5), silence(0.3), tone(440, 0.5), silence(0.6)])
    async with serving([engine]) as served:
        heard = of_pcm((await served.speak()).content)
    before, after = heard.silence_s()
    assert before <= 0.021
    assert after <= 0.121
    assert heard.seconds == pytest.approx(0.02 + 1.3 + 0.12, abs=0.01)  # the pause inside stays


async def test_ready_says_which_engine_is_not() -> None:
    """503 takes the server out of rotation; the body names the component."""
    engine = FakeEngine()
    async with serving([engine]) as served:
        assert (await served.http.get("/ready")).json() == {"ready": True, "components": {"fake": True}}
        engine.is_ready = False
        answer = await served.http.get("/ready")
        assert (await served.http.get("/health")).status_code == 200
    assert (answer.status_code, answer.json()["components"]) == (503, {"fake": False})


async def test_the_catalogue_lists_voices_with_languages_and_other_names() -> None:
    """What callcenter.yaml may name, and what OpenAI's names lead to."""
    async with serving([FakeEngine()]) as served:
        voices = (await served.http.get("/v1/voices")).json()
        models = [model.id async for model in served.openai.models.list()]
    first = voices["data"][0]
    assert (first["id"], first["languages"]) == ("fake:440", ["en-us", "en"])
    assert "alloy" in first["also_called"]
    assert models == ["fake"]


async def test_metrics_tell_what_was_spoken() -> None:
    """Counted by route template: a path that a caller invents makes no new time series."""
    async with serving([FakeEngine([tone(440, 1.0)])]) as served:
        await served.speak("12345")
        await served.http.get("/what/ever")
        page = (await served.http.get("/metrics")).text
    assert 'tts_speeches_total{engine="fake",outcome="done"} 1.0' in page
    assert 'tts_input_characters_total{engine="fake"} 5.0' in page
    assert 'tts_audio_seconds_sum{engine="fake"} 1.0' in page
    assert 'tts_http_requests_total{route="/v1/audio/speech",status="200"} 1.0' in page
    assert "/what" not in page
