"""One POST {base_url}/audio/speech: the words go, PCM comes back as it is made.

Protocol: OpenAI's "Create speech" (platform.openai.com/docs/api-reference/audio, checked November 2026): 24 kHz 16 bit
little-endian mono with response_format pcm.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from ops.deadline import DeadlineExceeded, deadline

SAMPLE_RATE = 24_000
_RAW = re.compile(r"audio/(pcm|l16|raw|x-raw|basic)|application/octet-stream", re.IGNORECASE)
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
            half = b""
            seen, wait_s = False, max(0.0, began + deadlines.first_byte_s - asyncio.get_running_loop().time())
            while True:
                async with deadline(wait_s, "speech server"):
                    data = await response.content.readany()
                if not data:
                    break
                seen, wait_s = True, deadlines.read_s
                data = half + data
                whole = len(data) & ~1
                half = data[whole:]
                if whole:
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
        _check_type(response.headers.get("Content-Type", ""))
        yield response
    finally:
        response.close()


def _check_type(content_type: str) -> None:
    """A proxy's error page or another format must not be played as samples."""
    rate = _RATE.search(content_type)
    if not _RAW.match(content_type) or (rate and int(rate[1]) != SAMPLE_RATE):
        raise APIError(f"the speech server sent {content_type or 'no content type'} for pcm", retryable=False)


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
