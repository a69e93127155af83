"""One StreamingRecognize call: the oldest unheard segment goes out, answers come back, a flush half-closes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import riva.client.proto.riva_asr_pb2 as pb
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError

from agent.speech.unheard_audio import Chunk, UnheardAudio

if TYPE_CHECKING:
    from agent.speech.riva import RivaLimits

_Code = grpc.StatusCode
_HOPELESS = {
    _Code.INVALID_ARGUMENT: 400,
    _Code.UNAUTHENTICATED: 401,
    _Code.PERMISSION_DENIED: 403,
    _Code.NOT_FOUND: 404,
    _Code.UNIMPLEMENTED: 501,
}  # asking again changes nothing; the number is what APIStatusError calls it
_LOADING = {_Code.INVALID_ARGUMENT, _Code.NOT_FOUND}  # "Unavailable model requested", also until it is loaded
_SUSPECT = {_Code.INTERNAL, _Code.UNKNOWN, _Code.DATA_LOSS, _Code.OUT_OF_RANGE}  # may be the audio's fault
_ENOUGH_VOICE_S = 0.5  # voiced audio that any recogniser would answer to
_ALIVE_AFTER_S = 0.5  # a call this old with nothing left to answer is a working one
_LISTEN_S = 0.2  # in a careful call: for a status that a write would hide
_CATCH_UP = 0.25  # seconds allowed per second of audio sent in one go: pocketsphinx takes 0.17, Riva far less


class RpcFailed(Exception):
    """`error` is for the session. `suspect`: the audio itself may be the cause, so it must not be sent for ever.
    `hung`: voiced audio was never answered, or there was nothing to answer (music, a noise).
    `loading`: a mistake of ours, or of a Riva that has only just started."""

    def __init__(self, error: APIError, *, suspect: bool = False, hung: bool = False, loading: bool = False) -> None:
        super().__init__(str(error))
        self.error, self.suspect, self.hung, self.loading = error, suspect, hung, loading


@dataclass(frozen=True, slots=True)
class Listener:
    """Called in the event loop; must not block. `answer(response)`, `sent(position)`, `alive()`."""

    answer: Callable[[Any], None]
    sent: Callable[[int], None]
    alive: Callable[[], None]


class RivaRpc:
    """`began` and `sent_to` are positions in the stream's audio; `flushed`: all of the segment is sent."""

    def __init__(self, audio: UnheardAudio, sample_rate: int, limits: RivaLimits, listener: Listener) -> None:
        self._audio, self._rate, self._limits, self._listener = audio, sample_rate, limits, listener
        self._loop = asyncio.get_running_loop()
        self._limit = asyncio.timeout(None)
        self._due: float | None = None
        self._unanswered_s = 0.0
        self._first_sent: float | None = None
        self._over = False
        self.flushed = False
        self.began = self.sent_to = audio.begin

    async def run(
        self, call: Callable[..., Any], config: pb.StreamingRecognitionConfig, after: RpcFailed | None
    ) -> None:
        """Until the segment's flush is answered in full. Raises RpcFailed; cancels the call at the server in any case.

        `after` a failure it waits for the connection, however long that takes, instead of failing at once. It pauses
        after the first requests if that failure had no clear cause or may well come again: grpc.aio 1.85 says INTERNAL
        instead of Riva's own status when that arrives during a write.
        """
        careful = after is not None and (after.loading or (after.suspect and not after.hung))
        rpc = call(self._requests(config, careful), wait_for_ready=after is not None)
        try:
            async with self._limit:
                while (response := await rpc.read()) is not grpc.aio.EOF:
                    if response is None:  # grpc's word for bytes that are no message
                        raise RpcFailed(APIConnectionError("Riva's answer is no message"), suspect=True)
                    self._answered()
                    self._listener.answer(response)
                code, details = await rpc.code(), await rpc.details()
        except TimeoutError:
            what = "did not finalise" if self.flushed else "does not answer"
            raise RpcFailed(APITimeoutError(f"Riva {what}"), suspect=True, hung=not self.flushed) from None
        except grpc.aio.AioRpcError as error:
            raise _failure(error.code(), error.details()) from error
        finally:
            rpc.cancel()  # of a call that has failed by itself grpc.aio lets the sending task wait for audio for ever
            self._over = True
            self._audio.wake()
        if code is not _Code.OK:
            raise _failure(code, details)
        if not self.flushed:
            raise RpcFailed(APIConnectionError("Riva closed the stream"))

    async def _requests(
        self, config: pb.StreamingRecognitionConfig, careful: bool
    ) -> AsyncIterator[pb.StreamingRecognizeRequest]:
        yield pb.StreamingRecognizeRequest(streaming_config=config)
        await asyncio.sleep(_LISTEN_S if careful else 0)
        async for chunk in self._audio.segment(lambda: self._over):
            first = self._first_sent is None
            if first:
                self._first_sent, self.began = self._loop.time(), chunk.start
            self.sent_to = chunk.end
            yield pb.StreamingRecognizeRequest(audio_content=chunk.pcm)
            self._sent(chunk)
            await asyncio.sleep(_LISTEN_S if careful and first else 0)
        if not self._over:
            self.flushed = True
            self._wait_until(self._limits.finalize_s)

    def _sent(self, chunk: Chunk) -> None:
        self._listener.sent(chunk.end)
        if chunk.voiced:
            self._unanswered_s += (chunk.end - chunk.start) / self._rate
        if self._unanswered_s >= _ENOUGH_VOICE_S and self._due is None:
            self._wait_until(self._limits.hung_s)
        if not self._unanswered_s and self._age_s() >= _ALIVE_AFTER_S:
            self._listener.alive()

    def _answered(self) -> None:
        self._unanswered_s = 0.0
        self._listener.alive()
        if self.flushed:
            self._wait_until(self._limits.finalize_s)
        else:
            self._due = None
            self._reschedule()

    def _wait_until(self, seconds: float) -> None:
        ahead_s = (self.sent_to - self.began) / self._rate - self._age_s()
        self._due = self._loop.time() + seconds + _CATCH_UP * max(0.0, ahead_s)
        self._reschedule()

    def _reschedule(self) -> None:
        if not self._limit.expired():
            self._limit.reschedule(self._due)

    def _age_s(self) -> float:
        return 0.0 if self._first_sent is None else self._loop.time() - self._first_sent


def _failure(code: grpc.StatusCode, details: str | None) -> RpcFailed:
    message = f"Riva {code.name}: {details or 'no details'}"
    status = _HOPELESS.get(code)
    if status is not None:
        return RpcFailed(APIStatusError(message, status_code=status, retryable=False), loading=code in _LOADING)
    return RpcFailed(APIConnectionError(message), suspect=code in _SUSPECT)
