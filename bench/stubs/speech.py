"""A stub of OpenAI's POST /v1/audio/speech: first byte after 150 ms, then five times real time; 24 kHz PCM (or WAV) of
a steady buzz, 65 ms a character, loud from its first sample to its last: what is heard begins and ends exactly."""

from __future__ import annotations

import asyncio
import struct
import time

import numpy as np
from aiohttp import web

from bench.stubs.journal import StageJournal

FIRST_BYTE_S = 0.150
SPEED = 5.0
RATE = 24_000
SECONDS_PER_CHARACTER = 0.065
CHUNK_S = 0.100
_TYPES = {"pcm": "audio/pcm", "wav": "audio/wav"}


def buzz(seconds: float) -> bytes:
    """int16 mono at 24 kHz: five harmonics of 150 Hz."""
    at = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * 150 * harmonic * at) / harmonic for harmonic in range(1, 6))
    return np.asarray(sound * 6000, dtype="<i2").tobytes()


def wav_header() -> bytes:
    """Of unknown length, as a stream's is: both sizes are the largest."""
    largest = 0xFFFFFFFF
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", largest, b"WAVE") + form + struct.pack("<4sI", b"data", largest)


class SpeechStub:
    """The HTTP side; a client that goes away ends its request."""

    def __init__(self, journal: StageJournal) -> None:
        self._journal = journal

    async def speak(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        self._journal.write("tts_asked")
        body = await request.json()
        form = body.get("response_format", "mp3")
        if form not in _TYPES:
            error = {"message": f"the stub speaks {' and '.join(_TYPES)}, not {form}", "type": "invalid_request_error"}
            return web.json_response({"error": error}, status=400)
        sound = buzz(len(str(body.get("input", ""))) * SECONDS_PER_CHARACTER)
        answer = web.StreamResponse(headers={"Content-Type": _TYPES[form], "x-request-id": "bench"})
        await asyncio.sleep(max(0.0, began + FIRST_BYTE_S - time.monotonic()))
        await answer.prepare(request)
        self._journal.write("tts_first")
        if form == "wav":
            await answer.write(wav_header())
        size = round(CHUNK_S * RATE) * 2
        for index, start in enumerate(range(0, len(sound), size)):
            await asyncio.sleep(max(0.0, began + FIRST_BYTE_S + index * CHUNK_S / SPEED - time.monotonic()))
            await answer.write(sound[start : start + size])
        return answer

    async def voices(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"object": "list", "data": [{"id": "bench", "name": "bench", "language": "en-US"}]})

    async def well(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"status": "ok"})


def routes(journal: StageJournal) -> list[web.RouteDef]:
    stub = SpeechStub(journal)
    return [
        web.post("/v1/audio/speech", stub.speak),
        web.get("/v1/voices", stub.voices),
        web.get("/health", stub.well),
        web.get("/ready", stub.well),
    ]
