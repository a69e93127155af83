"""Sends one speech. The status line waits for the first audio, so that a failure before it is an honest error."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ops import logging
from ops.clock import Clock
from ops.deadline import deadline
from tts_server import answers
from tts_server.admission import Admission
from tts_server.audio.encode import SAMPLE_RATE, Format, encoder_for
from tts_server.audio.frames import SAMPLE_BYTES
from tts_server.disconnect import unless_gone
from tts_server.engines.port import SpeechRequest
from tts_server.envelope import StreamFormat, envelope_for
from tts_server.errors import EngineFull, NothingSpoken, SpeechError
from tts_server.metrics import Metrics

_log = logging.get("tts_server.speech")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the caller wants the sound to look like."""

    format: Format
    stream_format: StreamFormat


@dataclass(frozen=True, slots=True)
class Service:
    """What every speech shares. `speak` gives mono s16le at SAMPLE_RATE (speaking.py)."""

    admission: Admission
    metrics: Metrics
    clock: Clock
    speak: Callable[[SpeechRequest], AsyncGenerator[bytes, None]]
    send_s: float


class SpeechResponse(Response):
    """An ASGI response. A caller who goes away, or stops reading for `send_s`, ends the synthesis at once."""

    def __init__(self, service: Service, request: SpeechRequest, shape: Shape) -> None:
        super().__init__()
        self._service, self._request = service, request
        self._encoder = encoder_for(shape.format)
        self._envelope = envelope_for(shape.stream_format, shape.format)
        self._format = shape.format
        self._began = service.clock.monotonic()
        self._first_byte_s: float | None = None
        self._samples = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outcome = "stopped"
        try:
            ended = await unless_gone(self._speech(send), receive)
            if isinstance(ended, SpeechError) and self._first_byte_s is None:
                outcome = _outcome(ended)
                await answers.of_speech(ended).response()(scope, receive, send)
            else:
                outcome = "client_gone" if ended is None else _outcome(ended)
        finally:
            self._tell(outcome)

    async def _speech(self, send: Send) -> str | SpeechError:
        """Returns "done", "stalled" or what failed: tasks that raise would be logged as bugs."""
        try:
            async with self._service.admission.slot(), aclosing(self._service.speak(self._request)) as audio:
                async for pcm in audio:
                    self._samples += len(pcm) // SAMPLE_BYTES
                    await self._send(send, self._encoder.feed(pcm))
            await self._send(send, self._encoder.finish())
            await self._body(send, self._envelope.end(len(self._request.text), self._samples / SAMPLE_RATE), more=False)
        except SpeechError as error:
            if self._first_byte_s is not None and (words := self._envelope.failed(answers.of_speech(error).error)):
                await self._body(send, words, more=False)
            return error  # bare audio is broken off, without the last chunk: it must not look complete
        except TimeoutError:
            return "stalled"
        return "done"

    async def _send(self, send: Send, data: bytes) -> None:
        if not data:
            return
        if self._first_byte_s is None:
            self._first_byte_s = self._service.clock.monotonic() - self._began
            headers = [(b"content-type", self._envelope.content_type.encode()), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._body(send, self._envelope.wrap(data), more=True)

    async def _body(self, send: Send, data: bytes, *, more: bool) -> None:
        async with deadline(self._service.send_s, "caller"):
            await send({"type": "http.response.body", "body": data, "more_body": more})

    def _tell(self, outcome: str) -> None:
        engine, metrics = self._request.voice.engine, self._service.metrics
        metrics.speeches.labels(engine, outcome).inc()
        metrics.characters.labels(engine).inc(len(self._request.text))
        if self._first_byte_s is not None:
            metrics.first_byte.labels(engine).observe(self._first_byte_s)
            metrics.audio.labels(engine).observe(self._samples / SAMPLE_RATE)
        _log.info(
            "speech",
            outcome=outcome,
            voice=self._request.voice.id,
            format=self._format,
            chars=len(self._request.text),
            first_byte_s=self._first_byte_s,
            duration_s=round(self._samples / SAMPLE_RATE, 3),
            elapsed_s=round(self._service.clock.monotonic() - self._began, 3),
        )


def _outcome(ended: str | SpeechError) -> str:
    match ended:
        case str():
            return ended
        case EngineFull():
            return "full"
        case NothingSpoken():
            return "refused"
        case _:
            _log.error("speech failed", error=ended)
            return "broken"
