"""One caller's stream to Riva: takes the audio in whatever Riva does, and keeps a call open on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import riva.client.proto.riva_asr_pb2 as pb
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, stt
from livekit.agents.utils import aio, shortuuid

from agent.speech.riva_answers import Answers, covered_s
from agent.speech.riva_rpc import Listener, RivaRpc, RpcFailed
from agent.speech.unheard_audio import UnheardAudio
from ops import logging

if TYPE_CHECKING:
    from agent.speech.riva import RivaSTT

_log = logging.get(__name__)

_SILENCE_STEP_S = 0.1
_USAGE_EVERY_S = 10.0
_LAST_ATTEMPTS = 5  # in a row, once the input has ended: then nobody waits for the words any more
_HUNG_MOST_S = 60.0  # a Riva that answers to nothing twice in a row may have nothing but noise to hear: ask less often
_GIVE_UP_S = 10.0  # audio that made calls fail for this long is dropped


class RivaStream(stt.RecognizeStream):
    """See RivaSTT. Audio positions are samples since the stream began; silence fed for a muted caller counts."""

    def __init__(
        self,
        *,
        stt: RivaSTT,
        conn_options: APIConnectOptions,
        call: Callable[..., Any],
        config: pb.StreamingRecognitionConfig,
    ) -> None:
        super().__init__(stt=stt, conn_options=conn_options, sample_rate=stt.sample_rate)
        self._riva, self._call, self._config = stt, call, config
        self._rate, self._limits = stt.sample_rate, stt.limits
        self._audio = UnheardAudio(stt.sample_rate, keep_s=stt.limits.replay_s)
        self._answers = Answers(config.config.language_code, stt.limits.stable_at)
        self._counted = 0
        self._suspect_since: float | None = None
        self._failures = 0
        self._hangs = 0
        self._answered = False
        self._loading_since: float | None = None

    def __repr__(self) -> str:
        return f"<RivaStream {self._audio!r} failures={self._failures}>"

    async def _run(self) -> None:
        hopeless: APIError | None = None
        async with asyncio.TaskGroup() as tasks:
            intake = tasks.create_task(self._take_in(), name="riva.intake")
            try:
                await self._hear()
            except APIError as error:  # kept: a task group would wrap it
                hopeless = error
            finally:
                intake.cancel()
        if hopeless is not None:
            raise hopeless

    async def _take_in(self) -> None:
        patience_s = self._limits.idle_s
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    item = await self._input_ch.recv()
            except TimeoutError:
                self._audio.append(bytes(2 * int(patience_s * self._rate)))
                patience_s = _SILENCE_STEP_S
            except aio.ChanClosed:
                self._audio.end()
                return
            else:
                patience_s = self._limits.idle_s
                if isinstance(item, rtc.AudioFrame):
                    self._audio.append(bytes(item.data))
                elif not self._audio.flush():
                    self._send(self._answers.nothing())

    async def _hear(self) -> None:
        after: RpcFailed | None = None
        while not self._audio.finished:
            hung_s = min(_HUNG_MOST_S, self._limits.hung_s * 2**self._hangs)
            limits = replace(self._limits, hung_s=hung_s)
            rpc = RivaRpc(self._audio, self._rate, limits, Listener(self._answer, self._sent, self._alive))
            self._rpc, self._request_id, self._flush_answered = rpc, shortuuid("riva_"), False
            try:
                await rpc.run(self._call, self._config, after)
            except RpcFailed as failed:
                after = failed
                await self._failed(failed, rpc)
            else:
                after = None
                self._covered(rpc.sent_to)
                self._end_speech()
                if not self._flush_answered:
                    self._send(self._answers.nothing())

    async def _failed(self, failed: RpcFailed, rpc: RivaRpc) -> None:
        """Report it and wait before the next call. Raises what cannot heal, and any once the input has ended."""
        self._failures += 1
        self._hangs += failed.hung
        self._riva.lost()
        if self._failures == 1:
            _log.warning("riva lost", reason=str(failed.error), seconds=round(self._audio.held_s, 1))
        error = APIConnectionError(failed.error.message) if self._may_be_loading(failed) else failed.error
        if not error.retryable:
            raise error
        if self._audio.ended and self._failures >= _LAST_ATTEMPTS:
            raise APIConnectionError(failed.error.message, retryable=False) from failed.error
        self._emit_error(error, recoverable=True)
        self._drop_if_at_fault(failed, rpc)
        backoff_s = self._limits.backoff_first_s * 2 ** min(self._failures - 1, 10)
        await asyncio.sleep(min(backoff_s, self._limits.backoff_most_s))

    def _may_be_loading(self, failed: RpcFailed) -> bool:
        """The model was there a moment ago: Riva has restarted and loads it. Not for ever: it may have lost it."""
        if not (failed.loading and self._answered):
            return False
        now = asyncio.get_running_loop().time()
        if self._loading_since is None:
            self._loading_since = now
        return now - self._loading_since < self._limits.loading_s

    def _drop_if_at_fault(self, failed: RpcFailed, rpc: RivaRpc) -> None:
        now = asyncio.get_running_loop().time()
        if failed.loading:
            self._suspect_since = None
        if not failed.suspect:
            return
        if self._suspect_since is None:
            self._suspect_since = now
        elif now - self._suspect_since >= _GIVE_UP_S:
            _log.error("unheard audio given up", seconds=round(self._audio.held_s, 1))
            self._covered(rpc.sent_to)
            self._end_speech()

    def _answer(self, response: Any) -> None:
        self._hangs, self._answered = 0, True
        began = self._rpc.began / self._rate + self.start_time_offset
        events = self._answers.events(response, began_s=began, request_id=self._request_id)
        self._send(events)
        if self._rpc.flushed and any(e.type is stt.SpeechEventType.FINAL_TRANSCRIPT for e in events):
            self._flush_answered = True
        seconds = covered_s(response)
        if seconds is not None:
            position = self._rpc.began + seconds * self._rate
            self._covered(int(min(position, self._rpc.sent_to)))
            self._count_usage()

    def _sent(self, position: int) -> None:
        if position - self._counted >= _USAGE_EVERY_S * self._rate:
            self._count_usage()

    def _alive(self) -> None:
        if self._failures:
            _log.info("riva is back", attempt=self._failures)
        self._failures, self._loading_since = 0, None
        self._riva.found()

    def _covered(self, position: int) -> None:
        self._audio.heard(position)
        self._suspect_since = None

    def _end_speech(self) -> None:
        self._count_usage()
        self._send(self._answers.stop())

    def _send(self, events: Iterable[stt.SpeechEvent]) -> None:
        for event in events:
            self._event_ch.send_nowait(event)

    def _count_usage(self) -> None:
        """Audio sent for the first time; what is replayed is not counted again."""
        new = self._rpc.sent_to - self._counted
        if new > 0:
            self._counted = self._rpc.sent_to
            usage = stt.RecognitionUsage(audio_duration=new / self._rate)
            self._event_ch.send_nowait(
                stt.SpeechEvent(
                    type=stt.SpeechEventType.RECOGNITION_USAGE, request_id=self._request_id, recognition_usage=usage
                )
            )
