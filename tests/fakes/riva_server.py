"""A scripted Riva on a socket. It "recognises" the audio of `frames()`: a word is 100 ms of its own constant level."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import numpy as np
import riva.client.proto.riva_asr_pb2 as pb
import riva.client.proto.riva_asr_pb2_grpc as pbg
from livekit import rtc

RATE = 16000
_WORD = RATE // 10
_FIRST_LEVEL, _STEP = 1000, 50
_SERVICE = "nvidia.riva.asr.RivaSpeechRecognition"


def frames(*numbers: int, silence_ms: int = 0) -> list[rtc.AudioFrame]:
    """20 ms frames: silence first, then the words w1, w2 ... of these numbers, each followed by 20 ms of silence."""
    levels = [0] * (silence_ms // 20)
    for number in numbers:
        levels += [_FIRST_LEVEL + _STEP * number] * 5 + [0]
    return [_frame(level) for level in levels]


def _frame(level: int) -> rtc.AudioFrame:
    samples = np.full(RATE // 50, level, np.int16)
    return rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples))


@dataclass
class Script:
    """What this Riva does. `fail`: answer a call with this status after `fail_after` words. `stability` of interims."""

    stability: float = 0.1
    endpoint_ms: int = 10_000
    punctuate_finals: bool = False
    hang: bool = False
    garbage: bool = False
    never_final: bool = False
    fail: grpc.StatusCode | None = None
    fail_after: int = 0
    final_delay_s: float = 0.0


@dataclass
class Heard:
    """One call as the server saw it."""

    config: Any = None
    audio: bytearray = field(default_factory=bytearray)
    half_closed: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def words(self, since: int = 0) -> list[tuple[str, int, int]]:
        """(word, start, end) in samples."""
        levels = np.frombuffer(bytes(self.audio[since * 2 :]), np.int16)
        found: list[tuple[str, int, int]] = []
        for start in range(0, len(levels), RATE // 50):
            number = (int(levels[start]) - _FIRST_LEVEL) // _STEP
            if levels[start] == 0:
                continue
            if found and found[-1][0] == f"w{number}" and found[-1][2] == start + since:
                found[-1] = (found[-1][0], found[-1][1], start + since + RATE // 50)
            else:
                found.append((f"w{number}", start + since, start + since + RATE // 50))
        return found


class FakeRiva:
    """`async with FakeRiva() as riva`; `calls` is what came, `restart` keeps the port."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.calls: list[Heard] = []
        self.called = asyncio.Condition()
        self.port = 0

    @property
    def uri(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> FakeRiva:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        pbg.add_RivaSpeechRecognitionServicer_to_server(self, self._server)
        if self.script.garbage:
            self._server = grpc.aio.server()
            handler = grpc.stream_stream_rpc_method_handler(_garbage)
            self._server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(_SERVICE, {"StreamingRecognize": handler}),)
            )
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop(0)

    async def wait_for_calls(self, count: int) -> None:
        async with self.called:
            await self.called.wait_for(lambda: len(self.calls) >= count)

    async def Recognize(self, *_: Any) -> None:  # noqa: N802 - the service's name
        raise NotImplementedError

    async def GetRivaSpeechRecognitionConfig(self, *_: Any) -> None:  # noqa: N802 - the service's name
        raise NotImplementedError

    async def StreamingRecognize(  # noqa: N802 - the service's name
        self, requests: AsyncIterator[Any], context: Any
    ) -> AsyncIterator[Any]:
        heard = Heard()
        self.calls.append(heard)
        async with self.called:
            self.called.notify_all()
        try:
            async for answer in self._recognise(heard, requests, context):
                yield answer
        finally:
            heard.ended.set()

    async def _recognise(self, heard: Heard, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        script, since, said = self.script, 0, 0
        if script.hang:
            async for request in requests:
                _take(heard, request)
            heard.half_closed = True
            await asyncio.Event().wait()
        async for request in requests:
            if not _take(heard, request):
                continue
            words = heard.words(since)
            if script.fail is not None and len(words) >= script.fail_after:
                await context.abort(script.fail, "scripted")
            if len(words) > said:
                said = len(words)
                yield _answer(words, heard, stability=script.stability)
            silence = len(heard.audio) // 2 - (words[-1][2] if words else 0)
            if words and silence >= script.endpoint_ms * RATE // 1000:
                yield _answer(words, heard, final=True, punctuate=script.punctuate_finals)
                since, said = len(heard.audio) // 2, 0
        heard.half_closed = True
        if script.never_final:
            await asyncio.Event().wait()
        await asyncio.sleep(script.final_delay_s)
        if words := heard.words(since):
            yield _answer(words, heard, final=True, punctuate=script.punctuate_finals)


def _take(heard: Heard, request: Any) -> bool:
    if request.HasField("streaming_config"):
        heard.config = request.streaming_config
        return False
    heard.audio += request.audio_content
    return True


def _answer(
    words: list[tuple[str, int, int]],
    heard: Heard,
    *,
    final: bool = False,
    stability: float = 0.0,
    punctuate: bool = False,
) -> Any:
    text = " ".join(w for w, _, _ in words)
    infos = [pb.WordInfo(word=w, start_time=s * 1000 // RATE, end_time=e * 1000 // RATE) for w, s, e in words]
    alternative = pb.SpeechRecognitionAlternative(
        transcript=f"{text.capitalize()}." if punctuate else f"{text} ", confidence=0.9, words=infos if final else []
    )
    result = pb.StreamingRecognitionResult(
        alternatives=[alternative], is_final=final, stability=stability, audio_processed=len(heard.audio) / 2 / RATE
    )
    return pb.StreamingRecognizeResponse(results=[result])


async def _garbage(requests: AsyncIterator[bytes], _: Any) -> AsyncIterator[bytes]:
    async for _request in requests:
        yield b"\xff\xff\xff\xff not a message"
