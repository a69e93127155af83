"""One answer as it is spoken: text in, frames out, the next segment under way while one plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from livekit.agents import APIConnectOptions, APIError, tts
from livekit.agents.utils import aio, shortuuid

from agent.speech.speech_request import SAMPLE_RATE
from ops import logging
from ops.tasks import TaskSet

if TYPE_CHECKING:
    from agent.speech.tts import SpeechTTS

_log = logging.get(__name__)

FRAME_MS = 40
_IN_FLIGHT = 2  # the segment that is streamed and the next
_AHEAD_S = 8.0  # audio beyond what the caller has heard by now; more would be thrown away at an interruption
_BYTES_PER_S = 2 * SAMPLE_RATE


class SpeechStream(tts.SynthesizeStream):
    """See SpeechTTS."""

    _tts: SpeechTTS

    def __init__(self, *, tts: SpeechTTS, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=tts, conn_options=conn_options)
        self._heard_at: float | None = None
        self._bytes = 0

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=shortuuid("speech_"),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=FRAME_MS,
            stream=True,
        )
        output_emitter.start_segment(segment_id=shortuuid("segment_"))
        segments: aio.Chan[_Segment] = aio.Chan()
        slots = asyncio.Semaphore(_IN_FLIGHT)
        tasks = TaskSet("speech")
        try:
            tasks.spawn(self._order(segments, slots, tasks), name="order")
            async for segment in segments:
                async for data in segment:
                    self._play(output_emitter, data)
                slots.release()
            if not self._bytes:  # nothing to pronounce: the framework takes no audio at all for a failure
                self._play(output_emitter, bytes(_BYTES_PER_S // 50))
        finally:
            await tasks.aclose()

    async def _order(self, segments: aio.Chan[_Segment], slots: asyncio.Semaphore, tasks: TaskSet) -> None:
        """Cut the text as it comes and ask for each segment, two at a time and not too far ahead of the caller."""
        try:
            async for text in self._texts():
                await slots.acquire()
                await self._not_too_far_ahead()
                self._mark_started()
                segment = _Segment(self._tts, text)
                segments.send_nowait(segment)
                tasks.spawn(segment.fetch(), name="fetch")
        finally:
            segments.close()

    async def _texts(self) -> AsyncIterator[str]:
        cutter = self._tts.cutter()
        async for item in self._input_ch:
            for text in cutter.push(item) if isinstance(item, str) else cutter.end():
                yield text
        for text in cutter.end():
            yield text

    def _play(self, output_emitter: tts.AudioEmitter, data: bytes) -> None:
        if self._heard_at is None:
            self._heard_at = asyncio.get_running_loop().time()
        self._bytes += len(data)
        output_emitter.push(data)

    async def _not_too_far_ahead(self) -> None:
        if self._heard_at is not None:
            played_until = self._heard_at + self._bytes / _BYTES_PER_S
            await asyncio.sleep(max(0.0, played_until - asyncio.get_running_loop().time() - _AHEAD_S))


class _Segment:
    """The audio of one segment as it arrives. Asked for once more if it fails before its first byte."""

    def __init__(self, speech: SpeechTTS, text: str) -> None:
        self._speech, self._text = speech, text
        self._pieces: aio.Chan[bytes] = aio.Chan()
        self._error: APIError | None = None

    async def fetch(self) -> None:
        try:
            if not await self._attempt(last=False):
                await self._attempt(last=True)
        except APIError as error:
            self._error = error
        finally:
            self._pieces.close()

    async def _attempt(self, *, last: bool) -> bool:
        """False: it failed in a way that may be tried again."""
        begun = False
        try:
            async with aclosing(self._speech.pcm(self._text)) as pieces:
                async for data in pieces:
                    begun = True
                    self._pieces.send_nowait(data)
        except APIError as error:
            if last or begun or not error.retryable:
                raise
            _log.warning("speech asked for again", error_type=type(error).__name__)
            return False
        return True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._pieces:
            yield data
        if self._error is not None:
            raise self._error
