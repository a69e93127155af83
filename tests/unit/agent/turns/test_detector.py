"""A "not yet" is asked again before it is believed: it is the most expensive answer there is (0.8 s for the caller)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from livekit.agents import LanguageCode
from livekit.agents.voice.turn import TurnDetectionEvent, _StreamingTurnDetector, _StreamingTurnDetectorStream

from agent.turns.detector import PatientDetector, PatientStream
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


class ScriptedDetector:
    """Answers with the given probabilities, 30 ms after each question; remembers when it was asked."""

    model, provider, is_fallback, prediction_timeout = "scripted", "fake", False, 1.0

    def __init__(self, *probabilities: float) -> None:
        self._left = list(probabilities)
        self.asked_at: list[float] = []
        self.closed = False

    def stream(self, **_: Any) -> ScriptedDetector:
        return self

    async def unlikely_threshold(self, language: LanguageCode | None) -> float:
        return {"en": 0.36, "nl": 0.2}[language.language if language else "en"]

    async def backchannel_threshold(self, _: Any) -> None:
        return None

    async def supports_language(self, _: Any) -> bool:
        return True

    def predict(self) -> asyncio.Future[TurnDetectionEvent]:
        loop = asyncio.get_running_loop()
        self.asked_at.append(round(loop.time(), 3))
        answer: asyncio.Future[TurnDetectionEvent] = loop.create_future()
        event = TurnDetectionEvent("eot_prediction", self._left.pop(0), 0.0)
        loop.call_later(0.03, answer.set_result, event)
        return answer

    def cancel_inference(self, *, timed_out: bool = False) -> None: ...
    def flush(self, reason: str | None = None) -> None: ...
    def push_audio(self, frame: Any) -> None: ...
    def end_input(self) -> None: ...

    async def aclose(self) -> None:
        self.closed = True


async def probability(stream: PatientStream) -> float:
    return (await asyncio.wait_for(stream.predict(), 5)).end_of_turn_probability


def patient(probabilities: Sequence[float], language: str = "en-US") -> tuple[ScriptedDetector, PatientStream]:
    inner = ScriptedDetector(*probabilities)
    return inner, PatientDetector(inner, FakeClock(), language=language).stream()


@virtual_time
async def test_a_yes_is_believed_at_once() -> None:
    inner, stream = patient([0.9])
    assert await probability(stream) == 0.9
    assert inner.asked_at == [0.0]
    await stream.aclose()


@virtual_time
async def test_a_yes_is_what_the_lines_language_calls_one() -> None:
    """0.25 is a "yes" in Dutch and a "not yet" in English: every Dutch caller waited for two questions too many."""
    inner, stream = patient([0.25, 0.25, 0.25], language="nl-NL")
    assert await probability(stream) == 0.25
    assert inner.asked_at == [0.0]
    await stream.aclose()


@virtual_time
async def test_a_not_yet_is_asked_again_until_a_yes() -> None:
    """A fifth of all finished phrases is recognised only with 100 ms more of silence: 0.5 s saved on each."""
    inner, stream = patient([0.1, 0.8])
    assert await probability(stream) == 0.8
    assert inner.asked_at == [0.0, 0.16]
    await stream.aclose()


@virtual_time
async def test_three_not_yets_are_a_not_yet() -> None:
    """Asking longer gains nothing, and the framework's own wait must begin some time."""
    inner, stream = patient([0.1, 0.2, 0.3])
    assert await probability(stream) == 0.3
    assert inner.asked_at == [0.0, 0.16, 0.29]
    await stream.aclose()


@virtual_time
async def test_a_caller_who_goes_on_ends_the_asking() -> None:
    """The framework cancels when speech resumes: whoever waits hears "not yet", and nothing asks on."""
    inner, stream = patient([0.1, 0.2, 0.3])
    waiting = stream.predict()
    await asyncio.sleep(0.05)
    stream.cancel_inference()
    assert (await waiting).end_of_turn_probability == 0.0
    await asyncio.sleep(5)
    assert inner.asked_at == [0.0]
    await stream.aclose()
    assert inner.closed


def test_the_framework_takes_it_for_a_detector_of_its_own_kind() -> None:
    """It looks at the methods (runtime protocols); a missing one would silently turn detection off."""
    inner = ScriptedDetector()
    detector = PatientDetector(inner, FakeClock(), language="en-US")
    assert isinstance(detector, _StreamingTurnDetector)
    for name in vars(_StreamingTurnDetectorStream):
        if not name.startswith("_"):
            assert hasattr(PatientStream, name), name
