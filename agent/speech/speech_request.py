"""One POST {base_url}/audio/speech: the words go, PCM comes back as it is made.

Protocol: OpenAI's "Create speech" (platform.openai.com/docs/api-reference/audio, checked November 2026): 24 kHz 16 bit
little-endian mono with response_format pcm. The same in a WAV file is understood too, for servers that know no other.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from agent.speech.wav_stream import WavStream
from ops.deadline import DeadlineExceeded, deadline

SAMPLE_RATE = 24_000
_RAW = re.compile(r"(audio/(pcm|l16|raw|x-raw)|application/octet-stream)\s*(;|$)", re.IGNORECASE)
_WAV = re.compile(r"audio/(wav|wave|x-wav|vnd\.wave)\s*(;|$)", re.IGNORECASE)
_RATE = re.compile(r"rate=(\d+)")
_ERROR_CHARS = 200


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks. `speed` 0.25-4."""

    model: str
    voice: str
    speed: float = 1.0

    def body(self, text: str) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self.model,
            "input": text,
            "voice": self.voice,
            "response_format": "pcm",
            "stream_format": "audio",
        }
        return body if self.speed == 1.0 else body | {"speed": self.speed}


@dataclass(frozen=True, slots=True)
class SpeechDeadlines:
    """Seconds. `first_byte_s` from the request to the first audio, `read_s` between two pieces of it."""

    connect_s: float = 2.0
    first_byte_s: float = 4.0
    read_s: float = 4.0


async def pcm(
    http: aiohttp.ClientSession, url: str, body: dict[str, object], deadlines: SpeechDeadlines
) -> AsyncGenerator[bytes, None]:
    """Pieces of whole samples, as soon as they arrive. The request ends with the iterator (`aclose` or cancellation).

    Raises APITimeoutError, APIConnectionError, APIStatusError, APIError; `retryable`: asking again may help.
    """
    began = asyncio.get_running_loop().time()
    with _errors():
        async with _answer(http, url, body, deadlines) as response:
            half, wav = b"", WavStream(SAMPLE_RATE, must=_is_wav(response.headers.get("Content-Type", "")))
            seen, wait_s = False, max(0.0, began + deadlines.first_byte_s - asyncio.get_running_loop().time())
            while True:
                async with deadline(wait_s, "speech server"):
                    data = await response.content.readany()
                if not data:
                    break
                wait_s = deadlines.read_s
                data = half + wav.push(data)
                whole = len(data) & ~1
                half = data[whole:]
                if whole:
                    seen = True
                    yield data[:whole]
            if not seen:
                raise APIError("the speech server sent no audio", retryable=True)


@asynccontextmanager
async def _answer(
    http: aiohttp.ClientSession, url: str, body: dict[str, object], deadlines: SpeechDeadlines
) -> AsyncIterator[aiohttp.ClientResponse]:
    async with deadline(deadlines.first_byte_s, "speech server"):
        response = await http.post(url, json=body)
        try:
            if response.status != 200:
                raise APIStatusError(
                    f"the speech server answered {response.status}",
                    status_code=response.status,
                    request_id=response.headers.get("x-request-id"),
                    body=(await response.text(errors="replace"))[:_ERROR_CHARS],
                )
        except BaseException:
            response.close()
            raise
    try:
        yield response
    finally:
        response.close()


def _is_wav(content_type: str) -> bool:
    """False: raw samples. Raises APIError: a proxy's error page or another format must not be played."""
    rate = _RATE.search(content_type)
    if _WAV.match(content_type):
        return True
    if not _RAW.match(content_type) or (rate and int(rate[1]) != SAMPLE_RATE):
        raise APIError(
            f"the speech server sent {content_type or 'no content type'}; needed is {SAMPLE_RATE} Hz, 16 bit, mono PCM",
            retryable=False,
        )
    return False


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (DeadlineExceeded, aiohttp.ServerTimeoutError) as error:
        raise APITimeoutError("the speech server is too slow") from error
    except aiohttp.InvalidURL as error:
        raise APIConnectionError("the speech server's address is wrong", retryable=False) from error
    except (aiohttp.ClientError, OSError) as error:
        raise APIConnectionError("the speech server cannot be reached or broke off") from error
