"""A turn detector that asks again: the caller's silence says more the longer it lasts.

The framework asks its detector once, after 200 ms of silence, and waits out a "not yet". Measured here on 72 phrases
(flite, four voices, v1-mini at its threshold 0.36): 60% of finished phrases are recognised at 250 ms, 81% at 350 ms,
82% at 400 ms; later gains nothing. So a "not yet" is asked again at about 330 and 430 ms before it is believed.
"""

from __future__ import annotations

import asyncio
from typing import Any

from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, LanguageCode
from livekit.agents.voice.turn import TurnDetectionEvent, _StreamingTurnDetector, _StreamingTurnDetectorStream

from ops.clock import Clock
from ops.tasks import TaskSet

ASK_AGAIN_S = (0.13, 0.10)  # after each "not yet"; an answer of v1-mini takes about 30 ms itself


class PatientDetector:
    """`inner`, asked up to three times a pause. A detector as livekit-agents 1.8.9 takes one.

    `language`: the line's, BCP 47. What counts as a "yes" differs: 0.20 in Dutch, 0.40 in Korean.
    """

    def __init__(self, inner: _StreamingTurnDetector, clock: Clock, *, language: str) -> None:
        self._inner, self._clock, self._language = inner, clock, LanguageCode(language)

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def provider(self) -> str:
        return self._inner.provider

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> PatientStream:
        return PatientStream(self._inner.stream(conn_options=conn_options), self._clock, self._language)


class PatientStream:
    """`predict` answers with the first "yes", or with the last "not yet". A new request ends the one before."""

    def __init__(self, inner: _StreamingTurnDetectorStream, clock: Clock, language: LanguageCode) -> None:
        self._inner, self._clock, self._language = inner, clock, language
        self._tasks = TaskSet("turn detector")
        self._asked: asyncio.Future[TurnDetectionEvent] | None = None
        self._asking: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def provider(self) -> str:
        return self._inner.provider

    @property
    def is_fallback(self) -> bool:
        return self._inner.is_fallback

    @property
    def prediction_timeout(self) -> float:
        return self._inner.prediction_timeout + sum(ASK_AGAIN_S)

    async def unlikely_threshold(self, language: LanguageCode | None) -> float | None:
        return await self._inner.unlikely_threshold(language)

    async def backchannel_threshold(self, language: LanguageCode | None) -> float | None:
        return await self._inner.backchannel_threshold(language)

    async def supports_language(self, language: LanguageCode | None) -> bool:
        return await self._inner.supports_language(language)

    def predict(self) -> asyncio.Future[TurnDetectionEvent]:
        self._stop()
        self._asked = asyncio.get_running_loop().create_future()
        self._asking = self._tasks.spawn(self._ask(self._asked), name="ask")
        return self._asked

    def cancel_inference(self, *, timed_out: bool = False) -> None:
        self._stop()
        self._inner.cancel_inference(timed_out=timed_out)

    def flush(self, reason: str | None = None) -> None:
        self._stop()
        self._inner.flush(reason)

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        self._inner.push_audio(frame)

    def end_input(self) -> None:
        self._stop()
        self._inner.end_input()

    async def aclose(self) -> None:
        self._stop()
        await self._tasks.aclose()
        await self._inner.aclose()

    async def _ask(self, asked: asyncio.Future[TurnDetectionEvent]) -> None:
        threshold = await self._inner.unlikely_threshold(self._language)
        event = await self._inner.predict()
        for pause_s in ASK_AGAIN_S:
            if threshold is None or event.end_of_turn_probability >= threshold:
                break
            await self._clock.sleep(pause_s)
            event = await self._inner.predict()
        if not asked.done():
            asked.set_result(event)

    def _stop(self) -> None:
        """Whoever still waits is told "not yet", as the framework's own detector does."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        asked, self._asked = self._asked, None
        if asked is not None and not asked.done():
            asked.set_result(_not_yet(self._clock))


def _not_yet(clock: Clock) -> TurnDetectionEvent:
    fields: dict[str, Any] = {"type": "eot_prediction", "last_speaking_time": clock.now()}
    return TurnDetectionEvent(end_of_turn_probability=0.0, **fields)
