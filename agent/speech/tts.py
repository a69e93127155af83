"""Speaking: a streaming client of any server of OpenAI's POST /v1/audio/speech."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, tts
from livekit.agents.utils import shortuuid

from agent.speech import speech_request
from agent.speech.segments import Cutter
from agent.speech.speech_request import SAMPLE_RATE, SpeechDeadlines, Voice
from agent.speech.tts_stream import FRAME_MS, SpeechStream
from ops.deadline import DeadlineExceeded, deadline

_ONE_REQUEST_CHARS = 1000  # OpenAI allows 4096; many engines garble long before
_VOICES_S = 1.5


class SpeechTTS(tts.TTS[Any]):
    """Speaks with `voice` through POST {base_url}/audio/speech, 24 kHz mono.

    `stream` cuts the text as it comes (segments.Cutter), has the next segment made while one is streamed, and cancels
    the HTTP requests when it is closed. A segment that fails before its first audio is asked for once more, by
    ourselves and at once: give the session max_retry=0 for the framework not to multiply that by its own retries.
    Errors are livekit's APIError family. One HTTP session, opened in the running loop at first use; `aclose` closes it.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str,
        model: str,
        voice: str,
        language: str = "en-US",
        speed: float = 1.0,
        first_segment_chars: int = 12,
        deadlines: SpeechDeadlines | None = None,
    ) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=True), sample_rate=SAMPLE_RATE, num_channels=1)
        self._base_url, self._api_key = base_url.rstrip("/"), api_key
        self.voice, self.language = Voice(model, voice, speed), language
        self._first_chars, self._deadlines = first_segment_chars, deadlines or SpeechDeadlines()
        self._http: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"<SpeechTTS {self._base_url} {self.voice.voice}>"

    @property
    def model(self) -> str:
        return self.voice.model

    @property
    def provider(self) -> str:
        return "openai-speech"

    def cutter(self) -> Cutter:
        return Cutter(first_chars=self._first_chars)

    def pcm(self, text: str) -> AsyncGenerator[bytes, None]:
        """One request: whole 16 bit samples as they arrive. Errors as in speech_request.pcm."""
        url = f"{self._base_url}/audio/speech"
        return speech_request.pcm(self._session(), url, self.voice.body(text), self._deadlines)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return Phrase(tts=self, input_text=text, conn_options=conn_options)

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> SpeechStream:
        return SpeechStream(tts=self, conn_options=conn_options)

    async def list_voices(self) -> list[str] | None:
        """Its voices by GET {base_url}/voices; None if it is unreachable or has no such list. Never raises."""
        try:
            async with (
                deadline(_VOICES_S, "speech server's voices"),
                self._session().get(f"{self._base_url}/voices") as response,
            ):
                return _voice_names(await response.json()) if response.status == 200 else None
        except (DeadlineExceeded, aiohttp.ClientError, OSError, ValueError):
            return None

    async def aclose(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
            connect_s = self._deadlines.connect_s
            self._http = aiohttp.ClientSession(
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=None, connect=connect_s, sock_connect=connect_s),
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=60),
            )
        return self._http


class Phrase(tts.ChunkedStream):
    """A whole text at once, for what is prepared ahead."""

    _tts: SpeechTTS

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=shortuuid("speech_"),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=FRAME_MS,
        )
        cutter = Cutter(first_chars=_ONE_REQUEST_CHARS, first_min=_ONE_REQUEST_CHARS, most=_ONE_REQUEST_CHARS)
        whole = [self._input_text] if len(self._input_text) <= _ONE_REQUEST_CHARS else None
        for text in whole or [*cutter.push(self._input_text), *cutter.end()]:
            async for data in self._tts.pcm(text):
                output_emitter.push(data)


def _voice_names(body: object) -> list[str] | None:
    """From a list, {"voices": [...]} or {"data": [...]}, of names or of objects with one; servers differ."""
    if isinstance(body, dict):
        body = body.get("voices", body.get("data"))
    if not isinstance(body, list):
        return None
    names = [v if isinstance(v, str) else v.get("id") or v.get("name") for v in body if isinstance(v, str | dict)]
    return [n for n in names if isinstance(n, str)]
